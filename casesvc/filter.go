package casesvc

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/page"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Filter says which cases, and how much of each. It is an immutable value: every method returns a new one. The zero
// Filter is every case.
type Filter struct {
	query       table.Query
	columns     []string
	display     table.Display
	related     bool
	size, limit int
	notice      func(table.Notice)
	err         error
}

// Open is every case that is active: not closed. Resolved ones are active still.
func Open() Filter { return Filter{}.where("active", table.Is, "true") }

// All is every case.
func All() Filter { return Filter{} }

// Matching is every case that q matches, in q's order if it has one.
func Matching(q table.Query) Filter { return Filter{query: q} }

func (f Filter) where(column string, op table.Operator, values ...string) Filter {
	return f.And(table.Where(column, op, values...))
}

// And keeps the cases that q matches as well.
func (f Filter) And(q table.Query) Filter {
	f.query = table.All(f.query, q)
	return f
}

// AssignedTo keeps the cases of one user, by sys_id.
func (f Filter) AssignedTo(userID string) Filter { return f.where("assigned_to", table.Is, userID) }

// AssignedToMe keeps the cases of the user who asks.
func (f Filter) AssignedToMe() Filter {
	return f.And(table.WhereExpr("assigned_to", table.Is, table.CurrentUser()))
}

// Unassigned keeps the cases that nobody has.
func (f Filter) Unassigned() Filter { return f.where("assigned_to", table.IsEmpty) }

// InGroup keeps the cases of an assignment group, by sys_id.
func (f Filter) InGroup(groupID string) Filter { return f.where("assignment_group", table.Is, groupID) }

// ByAccount keeps the cases of a customer, by sys_id.
func (f Filter) ByAccount(accountID string) Filter { return f.where("account", table.Is, accountID) }

// ByContact keeps the cases of a customer's person, by sys_id.
func (f Filter) ByContact(contactID string) Filter { return f.where("contact", table.Is, contactID) }

// ByConsumer keeps the cases of a consumer, by sys_id.
func (f Filter) ByConsumer(consumerID string) Filter {
	return f.where("consumer", table.Is, consumerID)
}

// InState keeps the cases in one of the states.
func (f Filter) InState(states ...string) Filter { return f.where("state", table.In, states...) }

// WithPriority keeps the cases of one of the priorities.
func (f Filter) WithPriority(priorities ...string) Filter {
	return f.where("priority", table.In, priorities...)
}

// CorrelatedTo keeps the cases that carry the name of a record in another system.
func (f Filter) CorrelatedTo(correlation string) Filter {
	return f.where(correlationID, table.Is, correlation)
}

// UpdatedSince keeps the cases last changed at or after t. Times in queries may be read in the user's time zone: give
// the integration user the zone GMT.
func (f Filter) UpdatedSince(t time.Time) Filter { return f.since("sys_updated_on", t) }

// CreatedSince keeps the cases made at or after t, with the same caution.
func (f Filter) CreatedSince(t time.Time) Filter { return f.since("sys_created_on", t) }

func (f Filter) since(column string, t time.Time) Filter {
	return f.where(column, table.AtLeast, table.At(t).String())
}

// NewestFirst orders by the time of creation. A list in an order of its own counts through pages, which costs the
// instance more, and may miss a case that another one pushes over the edge of a page.
func (f Filter) NewestFirst() Filter {
	f.query = f.query.OrderByDesc("sys_created_on")
	return f
}

// Fields asks for these columns, and for sys_id and number. Without it the columns come that [Case] has a field for.
func (f Filter) Fields(columns ...string) Filter {
	f.columns = slices.Clone(columns)
	return f
}

// Display asks for display values as well, or instead.
func (f Filter) Display(d table.Display) Filter {
	f.display = d
	return f
}

// WithRelated asks for account, contact, consumer and social profile as whole records. It costs the instance time for
// every case.
func (f Filter) WithRelated() Filter {
	f.related = true
	return f
}

// Notice tells f where the instance refuses the order by sys_id and the list has to count through pages.
func (f Filter) Notice(tell func(table.Notice)) Filter {
	f.notice = tell
	return f
}

// PageSize is how many cases to ask for at once; 0 is 200.
func (f Filter) PageSize(n int) Filter { return f.counted(&f.size, n) }

// Limit ends the list after n cases; 0 is no bound.
func (f Filter) Limit(n int) Filter { return f.counted(&f.limit, n) }

func (f *Filter) counted(field *int, n int) Filter {
	if *field = n; n < 0 {
		f.err = errors.New("page size and limit must not be negative")
	}
	return *f
}

// defaultPage is moderate because the API looks up more for each case than the Table API does, and warns of large
// pages. One is always sent: without it the API's own is not documented, and it neither counts nor links.
const defaultPage = 200

// List yields the cases that match and that the caller may see. One request for each page, and one more where the
// instance does not count its rows; nothing is sent before it is ranged over, and ranging again starts again. After an
// error the range is over.
//
// Without an order of its own the list follows sys_id, so that no case is told twice or left out while others write.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) List(ctx context.Context, f Filter) iter.Seq2[*Case, error] {
	list, err := f.list("case.List")
	if err != nil {
		return func(yield func(*Case, error) bool) { yield(nil, err) }
	}
	return list.Rows(ctx, s.conn)
}

func (f Filter) list(name string) (page.List[*Case], error) {
	fields, err := joinColumns(caseColumns(f.columns))
	if err = errors.Join(err, f.err); err != nil {
		return page.List[*Case]{}, invalid(name, err)
	}
	params := url.Values{"sysparm_fields": {fields}}
	if f.display != table.Stored {
		params.Set("sysparm_display_value", string(f.display))
	}
	if !f.related {
		params.Set("sysparm_reference_fields", "false")
	}
	if f.size == 0 {
		f.size = defaultPage
	}
	return page.List[*Case]{
		Op:     rest.Op{Name: name, Method: http.MethodGet, Path: casePath()},
		Params: params, Query: f.query, Size: f.size, Limit: f.limit,
		ID: caseID, Table: Table, Notice: f.notice,
	}, nil
}

// caseID is "" for a null among the rows.
func caseID(c **Case) string {
	if *c == nil {
		return ""
	}
	return (*c).SysID.String()
}
