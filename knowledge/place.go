package knowledge

import (
	"context"
	"errors"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// place is where an article stands: its state, and what its knowledge base is set to.
type place struct {
	state string
	row   table.Record
}

// workflowColumns are those of a knowledge base; one that an instance does not have is not sent.
var workflowColumns = []string{"workflow", "publish_flow", "retire_workflow", "retire_flow"}

func (s *Service) place(ctx context.Context, id string) (place, error) {
	if err := ident.SysID(id); err != nil {
		return place{}, invalid("knowledge.state", err)
	}
	fields := []string{"sys_id", workflowState}
	for _, column := range workflowColumns {
		fields = append(fields, ofBase(column))
	}
	row, err := table.Of[table.Record](s.tables, Table).
		Get(ctx, id, table.ReadOptions{Fields: fields, Display: table.StoredAndDisplay})
	return place{state: row.Get(workflowState).String(), row: row}, err
}

func ofBase(column string) string { return "kb_knowledge_base." + column }

// workflow is the name of the workflow or flow that a step goes by, "" where the knowledge base has none. It is not
// known where none of the columns was sent.
func (p place) workflow(st step) (name string, known bool) {
	for _, column := range st.column {
		value := p.row.Get(ofBase(column))
		if name = value.Display(); name == "" {
			name = value.String()
		}
		if known = known || !value.IsZero(); name != "" {
			return name, true
		}
	}
	return "", known
}

// options are those given, if they fit the step.
func (st step) options(given []MoveOptions) (MoveOptions, error) {
	if len(given) > 1 {
		return MoveOptions{}, errors.New("give options once")
	}
	var o MoveOptions
	if len(given) == 1 {
		o = given[0]
	}
	switch {
	case o.Replacement == "":
	case !st.takesOther:
		return o, errors.New("only an article that is retired has a replacement")
	default:
		if err := ident.SysID(o.Replacement); err != nil {
			return o, err
		}
	}
	return o, nil
}
