package table

import "context"

// TaskRow is a row of the task table or of one of its children.
type TaskRow interface{ AsTask() Task }

// AsTask is the part of the row that all tasks have.
func (t Task) AsTask() Task { return t }

// Class is the table that the task is a row of, such as "incident", or "" when sys_class_name was not sent.
func (t Task) Class() string { return t.ClassName.String() }

// AsClass reads a task again through its own table: an [Incident], [ChangeRequest], [Problem], [Request],
// [RequestItem], [CatalogTask] or [Case], or, for a class that this package has no type for, a [Task] with all other
// columns in Extra. Reading through a parent gives the parent's columns only. One request.
func AsClass(ctx context.Context, s *Service, t TaskRow, o ...ReadOptions) (TaskRow, error) {
	task := t.AsTask()
	id, class := task.SysID.String(), task.Class()
	switch class {
	case "incident":
		return get[Incident](ctx, s, class, id, o)
	case "change_request":
		return get[ChangeRequest](ctx, s, class, id, o)
	case "problem":
		return get[Problem](ctx, s, class, id, o)
	case "sc_request":
		return get[Request](ctx, s, class, id, o)
	case "sc_req_item":
		return get[RequestItem](ctx, s, class, id, o)
	case "sc_task":
		return get[CatalogTask](ctx, s, class, id, o)
	case "sn_customerservice_case":
		return get[Case](ctx, s, class, id, o)
	}
	if len(o) == 0 {
		o = []ReadOptions{{AllColumns: true}}
	}
	return get[Task](ctx, s, class, id, o)
}

func get[T TaskRow](ctx context.Context, s *Service, class, id string, o []ReadOptions) (TaskRow, error) {
	row, err := Of[T](s, class).Get(ctx, id, o...)
	if err != nil {
		return nil, err
	}
	return row, nil
}

// As turns a row into another type without a request: a [Record] that holds an incident into an [Incident], an
// Incident into a struct of yours. Columns that the new type has no field for go to its Extra; without one they are
// lost.
func As[To, From any](row From) (To, error) {
	var to To
	text, err := MarshalRow(row)
	if err != nil {
		return to, err
	}
	err = UnmarshalRow(text, &to)
	return to, err
}
