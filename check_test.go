package servicenow_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// Test Connection only reads, and names what fails with its remedy.
func TestCheckReadsOnlyAndTellsFailures(t *testing.T) {
	d := newDesk(t)
	d.connect("t1")
	client, err := d.connector.Client(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	seen := len(d.sn.Requests())
	report := client.Check(t.Context(), servicenow.Helpdesk)
	for _, r := range d.sn.Requests()[seen:] {
		if r.Method != "GET" {
			t.Errorf("it sent %s %s", r.Method, r.Path)
		}
	}
	for _, id := range []string{
		"reachable", "tls", "token", "identity", "clock", "roles", "api:case:read", "api:case:write", "api:account:read",
		"api:table:read", "api:attachment:read", "table:sn_customerservice_case:read", "table:kb_knowledge:read",
		"table:kb_knowledge:write", "table:sys_user:read", "table:customer_contact:read", "table:sys_journal_field:read",
		"table:sys_audit:read", "table:sys_audit_delete:read", "table:customer_account:read",
		"table:sn_customerservice_escalation:read", "table:sn_customerservice_case:columns", "invalid_clause", "date_literals",
	} {
		if _, ok := report.Finding(id); !ok {
			t.Errorf("the report has no %s", id)
		}
	}
	for _, tt := range []struct {
		name  string
		fault servicenowtest.Fault
		id    string
	}{
		{"asleep", servicenowtest.Hibernating(), "reachable"},
		{"a login page", servicenowtest.LoginPage(), "reachable"},
		{"refused", servicenowtest.Unauthorized(), "token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer d.sn.ClearFaults()
			d.sn.Fault(servicenowtest.When{Method: "GET"}, tt.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			report := client.Check(ctx, servicenow.Helpdesk)
			f, _ := report.Finding(tt.id)
			if report.OK() || f.Verdict != servicenow.Fail || f.Remedy == "" {
				t.Errorf("want %s to fail with a remedy:\n%s", tt.id, report)
			}
		})
	}
}

// checked is the report for the integration user of a fresh instance that prepare has changed.
func checked(t *testing.T, c servicenow.Capability, prepare func(*servicenowtest.Server)) servicenow.Report {
	t.Helper()
	sn := servicenowtest.NewServer(t, servicenowtest.WithSampleData(
		servicenowtest.SampleData{Cases: 30, Incidents: 6, Articles: 4}))
	prepare(sn)
	client, err := servicenow.New(sn.Instance(), servicenow.WithHTTPClient(sn.HTTPClient()),
		servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		t.Fatal(err)
	}
	return client.Check(t.Context(), c)
}

func denied(table, column string, op servicenowtest.Operation) servicenowtest.ACL {
	return servicenowtest.ACL{Table: table, Column: column, Operation: op, Deny: true}
}

// Each wrong right shows in the finding that is about it, with a remedy, and without writing anything.
func TestCheckFindsWrongRights(t *testing.T) {
	for _, tt := range []struct {
		name       string
		capability servicenow.Capability
		prepare    func(*servicenowtest.Server)
		id         string
		want       servicenow.Verdict
		evidence   string
	}{
		{"all is well", servicenow.Helpdesk, func(*servicenowtest.Server) {},
			"api:case:write", servicenow.Pass, "may write"},
		{"a hidden column", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			s.AddACL(denied("sn_customerservice_case", "contact", servicenowtest.Read))
		}, "table:sn_customerservice_case:columns", servicenow.Warn, ": contact"},
		{"a hidden time, without which nothing can be pulled", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			s.AddACL(denied("sn_customerservice_case", "sys_updated_on", servicenowtest.Read))
		}, "table:sn_customerservice_case:columns", servicenow.Fail, "sys_updated_on"},
		{"some rows are hidden", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			s.AddACL(servicenowtest.ACL{Table: "sn_customerservice_case", Operation: servicenowtest.Read,
				Condition: func(_ string, r map[string]string) bool { return strings.HasSuffix(r["number"], "1") }})
		}, "table:sn_customerservice_case:read", servicenow.Pass, "hidden from this user"},
		{"no row may be seen", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			s.AddACL(servicenowtest.ACL{Table: "customer_contact", Operation: servicenowtest.Read,
				Condition: func(string, map[string]string) bool { return false }})
		}, "table:customer_contact:read", servicenow.Fail, "may see none"},
		{"no row is there", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			for _, row := range s.Rows("sn_customerservice_escalation", "") {
				if err := s.As("admin").Delete("sn_customerservice_escalation", row["sys_id"]); err != nil {
					panic(err)
				}
			}
		}, "table:sn_customerservice_escalation:read", servicenow.Unknown, "no rows, or none"},
		{"neither comments nor work notes", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			s.AddACL(denied("sn_customerservice_case", "comments", servicenowtest.Update))
			s.AddACL(denied("sn_customerservice_case", "work_notes", servicenowtest.Update))
		}, "api:case:write", servicenow.Fail, "neither comments nor work notes"},
		{"a read-only user", servicenow.TaskFamily, func(s *servicenowtest.Server) {
			s.GrantRoles(servicenowtest.IntegrationUser, "snc_read_only")
		}, "table:incident:write", servicenow.Fail, "snc_read_only"},
		{"without the role for articles", servicenow.ContentManagement, func(s *servicenowtest.Server) {
			s.RevokeRoles(servicenowtest.IntegrationUser, "sn_customerservice_agent", "knowledge")
		}, "table:kb_knowledge:write", servicenow.Unknown, "lacks the stock role knowledge"},
		{"roles cannot be listed, and are asked for", servicenow.TaskFamily, func(s *servicenowtest.Server) {
			s.AddACL(denied("sys_user_has_role", "", servicenowtest.Read))
		}, "roles", servicenow.Pass, "of admin, itil: itil"},
		{"roles cannot be listed, and writes are told all the same", servicenow.TaskFamily, func(s *servicenowtest.Server) {
			s.AddACL(denied("sys_user_has_role", "", servicenowtest.Read))
		}, "table:incident:write", servicenow.Pass, "has a role"},
		{"without itil", servicenow.TaskFamily, func(s *servicenowtest.Server) {
			s.RevokeRoles(servicenowtest.IntegrationUser, "itil")
		}, "table:incident:read", servicenow.Fail, ""},
		{"what the agent can do without", servicenow.TaskFamily, func(s *servicenowtest.Server) {
			s.RevokeRoles(servicenowtest.IntegrationUser, servicenowtest.AuditReader)
		}, "table:sys_audit_delete:read", servicenow.Warn, ""},
		{"what the support platform cannot do without", servicenow.Helpdesk, func(s *servicenowtest.Server) {
			s.RevokeRoles(servicenowtest.IntegrationUser, servicenowtest.AuditReader)
		}, "table:sys_audit_delete:read", servicenow.Fail, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			report := checked(t, tt.capability, tt.prepare)
			f, _ := report.Finding(tt.id)
			if f.Verdict != tt.want || !strings.Contains(f.Evidence, tt.evidence) || f.Verdict != servicenow.Pass && f.Remedy == "" {
				t.Errorf("%s is %s (%s; %s), want %s with %q:\n%s", tt.id, f.Verdict, f.Evidence, f.Remedy, tt.want, tt.evidence, report)
			}
			if report.OK() == (tt.want == servicenow.Fail) {
				t.Errorf("the report is OK: %v, though %s is %s", report.OK(), tt.id, tt.want)
			}
		})
	}
}

// tampered answers some requests itself.
type tampered struct {
	http.RoundTripper
	answer func(*http.Request) (body string, ok bool)
}

func (t tampered) RoundTrip(r *http.Request) (*http.Response, error) {
	if body, ok := t.answer(r); ok {
		w := &http.Response{StatusCode: 200, Request: r, Header: http.Header{"Content-Type": {"application/json"}}}
		w.Body = http.NoBody
		if body != "" {
			w.Body = readCloser{strings.NewReader(body)}
		}
		return w, nil
	}
	return t.RoundTripper.RoundTrip(r)
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// Where an instance does not run scripts in queries, whatever it does instead, roles stay unknown: never a guess.
func TestCheckDoesNotGuessRoles(t *testing.T) {
	for name, rows := range map[string]string{
		"the condition is dropped": `{"result":[{"sys_id":"%s"}]}`,
		"the script is empty":      `{"result":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			sn := servicenowtest.NewServer(t)
			sn.AddACL(denied("sys_user_has_role", "", servicenowtest.Read))
			me := sn.Rows("sys_user", "user_name="+servicenowtest.IntegrationUser)[0]["sys_id"]
			hc := sn.HTTPClient()
			hc.Transport = tampered{hc.Transport, func(r *http.Request) (string, bool) {
				query := r.URL.Query().Get("sysparm_query")
				return strings.ReplaceAll(rows, "%s", me), strings.Contains(query, "active=javascript:")
			}}
			client, err := servicenow.New(sn.Instance(), servicenow.WithHTTPClient(hc),
				servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
			if err != nil {
				t.Fatal(err)
			}
			report := client.Check(t.Context(), servicenow.TaskFamily)
			for _, id := range []string{"roles", "table:incident:write"} {
				if f, _ := report.Finding(id); f.Verdict != servicenow.Unknown || f.Remedy == "" {
					t.Errorf("%s is %s (%s), want unknown with a remedy", id, f.Verdict, f.Evidence)
				}
			}
		})
	}
}

// The needs of the support platform are those of its page, no more and no less.
func TestNeedsAreThePages(t *testing.T) {
	want := []string{
		"Case API read_write", "Account API read", "Table API read", "Attachment API read",
		"sn_customerservice_case read", "kb_knowledge read_write", "sys_user read", "customer_contact read",
		"sys_journal_field read", "sys_audit read", "sys_audit_delete read", "customer_account read",
		"sn_customerservice_escalation read",
	}
	slices.Sort(want)
	for _, c := range []servicenow.Capability{servicenow.Helpdesk, servicenow.CRM, servicenow.ContentManagement} {
		if got := required(c); !slices.Equal(got, want) {
			t.Errorf("%s needs\n%v, want\n%v", c, got, want)
		}
	}
	agent := []string{"Attachment API read", "Table API read_write", "sys_user read"}
	for _, class := range servicenow.TaskClasses() {
		agent = append(agent, class+" read_write")
	}
	slices.Sort(agent)
	if got := required(servicenow.TaskFamily); !slices.Equal(got, agent) {
		t.Errorf("the task family needs\n%v, want\n%v", got, agent)
	}
}

// required is what a capability cannot do without.
func required(c servicenow.Capability) []string {
	var all []string
	for _, n := range c.Needs() {
		name := n.Table
		if name == "" {
			name = string(n.API)
		}
		if !n.Optional {
			all = append(all, name+" "+string(n.Access))
		}
	}
	slices.Sort(all)
	return all
}

// A report is text for people and JSON for programs.
func TestReportRendering(t *testing.T) {
	report := checked(t, servicenow.Helpdesk, func(s *servicenowtest.Server) {
		s.AddACL(denied("sn_customerservice_case", "contact", servicenowtest.Read))
	})
	text := report.String()
	for _, want := range []string{"as integration.user for helpdesk: works", "warn    see the columns of sn_customerservice_case", "→ let the access rules"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	b, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		OK       bool
		Findings []servicenow.Finding
	}
	if err := json.Unmarshal(b, &back); err != nil || !back.OK || !slices.Equal(back.Findings, report.Findings) {
		t.Errorf("%v: the JSON does not hold the report: %s", err, b)
	}
}
