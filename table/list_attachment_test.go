package table_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// An access policy opens the Attachment API and not the table: lists and feeds of attachments lack nothing.
func TestAttachmentsThroughTheirAPI(t *testing.T) {
	s := servicenowtest.NewServer(t,
		servicenowtest.WithAccessPolicy(servicenowtest.AccessPolicy{
			API: "Table API", Resource: "/sys_attachment", Roles: []string{"nobody_has_this"},
		}))
	c := connect(t, s, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	incident := incidents(t, s, 1)[0]
	const files = 25
	for i := range files {
		if _, err := s.As(servicenowtest.AdminUser).Attach("incident", incident, fmt.Sprintf("%d.txt", i), "text/plain", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	attachments := table.Attachments(c.Tables)
	before := s.Requests()
	q := table.Where("table_name", table.Is, "incident")
	rows, err := table.Collect(attachments.List(t.Context(), table.ListOptions{Query: q, PageSize: 10}), 100)
	if err != nil || len(rows) != files {
		t.Fatalf("%d files, %v; want %d", len(rows), err, files)
	}
	refused := 0
	for _, r := range s.Requests()[len(before):] {
		if r.Status == 403 {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("the table was tried %d times, want once", refused)
	}
	seen := map[string]bool{}
	feed := attachments.Feed(table.FeedOptions{Query: q, PageSize: 10})
	for change, err := range feed.Changes(t.Context(), table.Checkpoint{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[change.Row.FileName.String()] = true
	}
	if len(seen) != files {
		t.Errorf("the feed brought %d files, want %d", len(seen), files)
	}
}

// Where both doors are closed, the first one's answer is told: it names the right that a table needs.
func TestAttachmentsRefusedByBoth(t *testing.T) {
	refusal := answer{status: 403, body: `{"error":{"message":"no"},"status":"failure"}`}
	s, asked := scripted(t, refusal, refusal)
	_, err := table.Collect(table.Attachments(s).List(t.Context(), table.ListOptions{PageSize: 10, Query: table.All().OrderBy("file_name")}), 10)
	var e *rest.Error
	if !errors.As(err, &e) || e.Path != "/api/now/v2/table/sys_attachment" {
		t.Errorf("%v", err)
	}
	if q := asked.asked[1].query; len(q) != 2 || asked.asked[1].path != "/api/now/v1/attachment" {
		t.Errorf("asked %s with %v, want the three documented parameters at most", asked.asked[1].path, q)
	}
}
