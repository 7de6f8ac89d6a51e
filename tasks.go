package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Tasks is one client for the task family: incidents, requests, request items, catalog tasks, changes and problems
// ([TaskClasses]), told apart by their class. It is safe for concurrent use.
//
// It reads through the parent table, so that one list has all classes, and writes through a task's own, because the
// columns of a class cannot be reached through the parent.
type Tasks struct{ tables *table.Service }

func newTasks(tables *table.Service) *Tasks { return &Tasks{tables: tables} }

// TaskRef names a task where nothing else of it is at hand: in a webhook's event, in a host's own records.
type TaskRef struct {
	Class string // one of TaskClasses
	ID    string // sys_id
}

// AsTask makes a TaskRef usable wherever a row of a task is.
func (r TaskRef) AsTask() table.Task {
	return table.Task{System: table.System{SysID: table.NewText(r.ID), ClassName: table.NewText(r.Class)}}
}

// TaskListOptions shape one list of tasks. The zero value is every task of the family.
type TaskListOptions struct {
	// Classes keeps some of the family; none is all of it.
	Classes []string
	// ListOptions are those of a table. Its Query sees the columns of the parent table.
	table.ListOptions
}

const className = "sys_class_name"

// List yields the tasks that match, whatever their class, with the columns that all tasks have; table.AsClass reads one
// as what it is. One request for each PageSize rows, and one more to make sure of the end, as table.Table.List has
// them.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) List(ctx context.Context, o TaskListOptions) iter.Seq2[table.Task, error] {
	classes := o.Classes
	if len(classes) == 0 {
		classes = taskClasses
	}
	for _, class := range classes {
		if err := checkClass(class); err != nil {
			return func(yield func(table.Task, error) bool) { yield(table.Task{}, invalidTask("tasks.List", err)) }
		}
	}
	list := o.ListOptions
	list.Query = table.All(table.Where(className, table.In, classes...), list.Query)
	if len(list.Fields) > 0 && !slices.Contains(list.Fields, className) {
		list.Fields = append(slices.Clip(list.Fields), className)
	}
	return table.Tasks(t.tables).List(ctx, list)
}

// Get reads a task as what it is: the row is a table.Incident, a table.ChangeRequest and so on. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) Get(ctx context.Context, task table.TaskRow, o ...table.ReadOptions) (table.TaskRow, error) {
	if _, _, err := named("tasks.Get", task); err != nil {
		return nil, err
	}
	return table.AsClass(ctx, t.tables, task, o...)
}

// ByNumber finds a task of the family by its number, such as INC0010001. One request where the task may be seen, and
// one more to make sure that there is none, which is ErrNotFound.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) ByNumber(ctx context.Context, number string) (table.Task, error) {
	q := table.Where("number", table.Is, number).And(className, table.In, taskClasses...)
	return table.Tasks(t.tables).First(ctx, q)
}

// Assign gives a task to a user. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) Assign(ctx context.Context, task table.TaskRow, userID string) error {
	return t.write(ctx, "tasks.Assign", task, table.Set("assigned_to", table.RefTo(userID)))
}

// AssignGroup gives a task to a group, and takes it from the user who had it. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) AssignGroup(ctx context.Context, task table.TaskRow, groupID string) error {
	changes := table.Set("assignment_group", table.RefTo(groupID)).Set("assigned_to", table.NoRef())
	return t.write(ctx, "tasks.AssignGroup", task, changes)
}

// Comment appends a comment, which the task's caller sees. One request, never sent twice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) Comment(ctx context.Context, task table.TaskRow, text string) error {
	return t.write(ctx, "tasks.Comment", task, table.Changes{}.AddComment(text))
}

// WorkNote appends a work note, which only those who work on the task see. One request, never sent twice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) WorkNote(ctx context.Context, task table.TaskRow, text string) error {
	return t.write(ctx, "tasks.WorkNote", task, table.Changes{}.AddWorkNote(text))
}

// Update changes columns of a task, those of its class included. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) Update(ctx context.Context, task table.TaskRow, w table.Writable) error {
	return t.write(ctx, "tasks.Update", task, w)
}

// SetState moves a task to a state of its class, such as table.IncidentInProgress. One request. A state that needs more
// than its value is a *table.MissingError before anything is sent: [Tasks.Hold], [Tasks.Resolve] and [Tasks.Close] are
// for those.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) SetState(ctx context.Context, task table.TaskRow, state string) error {
	class, _, err := named("tasks.SetState", task)
	if err != nil {
		return err
	}
	if class == "incident" && state == table.IncidentOnHold {
		return TaskHold{}.requireOfIncident()
	}
	for _, end := range []map[string]ending{resolutions, closures} {
		if e, ok := end[class]; ok && e.state == state {
			if err := e.require(TaskOutcome{}); err != nil {
				return err
			}
		}
	}
	return t.write(ctx, "tasks.SetState", task, table.Set("state", table.NewChoice(state)))
}

// write changes a task through its own table, and reads back no more than its id.
func (t *Tasks) write(ctx context.Context, name string, task table.TaskRow, w table.Writable) error {
	class, id, err := named(name, task)
	if err != nil {
		return err
	}
	echo := table.WriteOptions{Read: table.ReadOptions{Fields: []string{"sys_id"}}}
	_, err = table.Of[table.Record](t.tables, class).Update(ctx, id, w, echo)
	return err
}

// named is the table and the id of a task.
func named(name string, task table.TaskRow) (class, id string, err error) {
	if task == nil {
		return "", "", invalidTask(name, errors.New("the task is missing"))
	}
	row := task.AsTask()
	class, id = row.Class(), row.SysID.String()
	if err = checkClass(class); err == nil {
		err = ident.SysID(id)
	}
	if err != nil {
		return "", "", invalidTask(name, err)
	}
	return class, id, nil
}

func checkClass(class string) error {
	if slices.Contains(taskClasses, class) {
		return nil
	}
	return fmt.Errorf("%.40q is not a class of the task family: read the row with sys_class_name", class)
}

func invalidTask(name string, why error) error {
	return &rest.Error{Op: name, Class: rest.ErrInvalid, Err: why}
}
