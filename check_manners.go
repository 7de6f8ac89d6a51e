package servicenow

import (
	"context"
	"errors"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// manners finds out how the instance treats what is not documented to be the same everywhere. Nothing here can fail a
// report: the SDK does not depend on either, and hosts that write their own queries should know.
func (k *checker) manners(ctx context.Context) []Finding {
	return []Finding{k.invalidClause(ctx), k.dateLiterals(ctx)}
}

// invalidClause asks for a column that cannot exist. By default the platform drops such a clause and answers with the
// whole table: a misspelt filter then selects everything.
func (k *checker) invalidClause(ctx context.Context) Finding {
	f := Finding{ID: "invalid_clause", Name: "what an invalid query clause does", Verdict: Pass}
	rows, err := k.users(ctx, "no_such_column_anywhere=1")
	switch {
	case errors.Is(err, ErrForbidden) || errors.Is(err, ErrInvalid):
		f.Evidence = "the query is refused"
	case err != nil:
		f.Verdict, f.Evidence = Unknown, err.Error()
	case len(rows) == 0:
		f.Evidence = "no rows come (glide.invalid_query.returns_no_rows)"
	default:
		f.Verdict, f.Evidence = Warn, "the clause is dropped, and rows come that it should exclude"
		f.Remedy = "set the system property glide.invalid_query.returns_no_rows to true, so that a misspelt filter selects nothing"
	}
	return f
}

// dateLiterals reads one row and asks for it again by its own time stamp, which is stored in UTC.
func (k *checker) dateLiterals(ctx context.Context) Finding {
	f := Finding{ID: "date_literals", Name: "the zone in which date literals are read", Verdict: Unknown}
	rows, err := k.users(ctx, "")
	if err != nil || len(rows) == 0 || rows[0].UpdatedOn == "" {
		f.Evidence = "no row to try it with"
		return f
	}
	again, err := k.users(ctx, "sys_id="+rows[0].SysID+"^sys_updated_on="+rows[0].UpdatedOn)
	switch {
	case err != nil:
		f.Evidence = err.Error()
	case len(again) > 0:
		f.Verdict, f.Evidence = Pass, "UTC"
	default:
		f.Verdict, f.Evidence = Warn, "not UTC: probably the integration user's own time zone"
		f.Remedy = "set the integration user's time zone to GMT; pulls by this SDK compensate, other queries with dates do not"
	}
	return f
}

type stampedRow struct {
	SysID     string `json:"sys_id"`
	UpdatedOn string `json:"sys_updated_on"`
}

func (k *checker) users(ctx context.Context, query string) ([]stampedRow, error) {
	q := url.Values{
		"sysparm_limit": {"1"}, "sysparm_fields": {"sys_id,sys_updated_on"}, "sysparm_no_count": {"true"},
		"sysparm_exclude_reference_link": {"true"},
	}
	if query != "" {
		q.Set("sysparm_query", query)
	}
	rows, _, err := rest.Do[[]stampedRow](ctx, k.client.conn, rest.Op{
		Name: "check.manners", Method: "GET", Path: []string{"api", "now", "v2", "table", "sys_user"}, Query: q,
	})
	return rows, err
}
