package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// tally compares what was published with what the instances hold.
type tally struct {
	messages, records int
	twice, lost       []string
}

// pulled are the tables whose rows are counted, and which of their rows a pull is about.
var pulled = map[string]string{
	"customer_account": "", "customer_contact": "", "sn_customerservice_case": "",
	"sys_user": "sys_class_name!=customer_contact^ORsys_class_nameISEMPTY", "sys_journal_field": "name=sn_customerservice_case",
}

func (d *demonstration) count(ctx context.Context) (tally, error) {
	var t tally
	seen, last := map[string]bool{}, map[string]message{}
	err := d.engine.Published(ctx, func(m message) error {
		t.messages++
		if id := m.record() + "\x00" + m.Version; seen[id] {
			t.twice = append(t.twice, strings.ReplaceAll(id, "\x00", " "))
		} else {
			seen[id] = true
		}
		m.Row = nil
		last[m.record()] = m
		return nil
	})
	if err != nil {
		return t, err
	}
	for i := range d.c.tenants {
		t.compare(tenantName(i), d.instances.of(i), last)
	}
	for record, m := range last { // what is left is on no instance any more
		if _, counted := pulled[m.Table]; counted && m.Operation != table.Deleted {
			t.lost = append(t.lost, "deletion of "+strings.ReplaceAll(record, "\x00", " "))
		}
	}
	return t, nil
}

// compare wants every row of the instance to be the last message about it, and takes it out of last.
func (t *tally) compare(tenant string, sn *servicenowtest.Server, last map[string]message) {
	for name, query := range pulled {
		for _, row := range sn.Rows(name, query) {
			t.records++
			want := message{Tenant: tenant, Table: name, SysID: row["sys_id"]}
			got, there := last[want.record()]
			version := strings.NewReplacer("-", "", ":", "", " ", "").Replace(row["sys_updated_on"]) + "." + row["sys_mod_count"]
			if !there || name != "sys_journal_field" && got.Version != version { // entries have one version
				t.lost = append(t.lost, fmt.Sprintf("%s %s %s %s (last is %q)", tenant, name, row["sys_id"], version, got.Version))
			}
			delete(last, want.record())
		}
	}
}

func (t tally) String() string {
	return fmt.Sprintf("%d messages about %d records: %d lost, %d published twice", t.messages, t.records, len(t.lost), len(t.twice))
}

func (t tally) err() error {
	if len(t.lost)+len(t.twice) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %.300s", t, strings.Join(append(t.lost, t.twice...), "; "))
}
