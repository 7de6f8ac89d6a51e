package servicenow_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// One user who is connected twice with one application has one access token: the host is told, and the first to
// disconnect leaves the token to the other.
func TestOneUserConnectedTwice(t *testing.T) {
	var log bytes.Buffer
	d := newDesk(t, func(c *servicenow.ConnectorConfig) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	if status := d.connect("t1"); len(status.SharedWith) != 0 {
		t.Errorf("alone, and shared with %v", status.SharedWith)
	}
	if status := d.connect("t2"); !slices.Equal(status.SharedWith, []string{"t1"}) || !strings.Contains(log.String(), "connected more than once") {
		t.Errorf("shared with %v, want t1, and a line in the log:\n%s", status.SharedWith, log.String())
	}
	if status, err := d.connector.Status(t.Context(), "t1"); err != nil || !slices.Equal(status.SharedWith, []string{"t2"}) {
		t.Errorf("shared with %v (%v), want t2", status.SharedWith, err)
	}
	other, err := d.connector.Client(t.Context(), "t2")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.connector.Disconnect(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Users.Me(t.Context()); err != nil {
		t.Errorf("the other connection was ended: %v", err)
	}
	if status, err := d.connector.Status(t.Context(), "t2"); err != nil || len(status.SharedWith) != 0 {
		t.Errorf("alone again, and shared with %v (%v)", status.SharedWith, err)
	}
	if err := d.connector.Disconnect(t.Context(), "t2"); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Users.Me(t.Context()); err == nil {
		t.Error("the last to disconnect did not revoke the token")
	}
}

// Connections of different users do not share, and neither does a name that a crash, or another consent, left behind.
func TestSharedIsLookedUp(t *testing.T) {
	d := newDesk(t)
	d.connect("t1")
	d.connect("t2")
	u, pending, err := d.connector.Reconnect(t.Context(), "t2")
	if err != nil {
		t.Fatal(err)
	}
	callback := d.allow(u, servicenowtest.AdminUser, servicenowtest.AdminPassword)
	if _, err := d.connector.Complete(t.Context(), pending, callback); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []string{"t1", "t2"} {
		if status, err := d.connector.Status(t.Context(), tenant); err != nil || len(status.SharedWith) != 0 {
			t.Errorf("%s is shared with %v (%v), want nobody", tenant, status.SharedWith, err)
		}
	}
}

// The records beside the tenants cannot be reached as tenants.
func TestReservedTenant(t *testing.T) {
	d := newDesk(t)
	for _, tenant := range []string{"servicenow/shared/x", "", "a\x00b"} {
		if _, _, err := d.connector.Begin(t.Context(), tenant, d.settings); !errors.Is(err, auth.ErrTenant) {
			t.Errorf("%q: %v, want ErrTenant", tenant, err)
		}
	}
}
