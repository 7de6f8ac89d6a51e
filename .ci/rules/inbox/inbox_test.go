// Package inbox runs the conformance suite of inboxes on SQLite, in a module of its own because of the driver.
package inbox

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/seed-a66f7fd3/servicenow/webhook"
	"github.com/seed-a66f7fd3/servicenow/webhook/inboxtest"
)

func open(t *testing.T, lease time.Duration) *webhook.SQLInbox {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "inbox.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	in, err := webhook.NewSQLInbox(db, webhook.SQLite, lease)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // it may run twice
		if err := in.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

func TestSQLite(t *testing.T) {
	inboxtest.Run(t, func(t *testing.T) webhook.Inbox { return open(t, time.Hour) })
}

func TestLeaseAndPurge(t *testing.T) {
	in := open(t, time.Millisecond)
	for _, want := range []webhook.Claim{webhook.Fresh, webhook.Fresh} {
		if got, err := in.Claim(t.Context(), "t", "1"); got != want || err != nil {
			t.Fatalf("%d %v", got, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := in.Confirm(t.Context(), "t", "1"); err != nil {
		t.Fatal(err)
	}
	if n, err := in.Purge(t.Context(), time.Hour); n != 0 || err != nil {
		t.Errorf("purged %d young ids: %v", n, err)
	}
	time.Sleep(5 * time.Millisecond)
	if n, err := in.Purge(t.Context(), time.Millisecond); n != 1 || err != nil {
		t.Errorf("purged %d: %v", n, err)
	}
	if got, err := in.Claim(t.Context(), "t", "1"); got != webhook.Fresh || err != nil {
		t.Errorf("%d %v", got, err)
	}
}
