package servicenow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// pullWorld is an instance with customers, cases and everything around them, and a client of its integration user.
func pullWorld(t *testing.T, opts ...servicenowtest.Option) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	server := servicenowtest.NewServer(t, opts...)
	client, err := servicenow.New(server.Instance(),
		servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword),
		servicenow.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

func insert(t *testing.T, s *servicenowtest.Server, table string, values map[string]string) string {
	t.Helper()
	id, err := s.As("admin").Insert(table, values)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// pullOnce takes a whole pull and gives its changes and the last place.
func pullOnce(t *testing.T, c *servicenow.Client, o servicenow.PullOptions) ([]servicenow.Change, servicenow.PullCheckpoint) {
	t.Helper()
	var got []servicenow.Change
	at := o.From
	o.Advanced = func(next servicenow.PullCheckpoint) { at = next }
	for change, err := range c.Pull(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, change)
		at = change.Next
	}
	return got, at
}

func TestPullHelpdesk(t *testing.T) {
	server, client := pullWorld(t)
	account := insert(t, server, "customer_account", map[string]string{"name": "Acme"})
	contact := insert(t, server, "customer_contact", map[string]string{"user_name": "cora", "last_name": "Cora", "account": account})
	one := insert(t, server, "sn_customerservice_case", map[string]string{
		"short_description": "printer", "account": account, "contact": contact, "comments": "it burns"})
	if _, err := server.As("admin").Attach("sn_customerservice_case", one, "log.txt", "text/plain", []byte("hot")); err != nil {
		t.Fatal(err)
	}
	o := servicenow.PullOptions{Capability: servicenow.Helpdesk, By: servicenow.Updated}

	got, at := pullOnce(t, client, o)
	order := []string{}
	seen := map[string]int{}
	for _, c := range got {
		seen[c.SysID]++
		if !slices.Contains(order, c.Table) {
			order = append(order, c.Table)
		}
		switch row := c.Row.(type) {
		case *table.Case:
			if row.ShortDescription.String() != "printer" || row.Contact.ID() != contact {
				t.Errorf("the case came as %v", row.ShortDescription)
			}
		case *table.JournalEntry:
			if row.Value.String() != "it burns" {
				t.Errorf("the comment came as %q", row.Value)
			}
		case *table.Attachment:
			if row.FileName.String() != "log.txt" {
				t.Errorf("the attachment came as %q", row.FileName)
			}
		}
	}
	want := []string{"sys_user", "customer_account", "customer_contact", "sn_customerservice_case", "sys_journal_field", "sys_attachment"}
	if !slices.Equal(order, want) {
		t.Errorf("tables came in the order %v, want %v", order, want)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}

	text := at.String()
	if o.From, _ = servicenow.ParsePullCheckpoint(text); o.From.IsZero() {
		t.Fatalf("the checkpoint did not survive its text form: %s", text)
	}
	if again, _ := pullOnce(t, client, o); len(again) != 0 {
		t.Errorf("nothing happened, and %d changes came: %+v", len(again), again[0])
	}

	if err := server.As("admin").Update("sn_customerservice_case", one, map[string]string{"state": "10"}); err != nil {
		t.Fatal(err)
	}
	if err := server.As("admin").Delete("customer_contact", contact); err != nil {
		t.Fatal(err)
	}
	got, _ = pullOnce(t, client, o)
	var news []string
	for _, c := range got {
		news = append(news, c.Table+" "+string(c.Operation))
	}
	if want := []string{"customer_contact deleted", "sn_customerservice_case updated"}; !slices.Equal(news, want) {
		t.Errorf("got %v, want %v", news, want)
	}
}

func TestPullByCreatedBringsNewRecordsOnly(t *testing.T) {
	server, client := pullWorld(t)
	one := insert(t, server, "incident", map[string]string{"short_description": "one"})
	o := servicenow.PullOptions{Capability: servicenow.TaskFamily, By: servicenow.Created, Tables: []string{"incident"}}
	got, at := pullOnce(t, client, o)
	if len(got) != 1 {
		t.Fatalf("got %d changes, want 1", len(got))
	}
	if err := server.As("admin").Update("incident", one, map[string]string{"short_description": "changed"}); err != nil {
		t.Fatal(err)
	}
	two := insert(t, server, "incident", map[string]string{"short_description": "two"})
	o.From = at
	got, _ = pullOnce(t, client, o)
	if len(got) != 1 || got[0].SysID != two || got[0].Operation != table.Created {
		t.Fatalf("got %+v, want the new incident alone", got)
	}
}

func TestPullLimitIsSharedInOrder(t *testing.T) {
	server, client := pullWorld(t)
	for _, name := range servicenow.TaskClasses()[:3] {
		for range 5 {
			insert(t, server, name, map[string]string{"short_description": "row"})
		}
	}
	o := servicenow.PullOptions{Capability: servicenow.TaskFamily, By: servicenow.Updated, Limit: 7,
		Tables: servicenow.TaskClasses()[:3]}
	got, at := pullOnce(t, client, o)
	perTable := map[string]int{}
	ids := map[string]bool{}
	for _, c := range got {
		perTable[c.Table]++
		ids[c.SysID] = true
	}
	for name, want := range map[string]int{"incident": 3, "sc_request": 2, "sc_req_item": 2} {
		if perTable[name] != want {
			t.Errorf("%s had %d of 7, want %d", name, perTable[name], want)
		}
	}
	o.From, o.Limit = at, 0
	got, _ = pullOnce(t, client, o)
	for _, c := range got {
		if ids[c.SysID] {
			t.Errorf("%s %s came twice", c.Table, c.SysID)
		}
		ids[c.SysID] = true
	}
	if len(ids) != 15 {
		t.Errorf("%d records came in all, want 15", len(ids))
	}
}

// Tables that the user may not read are reported with what to do, and the others come all the same.
func TestPullSkipsWhatIsRefused(t *testing.T) {
	server, client := pullWorld(t)
	server.RevokeRoles(servicenowtest.IntegrationUser, "csm_ws_integration", "sn_customerservice_agent")
	insert(t, server, "sn_customerservice_case", map[string]string{"short_description": "printer"})
	var skipped []string
	o := servicenow.PullOptions{Capability: servicenow.Helpdesk, By: servicenow.Updated,
		Skipped: func(s servicenow.SkippedTable) {
			skipped = append(skipped, s.Table)
			if !errors.Is(s.Err, servicenow.ErrForbidden) || s.Remedy == "" || s.Why == "" {
				t.Errorf("skipped %+v, want ErrForbidden with a reason and a remedy", s)
			}
		}}
	got, _ := pullOnce(t, client, o)
	if !slices.ContainsFunc(got, func(c servicenow.Change) bool { return c.Table == "sys_user" }) {
		t.Error("the users did not come")
	}
	for _, name := range []string{"customer_account", "customer_contact", "sn_customerservice_case", "sn_customerservice_escalation"} {
		if !slices.Contains(skipped, name) {
			t.Errorf("%s was not reported, only %v", name, skipped)
		}
	}
	o.StopOnRefusal = true
	for _, err := range client.Pull(t.Context(), o) {
		if err == nil {
			continue
		}
		if !errors.Is(err, servicenow.ErrForbidden) {
			t.Errorf("with StopOnRefusal: %v, want ErrForbidden", err)
		}
		return
	}
	t.Error("with StopOnRefusal the pull ended without an error")
}

func TestPullProgress(t *testing.T) {
	server, client := pullWorld(t)
	for range 5 {
		insert(t, server, "incident", map[string]string{"short_description": "row"})
	}
	var said []servicenow.PullProgress
	o := servicenow.PullOptions{Capability: servicenow.TaskFamily, By: servicenow.Updated, Tables: []string{"incident"},
		Progress: func(p servicenow.PullProgress) { said = append(said, p) }}
	pullOnce(t, client, o)
	first, last := said[0], said[len(said)-1]
	if first.Estimate != 5 || first.Left() != 5 || first.Step != 1 || first.Steps != 1 {
		t.Errorf("began with %+v", first)
	}
	if last.Rows != 5 || last.Left() != 0 || !last.Done {
		t.Errorf("ended with %+v", last)
	}
}

func TestPullOptionsThatCannotWork(t *testing.T) {
	_, client := pullWorld(t)
	for name, o := range map[string]servicenow.PullOptions{
		"no capability":     {},
		"no time":           {Capability: servicenow.Helpdesk},
		"created articles":  {Capability: servicenow.ContentManagement, By: servicenow.Created},
		"unknown table":     {Capability: servicenow.Helpdesk, By: servicenow.Updated, Tables: []string{"cmdb_ci"}},
		"audit of nothing":  {Capability: servicenow.Helpdesk, By: servicenow.Updated, Audit: &servicenow.PullAudit{Since: time.Now()}},
		"audit of all time": {Capability: servicenow.Helpdesk, By: servicenow.Updated, Audit: &servicenow.PullAudit{Tables: []string{"task"}}},
	} {
		for _, err := range client.Pull(t.Context(), o) {
			if !errors.Is(err, servicenow.ErrSettings) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
