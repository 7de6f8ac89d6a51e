package casesvc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestFilters(t *testing.T) {
	noon := time.Date(2026, 2, 3, 12, 0, 0, 0, time.FixedZone("", 3600))
	for want, f := range map[string]casesvc.Filter{
		"ORDERBYsys_id":                                       casesvc.All(),
		"active=true^ORDERBYsys_id":                           casesvc.Open(),
		"assigned_to=u^ORDERBYsys_id":                         casesvc.All().AssignedTo("u"),
		"assigned_toISEMPTY^ORDERBYsys_id":                    casesvc.All().Unassigned(),
		"assignment_group=g^ORDERBYsys_id":                    casesvc.All().InGroup("g"),
		"contact=c^ORDERBYsys_id":                             casesvc.All().ByContact("c"),
		"consumer=c^ORDERBYsys_id":                            casesvc.All().ByConsumer("c"),
		"stateIN1,10^ORDERBYsys_id":                           casesvc.All().InState(table.CaseNew, table.CaseOpen),
		"priorityIN1^ORDERBYsys_id":                           casesvc.All().WithPriority("1"),
		"correlation_id=acme-1^ORDERBYsys_id":                 casesvc.All().CorrelatedTo("acme-1"),
		"sys_updated_on>=2026-02-03 11:00:00^ORDERBYsys_id":   casesvc.All().UpdatedSince(noon),
		"sys_created_on>=2026-02-03 11:00:00^ORDERBYsys_id":   casesvc.All().CreatedSince(noon),
		"assigned_to=javascript:gs.getUserID()^ORDERBYsys_id": casesvc.All().AssignedToMe(),
		"active=true^account=a^assigned_to=u^ORDERBYsys_id":   casesvc.Open().ByAccount("a").AssignedTo("u"),
		"active=true^ORDERBYDESCsys_created_on":               casesvc.Open().NewestFirst(),
		"u_a=1^active=true^NQu_b=2^active=true^ORDERBYsys_id": casesvc.Matching(
			table.Where("u_a", table.Is, "1").NewQuery("u_b", table.Is, "2")).And(table.Where("active", table.Is, "true")),
	} {
		w, svc := connect(t)
		w.On(http.MethodGet, base, wiretest.Result(`[]`))
		for _, err := range svc.List(t.Context(), f) {
			t.Error(err)
		}
		if sent := w.Sent(); len(sent) != 1 || sent[0].Query.Get("sysparm_query") != want {
			t.Errorf("got %v\nwant %s", sent, want)
		}
	}
}

func TestListSaysWhatItWants(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base, wiretest.Result(`[]`))
	for range svc.List(t.Context(), casesvc.Open()) {
	}
	all := svc.List(t.Context(), casesvc.Open().Fields("state",
		"u_region").WithRelated().Display(table.StoredAndDisplay).PageSize(7).Limit(5))
	for range all {
	}
	sent := w.Sent()
	plain := sent[0].Query
	if plain.Get("sysparm_limit") != "200" || plain.Get("sysparm_reference_fields") != "false" ||
		plain.Has("sysparm_display_value") {
		t.Errorf("sent %s", sent[0])
	}
	if fields := "," + plain.Get("sysparm_fields") + ","; !strings.Contains(fields, ",sys_id,") || !strings.Contains(fields,
		",account,") ||
		!strings.Contains(fields, ",short_description,") {
		t.Errorf("fields %s", fields)
	}
	w.Expect(sent[0].String(), "GET "+base+"?sysparm_display_value=all&sysparm_fields=state,u_region,sys_id,number&"+
		"sysparm_limit=5&sysparm_query=active=true^ORDERBYsys_id")
}

func TestListYieldsCases(t *testing.T) {
	w, svc := connect(t)
	one, two := aCase(wholeAccount, wholeContact), strings.ReplaceAll(aCase(`""`, `""`), caseID, "e"+caseID[1:])
	answer := wiretest.Result("[" + one + "," + two + "]")
	answer.Header = map[string]string{"X-Total-Count": "2"}
	w.On(http.MethodGet, base, answer)
	var names []string
	for c, err := range svc.List(t.Context(), casesvc.All()) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Related.Account != nil {
			names = append(names, c.Related.Account.Name.String())
		}
		names = append(names, c.Number.String())
	}
	if got := strings.Join(names, " "); got != "Boxeo CS0000009 CS0000009" {
		t.Errorf("got %s", got)
	}
	if n := len(w.Sent()); n != 1 {
		t.Errorf("%d requests for one page that the instance counted", n)
	}
}

func TestAFilterThatCannotBeIsNotSent(t *testing.T) {
	w, svc := connect(t)
	for name, f := range map[string]casesvc.Filter{
		"script in a value": casesvc.Open().ByAccount("javascript:gs.getUserID()"),
		"empty id":          casesvc.Open().AssignedTo(""),
		"negative limit":    casesvc.Open().Limit(-1),
		"negative page":     casesvc.Open().PageSize(-1),
		"no column":         casesvc.Open().Fields("state,priority"),
		"no time":           casesvc.Open().UpdatedSince(time.Time{}),
	} {
		n := 0
		for c, err := range svc.List(t.Context(), f) {
			if n++; c != nil || !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%s: got %v, %v", name, c, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: told %d times", name, n)
		}
	}
	w.Expect()
}

func TestANullAmongTheRowsIsAnError(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base, wiretest.Result(`[null]`))
	for c, err := range svc.List(t.Context(), casesvc.All()) {
		if err == nil {
			t.Errorf("got %v", c)
		}
	}
}
