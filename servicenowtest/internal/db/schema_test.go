package db

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// Every column that a sample of the documentation prints is in the dictionary. The list was taken from the samples of
// the pages c_TableAPI, case-api, account-api, contact-api and consumer-api.
func TestDocumentedColumnsExist(t *testing.T) {
	text, err := os.ReadFile("testdata/documented_columns.json")
	if err != nil {
		t.Fatal(err)
	}
	var documented map[string][]string
	if err := json.Unmarshal(text, &documented); err != nil {
		t.Fatal(err)
	}
	s := newTestDB().Schema()
	for table, columns := range documented {
		for _, c := range columns {
			if _, ok := s.Column(table, c); !ok {
				t.Errorf("%s has no column %s", table, c)
			}
		}
	}
	if len(documented) < 6 || len(documented["sn_customerservice_case"]) < 100 {
		t.Errorf("the list is cut: %d tables", len(documented))
	}
}

// References lead to tables that exist, but for those of plugins that this instance does not have.
func TestReferencesLeadSomewhere(t *testing.T) {
	absent := []string{"cmn_schedule", "cmn_skill", "ldap_server_config",
		"recipient_list", "sc_cat_item_delivery_plan", "sc_cat_item_delivery_task", "std_change_producer_version",
		"sys_encryption_context", "sys_perspective", "sys_rest_message", "sys_rest_message_fn", "sys_ui_theme",
		"sys_user_group_type", "time_sheet_policy", "topic", "vendor_type", "wf_activity", "wf_workflow"}
	s := newTestDB().Schema()
	for _, name := range s.Tables() {
		t1, _ := s.Table(name)
		for _, column := range t1.Columns() {
			c, _ := t1.Column(column)
			if _, ok := s.Table(c.Reference); !ok && c.Reference != "" && !slices.Contains(absent, c.Reference) {
				t.Errorf("%s.%s refers to %s", name, column, c.Reference)
			}
		}
	}
}
