package table_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/seed-a66f7fd3/servicenow/table"
)

const (
	base   = "https://acme.service-now.com/api/now/v2/table/incident"
	anID   = "0123456789abcdef0123456789abcdef"
	echoed = `{"result":{"sys_id":"` + anID + `","number":"INC0010001","u_tier":"2"}}`
)

// tiered is a host's own row, and tieredChanges what it writes.
type tiered struct {
	SysID  string
	Number table.Text   `json:"number,omitzero"`
	Tier   int          `json:"u_tier"`
	Extra  table.Extra  `json:"-"`
	Opened *table.Time  `json:"opened_at"`
	When   table.Choice `json:"-"`
}

type tieredChanges struct {
	table.Write
	Tier  table.Int `json:"u_tier"`
	Note  string    `json:"u_note,omitempty"`
	Count int       `json:"u_count,omitempty"`
}

// TestOneCallIsOneExactRequest holds the method, the path, the whole query and the body of every call that is one
// request, and that it is one.
func TestOneCallIsOneExactRequest(t *testing.T) {
	const read = "sysparm_exclude_reference_link=true&sysparm_fields=sys_id%2Cnumber%2Cu_tier"
	type small struct {
		Number table.Text `json:"number"`
		Tier   table.Int  `json:"u_tier"`
	}
	rows := func(s *table.Service) table.Table[small] { return table.Of[small](s, "incident") }
	for _, tc := range []struct {
		name, method, url, query, body string
		status                         int
		answer                         string
		call                           func(context.Context, *table.Service) error
	}{
		{"get", "GET", base + "/" + anID, read, "", 200, echoed, func(ctx context.Context, s *table.Service) error {
			_, err := rows(s).Get(ctx, anID)
			return err
		}},
		{"get with everything", "GET", base + "/" + anID,
			"sysparm_display_value=all&sysparm_exclude_reference_link=false&sysparm_fields=sys_id%2Ccaller_id.email&sysparm_query_no_domain=true&sysparm_view=mobile",
			"", 200, echoed, func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).Get(ctx, anID, table.ReadOptions{Fields: []string{"caller_id.email"},
					Display: table.StoredAndDisplay, Links: true,
					View: "mobile", AnyDomain: true})
				return err
			}},
		{"get of a record", "GET", base + "/" + anID, "sysparm_exclude_reference_link=true", "", 200, echoed,
			func(ctx context.Context, s *table.Service) error {
				_, err := table.Of[table.Record](s, "incident").Get(ctx, anID)
				return err
			}},
		{"create", "POST", base, read,
			`{"caller_id":"a1","short_description":"VPN \"drops\"","urgency":"2","comments":"hello"}`, 201, echoed,
			func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).Create(ctx, table.Set("caller_id", table.RefTo("a1")).Set("short_description",
					table.NewText(`VPN "drops"`)).
					Set("urgency", table.NewInt(2)).AddComment("hello"))
				return err
			}},
		{"update with a struct", "PATCH", base + "/" + anID, read,
			`{"hold_reason":"","state":"2","assigned_to":"","u_x":"1"}`, 200, echoed,
			func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).Update(ctx, anID, table.IncidentChanges{
					TaskChanges: table.TaskChanges{State: table.NewChoice(table.IncidentInProgress),
						AssignedTo: table.NoRef(),
						More:       table.Extra{"u_x": table.NewValue("1")}},
					HoldReason: table.NewChoice(""),
				})
				return err
			}},
		{"update with a struct of one's own", "PATCH", base + "/" + anID, read, `{"u_tier":"3","u_note":"a"}`, 200,
			echoed,
			func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).Update(ctx, anID, &tieredChanges{Tier: table.NewInt(3), Note: "a"})
				return err
			}},
		{"update with everything", "PATCH", base + "/" + anID, read +
			"%2Cstate&sysparm_input_display_value=true&sysparm_suppress_auto_sys_field=true",
			`{"state":"New"}`, 200, `{"result":{"sys_id":"` + anID + `","state":"New"}}`, func(ctx context.Context,
				s *table.Service) error {
				_, err := rows(s).Update(ctx, anID, table.Set("state", table.NewChoice("New")),
					table.WriteOptions{InputDisplay: true, CheckEcho: true,
						KeepSystemFields: true})
				return err
			}},
		{"add a comment", "PATCH", base + "/" + anID, "sysparm_exclude_reference_link=true&sysparm_fields=sys_id",
			`{"comments":"done"}`, 200, echoed,
			func(ctx context.Context, s *table.Service) error { return rows(s).AddComment(ctx, anID, "done") }},
		{"add a work note", "PATCH", base + "/" + anID, "sysparm_exclude_reference_link=true&sysparm_fields=sys_id",
			`{"work_notes":"done"}`, 200, echoed,
			func(ctx context.Context, s *table.Service) error { return rows(s).AddWorkNote(ctx, anID, "done") }},
		{"delete", "DELETE", base + "/" + anID, "", "", 204, "", func(ctx context.Context,
			s *table.Service) error {
			return rows(s).Delete(ctx, anID)
		}},
		{"first", "GET", base, read +
			"&sysparm_limit=1&sysparm_no_count=true&sysparm_query=active%3Dtrue%5EORDERBYsys_id&sysparm_suppress_pagination_header=true",
			"", 200, result("a"), func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).First(ctx, table.Where("active", "=", "true"))
				return err
			}},
		{"exists", "GET", base,
			"sysparm_exclude_reference_link=true&sysparm_fields=sys_id&sysparm_limit=1&sysparm_no_count=true&sysparm_query=ORDERBYsys_id" +
				"&sysparm_suppress_pagination_header=true", "", 200, result("a"), func(ctx context.Context,
				s *table.Service) error {
				_, err := rows(s).Exists(ctx, table.Query{})
				return err
			}},
		{"count", "GET", "https://acme.service-now.com/api/now/v1/stats/incident",
			"sysparm_count=true&sysparm_query=active%3Dtrue", "", 200,
			`{"result":{"stats":{"count":"42"}}}`, func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).Count(ctx, table.Where("active", "=", "true").OrderBy("number"))
				return err
			}},
		{"statistics", "GET", "https://acme.service-now.com/api/now/v1/stats/incident",
			"sysparm_avg_fields=reassignment_count%2Cbusiness_stc&sysparm_count=true&sysparm_display_value=all&sysparm_group_by=state%2Cpriority" +
				"&sysparm_having=count%5Estate%5E%3E%5E3%2Cavg%5Epriority%5E%3C%3D%5E2&sysparm_max_fields=opened_at&sysparm_min_fields=opened_at" +
				"&sysparm_order_by=COUNT%5EDESC%2CAVG%5Epriority%2Cstate%5EDESC&sysparm_query=active%3Dtrue&sysparm_sum_fields=child_incidents",
			"", 200, `{"result":[]}`, func(ctx context.Context, s *table.Service) error {
				_, err := rows(s).Stats(ctx, table.StatsOptions{
					Query: table.Where("active", "=", "true"), Count: true, Avg: []string{"reassignment_count",
						"business_stc"},
					Min: []string{"opened_at"}, Max: []string{"opened_at"}, Sum: []string{"child_incidents"},
					GroupBy: []string{"state", "priority"},
					Having:  []table.Having{{table.Count, "state", ">", "3"}, {table.Avg, "priority", "<=", "2"}},
					OrderBy: []table.StatsOrder{{Aggregate: table.Count, Desc: true}, {Aggregate: table.Avg,
						Column: "priority"}, {Column: "state", Desc: true}},
					Display: table.StoredAndDisplay,
				})
				return err
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := httpmock.NewMockTransport()
			m.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
				t.Errorf("asked %s %s", r.Method, r.URL)
				return httpmock.NewStringResponse(http.StatusTeapot, ""), nil
			})
			m.RegisterResponderWithQuery(tc.method, tc.url, tc.query, func(r *http.Request) (*http.Response, error) {
				var body []byte
				if r.Body != nil {
					body, _ = io.ReadAll(r.Body)
				}
				if string(body) != tc.body {
					t.Errorf("sent %s\nwant %s", body, tc.body)
				}
				if json := "application/json"; r.Header.Get("Accept") != json || r.Method != "GET" &&
					r.Header.Get("Content-Type") != json {
					t.Errorf("headers %v", r.Header)
				}
				answer := httpmock.NewStringResponse(tc.status, tc.answer)
				if tc.answer != "" {
					answer.Header.Set("Content-Type", "application/json;charset=UTF-8")
				}
				return answer, nil
			})
			if err := tc.call(t.Context(), serviceOver(t, m)); err != nil {
				t.Error(err)
			}
			if n := m.GetTotalCallCount(); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestNothingIsSentWhenItCannotBeRight(t *testing.T) {
	s, _ := scripted(t)
	ctx := t.Context()
	good := table.Of[tiered](s, "incident")
	fails := map[string]func() error{
		"a table with a path in it": func() error {
			_, err := table.Of[tiered](s, "incident/../sys_user").Get(ctx,
				anID)
			return err
		},
		"a type that is no row":    func() error { _, err := table.Of[int](s, "incident").Get(ctx, anID); return err },
		"an id with a path in it":  func() error { _, err := good.Get(ctx, "../sys_user/"+anID); return err },
		"an id with a query in it": func() error { _, err := good.Get(ctx, anID+"?sysparm_fields=a"); return err },
		"an escaped slash":         func() error { _, err := good.Get(ctx, "a%2fb"); return err },
		"dots":                     func() error { _, err := good.Get(ctx, ".."); return err },
		"no id":                    func() error { return good.Delete(ctx, "") },
		"a column that is none": func() error {
			_, err := good.Get(ctx, anID,
				table.ReadOptions{Fields: []string{"a,b"}})
			return err
		},
		"options twice": func() error {
			_, err := good.Get(ctx, anID, table.ReadOptions{},
				table.ReadOptions{})
			return err
		},
		"nothing to write": func() error { _, err := good.Update(ctx, anID, table.Changes{}); return err },
		"nothing set": func() error {
			_, err := good.Update(ctx, anID,
				table.IncidentChanges{})
			return err
		},
		"nil": func() error { _, err := good.Create(ctx, nil); return err },
		"bytes that are no text": func() error {
			_, err := good.Update(ctx, anID, table.Set("short_description", table.NewText("M\xfcller")))
			return err
		},
		"bytes in a field that is no cell": func() error {
			_, err := good.Update(ctx, anID, tieredChanges{Note: "M\xfcller"})
			return err
		},
		"a journal that is set": func() error {
			_, err := good.Update(ctx, anID, table.Set("work_notes", table.NewText("x")))
			return err
		},
		"an empty comment": func() error { return good.AddComment(ctx, anID, "") },
		"a reference to nothing": func() error {
			_, err := good.Update(ctx, anID, table.Set("caller_id",
				table.RefTo("")))
			return err
		},
		"a column that is no name": func() error {
			_, err := good.Update(ctx, anID, table.Set("a b",
				table.NewText("x")))
			return err
		},
		"a count in error": func() error { _, err := good.Count(ctx, table.Where("a", "=", "")); return err },
		"statistics of nothing": func() error {
			_, err := good.Stats(ctx,
				table.StatsOptions{GroupBy: []string{"state"}})
			return err
		},
		"having with a caret": func() error {
			_, err := good.Stats(ctx, table.StatsOptions{Count: true, Having: []table.Having{{table.Count, "state",
				">", "3,count^state^<^9"}}})
			return err
		},
		"an upsert that contradicts itself": func() error {
			_, _, err := good.Upsert(ctx, "correlation_id", "a", table.Set("correlation_id", table.NewText("b")))
			return err
		},
	}
	for name, call := range fails {
		if err := call(); err == nil || !strings.HasPrefix(err.Error(), "servicenow: table.") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
