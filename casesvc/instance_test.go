package casesvc_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestTheLifeOfACase(t *testing.T) {
	in := roomtest.New(t)
	ctx := t.Context()
	customer := in.Insert(account.Table, map[string]string{"name": "Boxeo", "customer": "true"})
	me, err := in.Users.Me(ctx)
	if err != nil || me.UserName.String() != servicenowtest.IntegrationUser {
		t.Fatalf("me: %+v, %v", me, err)
	}
	made, err := in.Cases.Create(ctx, casesvc.Draft{
		ShortDescription: table.NewText("Pump stuck"), Account: table.RefTo(customer), CorrelationID: table.NewText("acme-1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	id := made.SysID
	for step, err := range map[string]error{
		"comment": in.Cases.AddComment(ctx, id, "On it."), "note": in.Cases.AddWorkNote(ctx, id, "Again?"),
		"assign": in.Cases.Assign(ctx, id, me.SysID.String()), "state": in.Cases.SetState(ctx, id, table.CaseOpen),
	} {
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
	mine := casesvc.Open().ByAccount(customer).AssignedTo(me.SysID.String()).WithRelated()
	var found []string
	for c, err := range in.Cases.List(ctx, mine) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Related.Account == nil || c.Related.Account.Name.String() != "Boxeo" || c.Account.ID() != customer {
			t.Errorf("account %+v", c.Related.Account)
		}
		found = append(found, c.Number.String())
	}
	if !slices.Equal(found, []string{made.Number}) {
		t.Errorf("found %v, made %s", found, made.Number)
	}
	var texts []string
	for entry, err := range in.Cases.Entries(ctx, made.Number, casesvc.Comments, casesvc.WorkNotes) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, entry.Element.String()+": "+entry.Value.String())
	}
	slices.Sort(texts)
	if !slices.Equal(texts, []string{"comments: On it.", "work_notes: Again?"}) {
		t.Errorf("entries %q", texts)
	}
	if err := in.Cases.Resolve(ctx, id, casesvc.Resolution{Code: "16", Notes: "Oiled."}); err != nil {
		t.Fatal(err)
	}
	c, err := in.Cases.Get(ctx, id)
	if err != nil || !c.State.Is(table.CaseResolved) || c.CloseNotes.String() != "Oiled." ||
		c.Related.Account.Name.String() != "Boxeo" {
		t.Errorf("got %+v, %v", c, err)
	}
	if row := in.Row(casesvc.Table, id); row["state"] != table.CaseResolved || row["assigned_to"] != me.SysID.String() {
		t.Errorf("stored %v", row)
	}
}

func TestACaseIsMadeOnceHoweverTheAnswerIsLost(t *testing.T) {
	in := roomtest.New(t)
	in.Fault(servicenowtest.When{Method: http.MethodPost, Path: "/api/sn_customerservice", Count: 1}, servicenowtest.CancelledCut())
	draft := casesvc.Draft{ShortDescription: table.NewText("Once"), CorrelationID: table.NewText("acme-2")}
	made, err := in.Cases.Create(t.Context(), draft)
	if err != nil || !made.Found {
		t.Errorf("got %+v, %v", made, err)
	}
	if rows := in.Rows(casesvc.Table, "correlation_id=acme-2"); len(rows) != 1 || rows[0]["sys_id"] != made.SysID {
		t.Errorf("%d cases", len(rows))
	}
}

func TestAListOfCasesIsComplete(t *testing.T) {
	in := roomtest.New(t)
	want := map[string]bool{}
	for range 23 {
		want[in.Insert(casesvc.Table, map[string]string{"short_description": "x", "contact_type": "phone"})] = true
	}
	for name, f := range map[string]casesvc.Filter{
		"by key":    casesvc.All().And(table.Where("contact_type", table.Is, "phone")).PageSize(5),
		"by offset": casesvc.All().And(table.Where("contact_type", table.Is, "phone")).PageSize(5).NewestFirst(),
	} {
		got := map[string]bool{}
		for c, err := range in.Cases.List(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			if id := c.SysID.String(); got[id] || !want[id] {
				t.Errorf("%s: %s is another or came twice", name, id)
			}
			got[c.SysID.String()] = true
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d of %d cases", name, len(got), len(want))
		}
	}
}

func TestEscalateOnce(t *testing.T) {
	in := roomtest.New(t)
	ctx := t.Context()
	id := in.Insert(casesvc.Table, map[string]string{"short_description": "Down"})
	e := casesvc.Escalation{Justification: "Plant stands", Reason: "1", Source: "0"}
	first, err := in.Cases.Escalate(ctx, id, e)
	if err != nil || first.Existing || !first.Linked {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := in.Cases.Escalate(ctx, id, e)
	if err != nil || !again.Existing || again.Escalation.SysID.String() != first.Escalation.SysID.String() {
		t.Errorf("got %+v, %v", again, err)
	}
	if linked := in.Row(casesvc.Table, id)["active_escalation"]; linked != first.Escalation.SysID.String() {
		t.Errorf("linked to %q", linked)
	}
	all, err := table.Collect(in.Cases.Escalations(ctx, id), 10)
	if err != nil || len(all) != 1 || all[0].EscalationJustification.String() != "Plant stands" {
		t.Errorf("got %+v, %v", all, err)
	}
}
