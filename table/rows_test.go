package table_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// TestRowTypes sends every column of every row type, and one that it has no field for, in each of the display modes,
// and wants it back unchanged.
func TestRowTypes(t *testing.T) {
	s, _ := scripted(t)
	row(t, table.Cases(s), "sn_customerservice_case")
	row(t, table.Escalations(s), "sn_customerservice_escalation")
	row(t, table.Accounts(s), "customer_account")
	row(t, table.Contacts(s), "customer_contact")
	row(t, table.Consumers(s), "csm_consumer")
	row(t, table.Users(s), "sys_user")
	row(t, table.Groups(s), "sys_user_group")
	row(t, table.JournalEntries(s), "sys_journal_field")
	row(t, table.Audits(s), "sys_audit")
	row(t, table.AuditDeletes(s), "sys_audit_delete")
	row(t, table.Attachments(s), "sys_attachment")
	row(t, table.Articles(s), "kb_knowledge")
	row(t, table.KnowledgeBases(s), "kb_knowledge_base")
	row(t, table.KnowledgeCategories(s), "kb_category")
	row(t, table.Tasks(s), "task")
	row(t, table.Incidents(s), "incident")
	row(t, table.Requests(s), "sc_request")
	row(t, table.RequestItems(s), "sc_req_item")
	row(t, table.CatalogTasks(s), "sc_task")
	row(t, table.ChangeRequests(s), "change_request")
	row(t, table.Problems(s), "problem")
	row(t, table.BusinessRules(s), "sys_script")
	row(t, table.Properties(s), "sys_properties")
	row(t, table.Choices(s), "sys_choice")
}

func row[T any](t *testing.T, of table.Table[T], name string) {
	t.Run(name, func(t *testing.T) {
		if of.Name() != name {
			t.Errorf("the table is %s", of.Name())
		}
		columns := table.Columns[T]()
		if len(columns) < 9 {
			t.Fatalf("columns %v", columns)
		}
		for mode, value := range map[string]string{
			"stored":  `"value of %s"`,
			"links":   `{"link":"https://acme.service-now.com/api/now/table/task/%[1]s","value":"%[1]s"}`,
			"display": `{"display_value":"Display","link":"https://acme.service-now.com/api/now/table/task/%s"}`,
			"both":    `{"display_value":"Display of %[1]s","value":"%[1]s"}`, "empty": `""`, "null": `null`,
		} {
			var members []string
			for _, c := range append(columns, "u_custom") {
				if strings.Contains(value, "%") {
					members = append(members, `"`+c+`":`+fmt.Sprintf(value, c))
				} else {
					members = append(members, `"`+c+`":`+value)
				}
			}
			in := "{" + strings.Join(members, ",") + "}"
			var got T
			if err := json.Unmarshal([]byte(in), &got); err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			out, err := json.Marshal(got)
			if err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			if !reflect.DeepEqual(decoded(t, in), decoded(t, string(out))) {
				t.Errorf("%s: sent %s\nback %s", mode, in, out)
			}
		}
		var none T
		if out, err := json.Marshal(none); err != nil || string(out) != "{}" {
			t.Errorf("the zero row is written as %s, %v", out, err)
		}
		if _, writable := any(none).(table.Writable); writable {
			t.Error("a row that was read can be sent back by mistake")
		}
	})
}

func decoded(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A host's own struct may embed a row type, and hold fields that are no cells.
type regional struct {
	table.Incident
	Region  table.Choice `json:"u_region"`
	Level   int          `json:"u_level"`
	VIP     *bool        `json:"u_vip"`
	Caller  string       `json:"caller_id.email"`
	Ignored string       `json:"-"`
}

func (r regional) MarshalJSON() ([]byte, error)  { return table.MarshalRow(r) }
func (r *regional) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, r) }

func TestOwnRowTypes(t *testing.T) {
	s, script := scripted(t,
		answer{body: `{"result":{"sys_id":"a","number":"INC1","u_region":{"display_value":"North","value":"n"},"u_level":"3","u_vip":"true",` +
			`"caller_id.email":"a@x.example","u_else":"e"}}`})
	got, err := table.Of[regional](s, "incident").Get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if got.Number.String() != "INC1" || got.Region.Label() != "North" || got.Level != 3 || got.VIP == nil ||
		!*got.VIP || got.Caller != "a@x.example" ||
		got.Extra["u_else"].String() != "e" {
		t.Errorf("got %+v", got)
	}
	asked := "," + script.asked[0].query.Get("sysparm_fields") + ","
	for _, column := range []string{"sys_id", "number", "caller_id", "u_region", "u_level", "u_vip",
		"caller_id.email"} {
		if strings.Count(asked, ","+column+",") != 1 {
			t.Errorf("%s is asked for %d times", column, strings.Count(asked, ","+column+","))
		}
	}
	out, err := json.Marshal(got)
	var again regional
	if err != nil || json.Unmarshal(out, &again) != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("%s comes back as %+v, %v", out, again, err)
	}
}

// holder has fields that cannot tell null from nothing.
type holder struct {
	ID    table.Text     `json:"sys_id,omitzero"`
	List  []string       `json:"list,omitzero"`
	Map   map[string]int `json:"map,omitzero"`
	Owner *holder        `json:"owner,omitzero"`
	Count int            `json:"count"`
	Extra table.Extra
}

func (h holder) MarshalJSON() ([]byte, error)  { return table.MarshalRow(h) }
func (h *holder) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, h) }

func TestNothingOfARowIsLost(t *testing.T) {
	for _, text := range []string{
		`{"sys_id":"a","list":["x"],"map":{"x":1},"owner":{"sys_id":"b","count":0,"u_a":true},"count":3}`,
		`{"sys_id":null,"list":null,"map":null,"owner":null,"count":null}`,
		`{"count":0,"list":[],"map":{},"u_n":1.50,"u_t":true,"u_l":[1,{"a":null}],"u_o":{"b":[]},"u_z":null}`,
	} {
		var h holder
		if err := json.Unmarshal([]byte(text), &h); err != nil {
			t.Fatal(err)
		}
		if out, err := json.Marshal(h); err != nil || !reflect.DeepEqual(decoded(t, text), decoded(t, string(out))) {
			t.Errorf("sent %s\nback %s, %v", text, out, err)
		}
	}
	var h holder
	if err := json.Unmarshal([]byte(`{"list":null,"count":null}`), &h); err != nil {
		t.Fatal(err)
	}
	h.List, h.Count = []string{"new"}, 2
	if out, err := json.Marshal(h); err != nil || string(out) != `{"list":["new"],"count":2}` {
		t.Errorf("a null that got a value: %s, %v", out, err)
	}
}

func TestArticleChangesAreColumnsOfAnArticle(t *testing.T) {
	if _, ok := any(table.Article{}).(table.Writable); ok {
		t.Error("an article that was read can be sent back by mistake")
	}
	readable := table.Columns[table.Article]()
	for _, column := range table.Columns[table.ArticleChanges]() {
		if !slices.Contains(readable, column) {
			t.Errorf("%s is written and not read", column)
		}
	}
	if slices.Contains(table.Columns[table.ArticleChanges](), "workflow_state") {
		t.Error("an article moves by Publish and Retire")
	}
}

func TestARowThatDoesNotFit(t *testing.T) {
	s, _ := scripted(t, answer{body: `{"result":{"sys_id":"a","u_level":"high"}}`})
	if _, err := table.Of[regional](s, "incident").Get(t.Context(), "a"); err == nil || !strings.Contains(err.Error(),
		"u_level") {
		t.Errorf("got %v", err)
	}
}

func TestAsClass(t *testing.T) {
	for class, want := range map[string]table.TaskRow{
		"incident": table.Incident{}, "change_request": table.ChangeRequest{}, "problem": table.Problem{},
		"sc_request":  table.Request{},
		"sc_req_item": table.RequestItem{}, "sc_task": table.CatalogTask{}, "sn_customerservice_case": table.Case{},
		"x_own_task": table.Task{},
	} {
		s, script := scripted(t, answer{body: `{"result":{"sys_id":"a","sys_class_name":"` + class + `","u_x":"1"}}`})
		var task table.Task
		if err := json.Unmarshal([]byte(`{"sys_id":"a","sys_class_name":"`+class+`"}`), &task); err != nil {
			t.Fatal(err)
		}
		got, err := table.AsClass(t.Context(), s, task)
		if err != nil || reflect.TypeOf(got) != reflect.TypeOf(want) || got.AsTask().SysID.String() != "a" {
			t.Errorf("%s: got %T, %v", class, got, err)
		}
		if path := script.asked[0].path; path != "/api/now/v2/table/"+class+"/a" {
			t.Errorf("asked %s", path)
		}
	}
	s, _ := scripted(t)
	if _, err := table.AsClass(t.Context(), s, table.Task{}); err == nil {
		t.Error("a task without its class is an error")
	}
}

func TestAs(t *testing.T) {
	record := table.NewRecord(map[string]table.Value{"sys_id": table.NewValue("a"), "caller_id": table.NewValue("u"),
		"u_x": table.NewValue("1")})
	incident, err := table.As[table.Incident](record)
	if err != nil || incident.CallerID.ID() != "u" || incident.Extra["u_x"].String() != "1" {
		t.Errorf("got %+v, %v", incident, err)
	}
	if back, err := table.As[table.Record](incident); err != nil || back.Get("u_x").String() != "1" || back.Len() != 3 {
		t.Errorf("got %v, %v", back, err)
	}
}
