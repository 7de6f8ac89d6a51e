package sqltest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/webhook"
	"github.com/seed-a66f7fd3/servicenow/webhook/inboxtest"
)

func (d database) inbox(t *testing.T, lease time.Duration) *webhook.SQLInbox {
	t.Helper()
	dialect := map[auth.Dialect]webhook.Dialect{
		auth.PostgreSQL: webhook.PostgreSQL, auth.MySQL: webhook.MySQL, auth.SQLite: webhook.SQLite,
	}[d.dialect]
	in, err := webhook.NewSQLInbox(d.open(t), dialect, lease)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func (d database) emptyInbox(t *testing.T, lease time.Duration) *webhook.SQLInbox {
	t.Helper()
	d.drop(t, "servicenow_inbox")
	for range 2 { // it may run twice
		migrateAtOnce(t, func() migrator { return d.inbox(t, lease) })
	}
	return d.inbox(t, lease)
}

func runInbox(t *testing.T, d database) {
	t.Run("inbox", func(t *testing.T) {
		inboxtest.Run(t, func(t *testing.T) webhook.Inbox { return d.emptyInbox(t, time.Hour) })
	})
	t.Run("a dead claim is free after its lease", func(t *testing.T) {
		in := d.emptyInbox(t, time.Millisecond)
		for range 2 {
			claimed(t, in, "1", webhook.Fresh)
			time.Sleep(5 * time.Millisecond)
		}
		if err := in.Confirm(t.Context(), "t", "1"); err != nil {
			t.Fatal(err)
		}
		claimed(t, in, "1", webhook.Done)
	})
	t.Run("a purge forgets the old and keeps the young", func(t *testing.T) {
		in := d.emptyInbox(t, time.Hour)
		for id := range 20 {
			claimed(t, in, fmt.Sprint(id), webhook.Fresh)
		}
		long := time.Now().Add(-2 * time.Hour).UnixMilli()
		if _, err := d.open(t).Exec(fmt.Sprintf("UPDATE servicenow_inbox SET claimed = %d WHERE id < '2'", long)); err != nil {
			t.Fatal(err)
		}
		const old = 12 // 0, 1 and 10 to 19 sort before 2
		if n, err := in.Purge(t.Context(), time.Hour); n != old || err != nil {
			t.Errorf("purged %d, want %d: %v", n, old, err)
		}
		claimed(t, in, "10", webhook.Fresh)
		claimed(t, in, "2", webhook.Busy)
	})
	t.Run("what MySQL would cut is refused", func(t *testing.T) {
		in := d.emptyInbox(t, time.Hour)
		if _, err := in.Claim(t.Context(), "t", strings.Repeat("x", 256)); err == nil {
			t.Error("an id of 256 bytes was taken")
		}
	})
}

func claimed(t *testing.T, in webhook.Inbox, id string, want webhook.Claim) {
	t.Helper()
	if got, err := in.Claim(t.Context(), "t", id); got != want || err != nil {
		t.Fatalf("Claim(%q) is %d, want %d: %v", id, got, want, err)
	}
}
