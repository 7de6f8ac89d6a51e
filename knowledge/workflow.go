package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Each knowledge base has a workflow (a flow, on newer instances) for publishing and one for retiring. Those that
// ServiceNow ships either act at once or ask for approval first:
// https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/r_KnowledgeWorkflows.html. No API starts
// one, so what is written here is the state in which it begins.
//
// belief: an article that is written as published is published, one written as review or pending_retirement is put
// before its approvers, and the columns of the flows are publish_flow and retire_flow. One article taken through each
// over the Table API, on a real instance with approval workflows, would settle it.

// Moved tells where an article is after [Service.Publish] or [Service.Retire].
type Moved struct {
	State    string // as the instance then had it
	Approval bool   // somebody must approve before the article is published or retired
	Workflow string // of the knowledge base, by name; "" where it has none
}

// WorkflowError tells that the knowledge base's workflow is not one that ServiceNow ships, or cannot be read, so that
// nobody but the caller knows with which state it begins. Nothing was written. It is of the class ErrConflict.
type WorkflowError struct {
	Step     string // "publish", "retire"
	Workflow string // "" where it cannot be read
}

// Error names the workflow and the way out.
func (e *WorkflowError) Error() string {
	const text = "servicenow: not known with which state the workflow %q begins to %s: say it in MoveOptions.State"
	return fmt.Sprintf(text, e.Workflow, e.Step)
}

// Is reports that the error is of the class ErrConflict.
func (e *WorkflowError) Is(target error) bool { return target == rest.ErrConflict }

// MoveOptions shape [Service.Publish] and [Service.Retire]. The zero value goes by the knowledge base's workflow.
type MoveOptions struct {
	// State to write, for a knowledge base whose workflow is the instance's own. Empty is the one with which a workflow
	// that ServiceNow ships begins.
	State string
	// Replacement is the sys_id of the article to which readers of a retired one are sent. Only for Retire.
	Replacement string
}

// step is a way through the states.
type step struct {
	name       string
	from       []string // states in which it may begin
	done       []string // states in which there is nothing left to do
	column     []string // of the knowledge base, with the workflow or flow
	begins     string   // where approval is asked for first
	ends       string
	takesOther bool // it takes a replacement
}

var (
	publishing = step{
		name: "publish", from: []string{table.ArticleDraft}, done: []string{table.ArticlePublished},
		column: []string{"publish_flow", "workflow"}, begins: table.ArticleReview, ends: table.ArticlePublished,
	}
	retiring = step{
		name: "retire", from: []string{table.ArticlePublished}, done: []string{table.ArticleRetired},
		column: []string{"retire_flow", "retire_workflow"}, begins: table.ArticlePendingRetirement,
		ends: table.ArticleRetired, takesOther: true,
	}
)

// Publish publishes a draft, or puts it before those who must approve it, as its knowledge base's workflow says. Two
// requests: it reads the article first, and writes nothing where the article is published already. From any other
// state it is a *StateError: what is under review or scheduled is in other hands, and a retired article is republished
// by an administrator.
//
// See https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/knowledge-article-states.html.
func (s *Service) Publish(ctx context.Context, id string, o ...MoveOptions) (Moved, error) {
	return s.move(ctx, publishing, id, o)
}

// Retire takes a published article away from its readers, or asks those who must approve that, as its knowledge base's
// workflow says. Two requests: it reads the article first, and writes nothing where it is retired already. From any
// other state it is a *StateError. Its translations stay as they are.
//
// See https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/c_RetiredKnowledgeArticles.html.
func (s *Service) Retire(ctx context.Context, id string, o ...MoveOptions) (Moved, error) {
	return s.move(ctx, retiring, id, o)
}

func (s *Service) move(ctx context.Context, st step, id string, options []MoveOptions) (Moved, error) {
	o, err := st.options(options)
	if err != nil {
		return Moved{}, invalid("knowledge."+st.name, err)
	}
	at, err := s.place(ctx, id)
	if err != nil {
		return Moved{}, err
	}
	workflow, known := at.workflow(st)
	switch {
	case slices.Contains(st.done, at.state):
		return Moved{State: at.state, Workflow: workflow}, nil
	case !slices.Contains(st.from, at.state):
		return Moved{}, &StateError{Step: st.name, State: at.state}
	}
	state := o.State
	if state == "" {
		if state, known = st.first(workflow, known); !known {
			return Moved{}, &WorkflowError{Step: st.name, Workflow: workflow}
		}
	}
	changes := table.Set(workflowState, table.NewChoice(state))
	if o.Replacement != "" {
		changes = changes.Set("replacement_article", table.RefTo(o.Replacement))
	}
	written, err := s.articles().Update(ctx, id, changes,
		table.WriteOptions{Read: table.ReadOptions{Fields: []string{"sys_id", workflowState}}})
	if err != nil {
		return Moved{}, err
	}
	moved := Moved{State: written.WorkflowState.String(), Workflow: workflow}
	moved.Approval = moved.State == st.begins
	if moved.State == at.state {
		return moved, &table.IgnoredError{Table: Table, SysID: id, Different: []string{workflowState}}
	}
	return moved, nil
}

// first is the state with which a workflow begins. One that a knowledge base does not have cannot ask anybody.
func (st step) first(workflow string, known bool) (string, bool) {
	switch name := strings.ToLower(workflow); {
	case !known:
		return "", false
	case name == "", strings.Contains(name, "instant"):
		return st.ends, true
	case strings.Contains(name, "approval"):
		return st.begins, true
	}
	return "", false
}
