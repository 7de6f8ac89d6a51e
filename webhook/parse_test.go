package webhook_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

const record = `"table":"incident","sys_id":"9d38","number":"INC0010001","operation":"update","mod_count":"7",` +
	`"updated_on":"2026-01-02T03:04:05Z","updated_by":"abel.tuter","actor":"system"`

const entry = `"table":"sys_journal_field","sys_id":"9d38","operation":"insert","created_by":"abel.tuter",` +
	`"actor":"abel.tuter","text":"a \u0024 and a \ud83d\ude00","truncated":"false",` +
	`"parent":{"table":"sn_customerservice_case","sys_id":"46d4"}`

func TestParseTellsEveryKindApart(t *testing.T) {
	task := webhook.Head{ID: "x", Instance: "acme", Rule: "task", Version: 3, Table: "incident", SysID: "9d38",
		Number: "INC0010001", Operation: "update", ModCount: 7, At: now, By: "abel.tuter", Actor: "system"}
	as := func(op webhook.Operation) webhook.Head { h := task; h.Operation = op; return h }
	journal := webhook.Head{ID: "x", Instance: "acme", Rule: "task", Version: 3, Table: "sys_journal_field",
		SysID: "9d38", Operation: "insert", ModCount: -1, At: now, By: "abel.tuter", Actor: "abel.tuter"}
	parent := webhook.Record{Table: "sn_customerservice_case", SysID: "46d4"}
	text := "a $ and a \U0001F600"
	gone := journal
	gone.Operation = "delete"
	file := journal
	file.Table = "sys_attachment"

	op := func(s string) string { return strings.Replace(record, `"update"`, `"`+s+`"`, 1) }
	for _, c := range []struct {
		kind, data string
		want       webhook.Event
	}{
		{"task.updated", record + `,"changed":["state","priority"],"columns":{"state":"2"}`, &webhook.TaskChanged{Head: task,
			Class: "incident", Changed: []string{"state", "priority"}, Columns: map[string]string{"state": "2"}}},
		{"task.deleted", op("delete"), &webhook.TaskChanged{Head: as("delete"), Class: "incident"}},
		{"case.created", op("insert"), &webhook.CaseCreated{Head: as("insert")}},
		{"case.updated", record + `,"changed":[]`, &webhook.CaseUpdated{Head: task, Changed: []string{}}},
		{"case.deleted", op("delete"), &webhook.CaseDeleted{Head: as("delete")}},
		{"comment.created", entry + `,"element":"comments"`, &webhook.CommentAdded{Head: journal, Record: parent, Text: text}},
		{"comment.created", entry + `,"element":"work_notes"`, &webhook.WorkNoteAdded{Head: journal, Record: parent, Text: text}},
		{"comment.deleted", strings.Replace(entry, "insert", "delete", 1) + `,"element":"comments"`,
			&webhook.EntryDeleted{Head: gone, Record: parent, Element: "comments"}},
		{"attachment.created", strings.Replace(entry, "sys_journal_field", "sys_attachment", 1) +
			`,"file_name":"a.png","content_type":"image/png","size_bytes":"12"`,
			&webhook.AttachmentAdded{Head: file, Record: parent, FileName: "a.png", ContentType: "image/png", Size: 12}},
		{"ping", ``, &webhook.Ping{Head: webhook.Head{ID: "x", Instance: "acme", Rule: "task", Version: 3, ModCount: -1, At: now}}},
	} {
		got, err := webhook.Parse(envelope("x", c.kind, c.data))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n got %+v %v\nwant %+v", c.kind, got, err, c.want)
		}
	}
}

func TestParseIsLenientWithNews(t *testing.T) {
	body := envelope("x", "article.published", `"table":"kb_knowledge","sys_id":"1","new":{"a":[1,{"b":null}]}`)
	e, err := webhook.Parse(body)
	u, ok := e.(*webhook.Unknown)
	if err != nil || !ok || u.Kind != "article.published" || string(u.Raw) != string(body) || u.Table != "kb_knowledge" {
		t.Errorf("%+v %v", e, err)
	}
	// A journal that we do not know may be an internal one, so it is not a comment.
	e, err = webhook.Parse(envelope("x", "comment.created", entry+`,"element":"u_legal_notes"`))
	if _, ok := e.(*webhook.Unknown); err != nil || !ok {
		t.Errorf("%+v %v", e, err)
	}
	// The platform's own time format, where a script could not convert it.
	body = []byte(strings.Replace(string(envelope("x", "task.updated", record)), "2026-01-02T03:04:05Z", "2026-01-02 03:04:05", 1))
	if e, err = webhook.Parse(body); err != nil || !e.About().At.Equal(now) {
		t.Errorf("%+v %v", e, err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(envelope("x", "task.updated", record))
	deep := strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40)
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"nothing":                   {"", webhook.ErrMalformed},
		"spaces":                    {strings.Repeat(" ", 1<<20), webhook.ErrMalformed},
		"an array":                  {"[]", webhook.ErrMalformed},
		"HTML":                      {"<html>", webhook.ErrMalformed},
		"a cut body":                {good[:len(good)-1], webhook.ErrMalformed},
		"two bodies":                {good + good, webhook.ErrMalformed},
		"invalid UTF-8":             {strings.Replace(good, "abel", "\xff", 1), webhook.ErrMalformed},
		"a doubled member":          {strings.Replace(good, `"spec":1`, `"spec":1,"spec":1`, 1), webhook.ErrMalformed},
		"doubled under an escape":   {strings.Replace(good, `"spec":1`, `"spec":1,"\u0073pec":2`, 1), webhook.ErrMalformed},
		"doubled deep inside":       {strings.Replace(good, `"spec":1`, `"spec":1,"n":[{"a":1,"a":2}]`, 1), webhook.ErrMalformed},
		"nested too deeply":         {strings.Replace(good, `"spec":1`, `"spec":1,"n":`+deep, 1), webhook.ErrMalformed},
		"no spec":                   {strings.Replace(good, `"spec":1,`, ``, 1), webhook.ErrMalformed},
		"a future spec":             {strings.Replace(good, `"spec":1`, `"spec":2`, 1), webhook.ErrSpec},
		"a spec of another kind":    {strings.Replace(good, `"spec":1`, `"spec":"one"`, 1), webhook.ErrSpec},
		"no id":                     {strings.Replace(good, `"x"`, `""`, 1), webhook.ErrMalformed},
		"no type":                   {strings.Replace(good, `"task.updated"`, `null`, 1), webhook.ErrMalformed},
		"no record":                 {strings.Replace(good, `"9d38"`, `""`, 1), webhook.ErrMalformed},
		"data of another kind":      {`{"id":"x","type":"task.updated","spec":1,"data":[1]}`, webhook.ErrMalformed},
		"many members with a twin":  {strings.Replace(good, `"spec":1`, manyMembers(3000)+`"m7":1,"spec":1`, 1), webhook.ErrMalformed},
		"many members without twin": {strings.Replace(good, `"spec":1`, manyMembers(3000)+`"spec":1`, 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := webhook.Parse([]byte(c.body))
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func manyMembers(n int) string {
	var s strings.Builder
	for i := range n {
		name, _ := json.Marshal("m" + string(rune('0'+i%10)) + strings.Repeat("x", i/10))
		s.Write(name)
		s.WriteString(":0,")
	}
	return s.String()
}

func TestParsePlain(t *testing.T) {
	for _, c := range []struct {
		body string
		want webhook.Event
	}{
		{`{"sys_id":"9d38","number":"INC0010001","sys_mod_count":7,"table":"incident"}`, &webhook.TaskChanged{Head: webhook.Head{
			ID: "plain_incident_9d38_7", Rule: "plain", Table: "incident", SysID: "9d38", Number: "INC0010001", ModCount: 7},
			Class: "incident"}},
		{`{"sys_id":"9d38","number":"CS0000001","sys_mod_count":"0","table":"sn_customerservice_case"}`, &webhook.CaseCreated{
			Head: webhook.Head{ID: "plain_sn_customerservice_case_9d38_0", Rule: "plain", Table: "sn_customerservice_case",
				SysID: "9d38", Number: "CS0000001", Operation: "insert"}}},
		{`{"sys_id":"9d38","sys_class_name":"problem","table":"task","sys_updated_on":"2026-01-02 03:04:05"}`,
			&webhook.TaskChanged{Head: webhook.Head{Rule: "plain", Table: "problem", SysID: "9d38", ModCount: -1, At: now},
				Class: "problem"}},
		{`{"sys_id":"9d38","table":"sys_journal_field","element":"comments","value":"hi","name":"incident","element_id":"1"}`,
			&webhook.CommentAdded{Head: webhook.Head{Rule: "plain", Table: "sys_journal_field", SysID: "9d38", ModCount: -1},
				Record: webhook.Record{Table: "incident", SysID: "1"}, Text: "hi"}},
	} {
		got, err := webhook.ParsePlain([]byte(c.body))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n got %+v %v\nwant %+v", c.body, got, err, c.want)
		}
	}
	for _, body := range []string{`{"table":"incident"}`, `{"sys_id":"1"}`, `{"sys_id":"1","sys_id":"2","table":"incident"}`, `[]`} {
		if _, err := webhook.ParsePlain([]byte(body)); !errors.Is(err, webhook.ErrMalformed) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(envelope("x", "task.updated", record+`,"changed":["state"]`))
	f.Add(envelope("x", "comment.created", entry+`,"element":"comments"`))
	f.Add([]byte(` {"id":"\ud800","type":"a","spec":1,"data":{"parent":{}}} `))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = webhook.ParsePlain(body)
		e, err := webhook.Parse(body)
		if err != nil {
			return
		}
		// What encoding/json reads must be what we read, where both read.
		var want struct {
			ID   string
			Data struct {
				SysID  string `json:"sys_id"`
				Number string
			}
		}
		if json.Unmarshal(body, &want) == nil && want.ID != e.About().ID && !foldsNames(body) {
			t.Errorf("id %q, encoding/json says %q", e.About().ID, want.ID)
		}
	})
}

// foldsNames: encoding/json takes "Id" and "ID" for id as well, and the last one wins; we do not.
func foldsNames(body []byte) bool {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		return true
	}
	for k := range m {
		if k != "id" && strings.EqualFold(k, "id") {
			return true
		}
	}
	return false
}

func FuzzVerify(f *testing.F) {
	key := webhook.NewKey()
	h := webhook.Sign("a", now, []byte("{}"), key)
	f.Add("a", "1767323045", h.Get(webhook.HeaderSignature), []byte("{}"))
	f.Add("", "", "v1, v1,", []byte(nil))
	f.Fuzz(func(t *testing.T, id, ts, sig string, body []byte) {
		got := map[string][]string{"Webhook-Id": {id}, "Webhook-Timestamp": {ts}, "Webhook-Signature": {sig}}
		other := webhook.NewKey()
		if err := verifier(t, other).Verify(got, body); err == nil {
			t.Error("a key made after the signature accepts it")
		}
	})
}
