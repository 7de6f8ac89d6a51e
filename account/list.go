package account

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/page"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// The lists of the three APIs differ in name and row only.

func accounts(name string, o ListOptions) (page.List[table.Account], error) {
	return list(name, "account", Table, o, func(a *table.Account) string { return a.SysID.String() })
}

func contacts(name string, o ListOptions) (page.List[table.Contact], error) {
	return list(name, "contact", ContactTable, o, func(c *table.Contact) string { return c.SysID.String() })
}

func consumers(name string, o ListOptions) (page.List[table.Consumer], error) {
	return list(name, "consumer", ConsumerTable, o, func(c *table.Consumer) string { return c.SysID.String() })
}

func list[T any](name, api, of string, o ListOptions, id func(*T) string) (page.List[T], error) {
	if o.PageSize < 0 || o.Limit < 0 {
		return page.List[T]{}, invalid(name, errors.New("page size and limit must not be negative"))
	}
	if o.PageSize == 0 {
		o.PageSize = defaultPage
	}
	return page.List[T]{
		Op:    rest.Op{Name: name, Method: http.MethodGet, Path: path(api)},
		Query: o.Query, Size: o.PageSize, Limit: o.Limit, ID: id, Table: of, Notice: o.Notice,
	}, nil
}

func rows[T any](ctx context.Context, s *Service, l page.List[T], err error) iter.Seq2[T, error] {
	if err != nil {
		return func(yield func(T, error) bool) {
			var none T
			yield(none, err)
		}
	}
	return l.Rows(ctx, s.conn)
}

func first[T any](s *Service, l page.List[T], err error) table.Call[[]T] {
	if err != nil {
		return table.Refused[[]T](err)
	}
	return l.First(s.conn)
}
