package table_test

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// A row that others delete while the feed asks for it by its own time says nothing about zones: another is asked for.
func TestZoneIsFoundAlthoughTheCanaryIsDeleted(t *testing.T) {
	w := newWorld(t, servicenowtest.WithSwitches(servicenowtest.Switches{LiteralsInUserZone: true}),
		servicenowtest.WithUser("pacific.user", "zone-password", []string{"itil", servicenowtest.AuditReader}, "US/Pacific"))
	w.svc = w.connect("pacific.user", "zone-password")
	for range 3 {
		w.insert("incident", "row")
	}
	asked, deleted := regexp.MustCompile(`^sys_id=([0-9a-f]{32})\^sys_created_on>=`), false
	w.before = func(r *http.Request) (*http.Response, func(*http.Response)) {
		if m := asked.FindStringSubmatch(r.URL.Query().Get("sysparm_query")); m != nil && !deleted {
			deleted = true
			w.remove("incident", m[1])
		}
		return nil, nil
	}
	var told []table.NoticeKind
	c := newCopy()
	w.pass(c, table.FeedOptions{Notice: func(n table.Notice) { told = append(told, n.Kind) }})
	if !deleted || !slices.Contains(told, table.NoticeZone) || slices.Contains(told, table.NoticeZoneUnknown) {
		t.Errorf("deleted %v, told %v: want the zone found by another row", deleted, told)
	}
	w.same(c)
}
