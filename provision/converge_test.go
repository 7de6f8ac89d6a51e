package provision_test

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// settled wants the state that the spec describes, once each, and the stranger's record as it was.
func (b *bench) settled(spec provision.Spec, stranger string) error {
	p := b.provisioner()
	if _, err := p.Provision(b.t.Context(), spec); err != nil {
		return fmt.Errorf("the last run: %w", err)
	}
	if _, err := p.Verify(b.t.Context(), spec); err != nil {
		return err
	}
	rules, properties := b.rules("sys_id!="+stranger), b.properties()
	if len(rules) != len(spec.Rules) || len(properties) != 2 {
		return fmt.Errorf("%d rules and %d properties: %v %v", len(rules), len(properties), rules, properties)
	}
	for _, p := range properties {
		if p["name"] == "x_acme.webhook_secret" && p["value"] != b.settings.Secret.Export() {
			return errors.New("the secret is not the one wanted")
		}
	}
	if row := b.instance.Row("sys_script", stranger); row["name"] != "Somebody's own" || row["sys_mod_count"] != "0" {
		return fmt.Errorf("the stranger's rule was touched: %v", row)
	}
	b.instance.ResetRecord()
	if _, err := p.Provision(b.t.Context(), spec); err != nil || len(b.instance.Requests()) != 1 || len(b.instance.Writes()) != 0 {
		return fmt.Errorf("another run cost %d calls, wrote %v: %w", len(b.instance.Requests()), b.instance.Writes(), err)
	}
	return nil
}

// properties are ours, also those that somebody renamed.
func (b *bench) properties() []map[string]string {
	return b.instance.Rows("sys_properties", "nameSTARTSWITHx_acme^NQdescriptionLIKEx_acme:{")
}

func (b *bench) stranger() string {
	return b.must(b.instance.As("abel.tuter").Insert("sys_script",
		map[string]string{"name": "Somebody's own", "collection": "task", "when": "after", "script": "// x_acme"}))
}

// Any interleaving of two provisioners that may die anywhere, and of an admin who edits, copies and deletes, ends in the
// wanted state.
func TestAnyInterleavingConverges(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = flag.Set("rapid.checks", "25")
		t.Cleanup(func() { _ = flag.Set("rapid.checks", f.DefValue) })
	}
	rapid.Check(t, func(rt *rapid.T) {
		// A server for each case: its clean-up belongs to the case, not to the test.
		ok := t.Run("case", func(t *testing.T) {
			b := newBench(t)
			preset := rapid.SampledFrom([]preset{provision.Agent, provision.Helpdesk}).Draw(rt, "preset")
			spec, stranger := b.spec(preset), b.stranger()
			plans := [2]provision.Plan{}
			provisioners := [2]*provision.Provisioner{b.provisioner(), b.provisioner()}
			for i := range rapid.IntRange(1, 8).Draw(rt, "steps") {
				who := rapid.IntRange(0, 1).Draw(rt, "who")
				switch act := rapid.SampledFrom([]string{"plan", "apply", "run", "die", "edit"}).Draw(rt, fmt.Sprint("step", i)); act {
				case "plan":
					plans[who], _ = provisioners[who].Plan(t.Context(), spec)
				case "apply":
					_, _ = provisioners[who].Apply(t.Context(), plans[who]) // drift and a foreign plan are refused
				case "run":
					_, _ = provisioners[who].Provision(t.Context(), spec)
				case "die":
					fault := rapid.SampledFrom([]servicenowtest.Fault{servicenowtest.ResetBefore(), servicenowtest.ResetAfter()}).Draw(rt, "how")
					disarm := b.instance.Fault(servicenowtest.When{Skip: rapid.IntRange(0, 9).Draw(rt, "after")}, fault)
					_, _ = b.mortal().Provision(t.Context(), spec)
					disarm()
				case "edit":
					b.meddle(rt, stranger)
				}
			}
			if err := b.settled(spec, stranger); err != nil {
				t.Error(err)
			}
		})
		if !ok {
			rt.Fatal("not converged")
		}
	})
}

// meddle is what admins do to one of our rules or properties.
func (b *bench) meddle(rt *rapid.T, stranger string) {
	admin := b.instance.As("admin")
	name := rapid.SampledFrom([]string{"sys_script", "sys_properties"}).Draw(rt, "table")
	rows := b.rules("sys_id!=" + stranger)
	if name == "sys_properties" {
		rows = b.properties()
	}
	if len(rows) == 0 {
		return
	}
	row := rows[rapid.IntRange(0, len(rows)-1).Draw(rt, "row")]
	switch rapid.SampledFrom([]string{"delete", "copy", "edit"}).Draw(rt, "what") {
	case "delete":
		_ = admin.Delete(name, row["sys_id"])
	case "copy":
		_, _ = admin.Insert(name, copied(row))
	case "edit":
		column := rapid.SampledFrom([]string{"active", "order", "script", "name", "filter_condition", "collection"}).Draw(rt, "column")
		if name == "sys_properties" {
			column = rapid.SampledFrom([]string{"is_private", "type", "name"}).Draw(rt, "column")
		}
		_ = admin.Update(name, row["sys_id"], map[string]string{column: rapid.SampledFrom([]string{"false", "7", "x_acme.other"}).Draw(rt, "value")})
	}
}

// copied is a row without what the platform fills in.
func copied(row map[string]string) map[string]string {
	columns := map[string]string{}
	for k, v := range row {
		if !strings.HasPrefix(k, "sys_") {
			columns[k] = v
		}
	}
	return columns
}

func TestTwoReplicasAtOnce(t *testing.T) {
	for range 5 {
		b := newBench(t)
		spec, stranger := b.spec(provision.Helpdesk), b.stranger()
		var wg sync.WaitGroup
		for range 3 {
			p := b.provisioner()
			wg.Go(func() {
				if _, err := p.Provision(t.Context(), spec); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := b.settled(spec, stranger); err != nil {
			t.Error(err)
		}
	}
}

// A first run that dies after any of its calls, answered or not, is finished by the next.
func TestACrashBetweenAnyTwoSteps(t *testing.T) {
	for name, fault := range map[string]servicenowtest.Fault{"before": servicenowtest.ResetBefore(), "after": servicenowtest.ResetAfter()} {
		for calls := range 9 {
			t.Run(fmt.Sprintf("%s call %d", name, calls+1), func(t *testing.T) {
				b := newBench(t)
				b.settings.Delivery = provision.Queued
				spec, stranger := b.spec(provision.Helpdesk), b.stranger()
				disarm := b.instance.Fault(servicenowtest.When{Skip: calls}, fault)
				_, err := b.mortal().Provision(t.Context(), spec)
				if happened := disarm() > 0; happened && err == nil {
					t.Error("the crash went unnoticed")
				}
				if err := b.settled(spec, stranger); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
