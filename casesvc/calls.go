package casesvc

import (
	"errors"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// A Call is described here and sent later: by itself, with its Do, or in a batch, with table.Add. What needs a second
// request (looking for a case that may have been made, telling one number from another) is not in it.

// GetCall describes [Service.Get]; the number of the case that comes is not compared with the one asked for.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) GetCall(id string, o ...ReadOptions) table.Call[*Case] {
	op, err := getOp(id, o)
	if err != nil {
		return table.Refused[*Case](err)
	}
	return table.NewCall[*Case](s.conn, op)
}

// PageCall describes the first page of [Service.List]: at most as many cases as the filter's PageSize, or its Limit
// where that is less. One that is not full does not mean that there are no more. A null among the cases is a nil.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) PageCall(f Filter) table.Call[[]*Case] {
	list, err := f.list("case.Page")
	if err != nil {
		return table.Refused[[]*Case](err)
	}
	return list.First(s.conn)
}

// CreateCall describes [Service.Create]. After an unclear failure nothing is looked up, and nothing sent again.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) CreateCall(w table.Writable) table.Call[Created] {
	op, _, err := createOp(w)
	if err != nil {
		return table.Refused[Created](err)
	}
	return table.NewCall[Created](s.conn, op)
}

// UpdateCall describes [Service.Update], without the comparison that CheckEcho asks for.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) UpdateCall(id string, w table.Writable, o ...UpdateOptions) table.Call[*Case] {
	if len(o) > 0 && o[0].CheckEcho {
		return table.Refused[*Case](invalid("case.Update", errors.New("a call does not check its echo: Update does")))
	}
	op, _, err := updateOp(id, w, o)
	if err != nil {
		return table.Refused[*Case](err)
	}
	return table.NewCall[*Case](s.conn, op)
}

// ActivitiesCall describes [Service.Activities]; Total is not known from it.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) ActivitiesCall(id string, o ActivityOptions) table.Call[*Activities] {
	op, err := activitiesOp(id, o)
	if err != nil {
		return table.Refused[*Activities](err)
	}
	return table.NewCall[*Activities](s.conn, op)
}

func getOp(id string, o []ReadOptions) (rest.Op, error) {
	const name = "case.Get"
	if err := checkCase(name, id); err != nil {
		return rest.Op{}, err
	}
	params, err := readParams(o)
	if err != nil {
		return rest.Op{}, invalid(name, err)
	}
	return rest.Op{Name: name, Method: http.MethodGet, Path: casePath(id), Query: params}, nil
}

func createOp(w table.Writable) (rest.Op, table.Body, error) {
	const name = "case.Create"
	body, err := table.NewBody(w)
	if err != nil {
		return rest.Op{}, body, invalid(name, err)
	}
	return rest.Op{Name: name, Method: http.MethodPost, Path: casePath(), Body: body, Replay: rest.Never}, body, nil
}

func updateOp(id string, w table.Writable, o []UpdateOptions) (rest.Op, table.Body, error) {
	const name = "case.Update"
	body, params, err := updateOf(id, w, o)
	if err != nil {
		return rest.Op{}, body, invalid(name, err)
	}
	op := rest.Op{
		Name: name, Method: http.MethodPut, Path: casePath(id), Query: params, Body: body, Replay: rest.Always,
	}
	if body.Appends() {
		op.Replay = rest.Never
	}
	return op, body, nil
}

func activitiesOp(id string, o ActivityOptions) (rest.Op, error) {
	const name = "case.Activities"
	if err := checkCase(name, id); err != nil {
		return rest.Op{}, err
	}
	params, err := o.params()
	if err != nil {
		return rest.Op{}, invalid(name, err)
	}
	return rest.Op{Name: name, Method: http.MethodGet, Path: casePath(id, "activities"), Query: params}, nil
}
