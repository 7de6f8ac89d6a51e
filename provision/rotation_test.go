package provision_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// fires makes the rule send, and wants the event to arrive.
func (b *bench) fires(when string) {
	b.t.Helper()
	id := b.must(b.instance.As("abel.tuter").Insert("incident", map[string]string{"short_description": when}))
	if e := b.next(); e.About().SysID != id {
		b.t.Fatalf("%s: %+v", when, e.About())
	}
}

func (b *bench) accept(keys ...webhook.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys = keys
}

// The receiver accepts the new key before the instance signs with it, both keys sign during the overlap, and the old one
// goes last. The process may die after any call: events arrive all the way, and another run gets to the end.
func TestRotationLosesNoEvent(t *testing.T) {
	old, fresh := webhook.NewKey(), webhook.NewKey()
	for crash := 0; ; crash++ {
		done := false
		t.Run(fmt.Sprintf("crash after %d calls", crash), func(t *testing.T) {
			b := newBench(t)
			b.settings.Secret = old
			b.accept(old)
			b.install(provision.Agent)
			b.fires("before")

			b.accept(fresh, old)
			b.settings.Secret, b.settings.OldSecret = fresh, old
			spec := b.spec(provision.Agent)
			disarm := b.instance.Fault(servicenowtest.When{Skip: crash}, servicenowtest.ResetBefore())
			_, err := b.mortal().Provision(t.Context(), spec)
			done = disarm() == 0 && err == nil
			b.fires("after the crash")

			b.install(provision.Agent)
			b.fires("during the overlap")
			b.accept(fresh)
			b.fires("for a receiver that knows only the new key")
			b.accept(old)
			b.fires("for a replica that still knows only the old one")

			b.accept(fresh)
			b.settings.OldSecret = webhook.Key{}
			b.install(provision.Agent)
			b.fires("after")
			if left := b.instance.Rows("sys_properties", "name=x_acme.webhook_secret_old"); left[0]["value"] != "" {
				t.Error("the old key was not blanked")
			}
			b.instance.ResetRecord()
			b.install(provision.Agent)
			if len(b.instance.Requests()) != 1 {
				t.Errorf("not settled: %v", b.instance.Writes())
			}
		})
		if done || t.Failed() || crash > 15 {
			if !done {
				t.Error("the rotation never came to its end")
			}
			return
		}
	}
}

// The receiver is down for an hour: a queued event arrives afterwards.
func TestQueuedEventsSurviveAnHourOfDowntime(t *testing.T) {
	clock := servicenowtest.SkewedClock(0)
	b := newBench(t, servicenowtest.WithClock(clock))
	b.settings.Delivery = provision.Queued
	b.install(provision.Agent)
	b.mu.Lock()
	b.fail = fmt.Errorf("down")
	b.mu.Unlock()
	id := b.must(b.instance.As("abel.tuter").Insert("incident", map[string]string{"short_description": "x"}))
	b.quiet()
	for _, pause := range []time.Duration{31 * time.Second, 121 * time.Second, 601 * time.Second} {
		clock.Advance(pause)
		b.quiet()
	}
	b.mu.Lock()
	b.fail = nil
	tried := len(b.deliveries)
	b.mu.Unlock()
	if tried != 4 {
		t.Errorf("tried %d times, wanted 4", tried)
	}
	clock.Advance(time.Hour + time.Second)
	e, ok := b.next().(*webhook.TaskChanged)
	if !ok || e.SysID != id || e.Attempt != 5 || e.Operation != webhook.Insert {
		t.Errorf("%+v", e)
	}
	b.quiet()
}
