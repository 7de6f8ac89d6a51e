package provision_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// What stands on the instance and was not told of is missed, for each kind of event, and nothing else is.
func TestPassiveProof(t *testing.T) {
	none := func(webhook.Event) bool { return false }
	for name, c := range map[string]struct {
		preset preset
		change func(*provision.Settings)
		lost   func(webhook.Event) bool // what the receiver did not see
		by     string
		says   string // of E1; all is well when empty
		rule   string
	}{
		"all arrived":      {preset: provision.Helpdesk, lost: none},
		"a comment lost":   {preset: provision.Helpdesk, lost: is[*webhook.CommentAdded], says: "sys_journal_field never arrived", rule: "comment"},
		"an update lost":   {preset: provision.Helpdesk, lost: is[*webhook.CaseUpdated], says: "the change of", rule: "case"},
		"a file lost":      {preset: provision.Helpdesk, lost: is[*webhook.AttachmentAdded], says: "sys_attachment never arrived", rule: "attachment"},
		"a task lost":      {preset: provision.Agent, lost: is[*webhook.TaskChanged], says: "task never arrived", rule: "task"},
		"an unwatched one": {preset: provision.Agent, lost: none, change: func(s *provision.Settings) { s.Watch = []string{"state"} }},
		"a new one lost under watch": {preset: provision.Agent, lost: is[*webhook.TaskChanged], says: "new record", rule: "task",
			change: func(s *provision.Settings) { s.Watch = []string{"state"} }},
		"our own, skipped": {preset: provision.Agent, lost: none, by: "acme.bot", change: func(s *provision.Settings) {
			s.SkipUser, s.SkipTasks = "acme.bot", true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			clock := servicenowtest.SkewedClock(0)
			b := newBench(t, servicenowtest.WithClock(clock))
			if c.change != nil {
				c.change(&b.settings)
			}
			spec := b.install(c.preset)
			clock.Advance(time.Second)
			b.busy(c.by)
			clock.Advance(3 * time.Minute)
			d := provision.Doctor{Conn: b.as("acme.bot"), Spec: spec, Now: func() time.Time { return time.Now().Add(3 * time.Minute) },
				Deliveries: func(ctx context.Context, since time.Time) ([]webhook.Delivery, error) {
					all, err := b.seen(ctx, since)
					var out []webhook.Delivery
					for _, one := range all {
						if !c.lost(one.Event) {
							out = append(out, one)
						}
					}
					return out, err
				}}
			got, err := d.Examine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cause, bad := got.Cause()
			if c.says == "" {
				if bad {
					t.Errorf("\n%s", got)
				}
				return
			}
			if cause.ID != "E1" || !strings.Contains(cause.Seen, c.says) || !strings.Contains(cause.Subject, c.rule) {
				t.Errorf("want E1 %q of %s, got\n%s", c.says, c.rule, got)
			}
		})
	}
}

func is[T webhook.Event](e webhook.Event) bool {
	_, ok := e.(T)
	return ok
}

// busy makes one event of each kind, and an incident that somebody changes further.
func (b *bench) busy(by string) {
	if by == "" {
		by = "abel.tuter"
	}
	abel := b.instance.As("abel.tuter")
	id := b.must(abel.Insert("sn_customerservice_case", map[string]string{"short_description": "x"}))
	b.must("", abel.Comment("sn_customerservice_case", id, "hello"))
	b.must(abel.Insert("sys_attachment", map[string]string{"table_name": "sn_customerservice_case", "table_sys_id": id, "file_name": "a.txt"}))
	id = b.must(abel.Insert("incident", map[string]string{"short_description": "x"}))
	b.must("", b.instance.As(by).Update("incident", id, map[string]string{"short_description": "y"}))
	if err := b.instance.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}
