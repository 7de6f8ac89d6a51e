package servicenowtest

import (
	"io"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func sampleDB(t testing.TB, seed uint64) *db.DB {
	t.Helper()
	d := db.New(db.Options{Now: func() time.Time { return testNow }, Seed: seed})
	if err := seedSample(d, SampleData{}, seed); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSampleDataHasEverything(t *testing.T) {
	d := sampleDB(t, 3)
	for table, want := range map[string]int{"sn_customerservice_case": 2000, "incident": 300, "change_request": 40,
		"problem": 30, "sc_request": 40, "sc_req_item": 40, "sc_task": 40, "sn_customerservice_escalation": 60,
		"kb_knowledge": 100, "customer_account": 40, "customer_contact": 160, "csm_consumer": 60, "sys_user": 185,
		"sys_attachment": 100, "sys_audit_delete": 40, "task": 2550} {
		if got := len(d.All(table)); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	for _, r := range d.All("task") {
		if r.Get("sys_created_on") > r.Get("sys_updated_on") || r.Get("sys_updated_on") > "2026-03-04 10:00:00" {
			t.Fatalf("%s was created %s and updated %s", r.Get("number"), r.Get("sys_created_on"), r.Get("sys_updated_on"))
		}
	}
	a := d.All("sys_attachment")[0]
	content, err := d.OpenAttachment(a.SysID())
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(content)
	if err != nil || a.Get("size_bytes") == "" || len(text) == 0 {
		t.Errorf("attachment of %s bytes reads as %d bytes, %v", a.Get("size_bytes"), len(text), err)
	}
}

func TestSampleDataIsTheSameForTheSameSeed(t *testing.T) {
	a, b, c := sampleDB(t, 3), sampleDB(t, 3), sampleDB(t, 4)
	same, other := 0, 0
	rows, again, different := a.All("task"), b.All("task"), c.All("task")
	for i := range rows {
		if rows[i].SysID() == again[i].SysID() && rows[i].Get("short_description") == again[i].Get("short_description") {
			same++
		}
		if rows[i].SysID() != different[i].SysID() {
			other++
		}
	}
	if same != len(rows) || other != len(rows) {
		t.Errorf("of %d rows, %d are the same with the same seed and %d differ with another", len(rows), same, other)
	}
}

func BenchmarkSampleData(b *testing.B) {
	for b.Loop() {
		sampleDB(b, 1)
	}
}
