package webhook_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/webhook"
	"github.com/seed-a66f7fd3/servicenow/webhook/inboxtest"
)

func TestMemoryInbox(t *testing.T) {
	inboxtest.Run(t, func(*testing.T) webhook.Inbox { return webhook.NewMemoryInbox(0) })
}

func TestMemoryInboxForgetsByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := webhook.NewMemoryInbox(time.Hour)
		for i := range 1000 {
			if _, err := in.Claim(t.Context(), "t", fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
			_ = in.Confirm(t.Context(), "t", fmt.Sprint(i))
		}
		time.Sleep(59 * time.Minute)
		if n := in.Len(); n != 1000 {
			t.Errorf("%d of 1000 left after 59 minutes", n)
		}
		time.Sleep(time.Minute)
		if n := in.Len(); n != 0 {
			t.Errorf("%d left after an hour", n)
		}
	})
}

// A process that died between Claim and Confirm must not have marked the event as done.
func TestAnAbandonedClaimIsFreshAfterItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := webhook.NewMemoryInbox(0)
		if _, err := in.Claim(t.Context(), "t", "1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(webhook.DefaultLease - 1)
		if c, _ := in.Claim(t.Context(), "t", "1"); c != webhook.Busy {
			t.Errorf("within the lease: %v", c)
		}
		time.Sleep(time.Nanosecond)
		if c, _ := in.Claim(t.Context(), "t", "1"); c != webhook.Fresh {
			t.Errorf("after the lease: %v", c)
		}
	})
}
