package provision_test

import (
	"reflect"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// From a change on the instance, through the installed rule and its signed request, to the typed event: for each preset
// and mode, with getters that return strings and with getters that return Java objects.
func TestRulesDeliverTypedEvents(t *testing.T) {
	for name, java := range map[string]bool{"strings": false, "Java strings": true} {
		for _, mode := range []provision.Delivery{provision.Direct, provision.Queued} {
			t.Run(string(mode)+" "+name, func(t *testing.T) {
				opts := servicenowtest.WithSwitches(servicenowtest.Switches{JavaStrings: java})
				t.Run("agent", func(t *testing.T) { agentDelivers(t, newBench(t, opts), mode) })
				t.Run("helpdesk", func(t *testing.T) { helpdeskDelivers(t, newBench(t, opts), mode) })
			})
		}
	}
}

func agentDelivers(t *testing.T, b *bench, mode provision.Delivery) {
	b.settings.Delivery = mode
	b.settings.Deletes = true
	b.install(provision.Agent)
	abel := b.instance.As("abel.tuter")

	id := b.must(abel.Insert("incident", map[string]string{"short_description": "Printer é $100 ${x}", "priority": "3"}))
	created, ok := b.next().(*webhook.TaskChanged)
	if !ok || created.Class != "incident" || created.SysID != id || created.Operation != webhook.Insert ||
		created.Actor != "abel.tuter" || created.Number == "" || created.Tenant != "t1" || created.Rule != "task" || created.At.IsZero() {
		t.Fatalf("created: %+v", created)
	}
	b.must("", abel.Update("incident", id, map[string]string{"priority": "1"}))
	updated, ok := b.next().(*webhook.TaskChanged)
	if !ok || updated.Operation != webhook.Update || updated.ModCount <= created.ModCount || !contains(updated.Changed, "priority") {
		t.Fatalf("updated: %+v", updated)
	}
	b.must("", abel.Delete("incident", id))
	deleted, ok := b.next().(*webhook.TaskChanged)
	if !ok || deleted.Operation != webhook.Delete || deleted.SysID != id || deleted.Number != created.Number {
		t.Fatalf("deleted: %+v", deleted)
	}
	for _, class := range []string{"sc_request", "sc_req_item", "sc_task", "change_request", "problem"} {
		id := b.must(abel.Insert(class, map[string]string{"short_description": class}))
		if e, ok := b.next().(*webhook.TaskChanged); !ok || e.Class != class || e.SysID != id {
			t.Errorf("%s: %+v", class, e)
		}
	}
	b.must(abel.Insert("sn_customerservice_case", map[string]string{"short_description": "not on the list"}))
	b.quiet()
}

// A customer's own class below an allowed one is told of when the host asks for it.
func TestSubClasses(t *testing.T) {
	b := newBench(t)
	b.instance.AddTable(servicenowtest.Table{Name: "u_vip_incident", Extends: "incident"})
	b.instance.AddTable(servicenowtest.Table{Name: "u_vip_task", Extends: "task"})
	insert := func(class string) string {
		return b.must(b.instance.As("admin").Insert(class, map[string]string{"short_description": class}))
	}
	b.install(provision.Agent)
	insert("u_vip_incident")
	b.quiet()
	b.settings.SubClasses = true
	b.install(provision.Agent)
	insert("u_vip_task")
	b.quiet()
	id := insert("u_vip_incident")
	if e, ok := b.next().(*webhook.TaskChanged); !ok || e.SysID != id || e.Class != "u_vip_incident" {
		t.Errorf("%+v", e)
	}
	b.fires("the class itself")
}

func helpdeskDelivers(t *testing.T, b *bench, mode provision.Delivery) {
	b.settings.Delivery = mode
	b.settings.Text = true
	b.settings.SkipUser = "acme.bot"
	b.install(provision.Helpdesk)
	abel := b.instance.As("abel.tuter")

	id := b.must(abel.Insert("sn_customerservice_case", map[string]string{"short_description": "Broken"}))
	if e, ok := b.next().(*webhook.CaseCreated); !ok || e.SysID != id || e.Table != "sn_customerservice_case" {
		t.Fatalf("%+v", e)
	}
	b.must("", abel.Comment("sn_customerservice_case", id, "Hällo \U0001F600 $5"))
	var comment *webhook.CommentAdded
	var update *webhook.CaseUpdated
	for range 2 { // in either order
		switch e := b.next().(type) {
		case *webhook.CommentAdded:
			comment = e
		case *webhook.CaseUpdated:
			update = e
		}
	}
	want := webhook.Record{Table: "sn_customerservice_case", SysID: id}
	if comment == nil || comment.Text != "Hällo \U0001F600 $5" || comment.Record != want || comment.By != "abel.tuter" {
		t.Errorf("comment: %+v", comment)
	}
	if update == nil || update.SysID != id {
		t.Errorf("update: %+v", update)
	}
	b.must("", abel.WorkNote("sn_customerservice_case", id, "internal"))
	if e, ok := b.next().(*webhook.CaseUpdated); !ok { // the note itself stays inside
		t.Errorf("%+v", e)
	}
	file := b.must(abel.Attach("sn_customerservice_case", id, "a.png", "image/png", []byte("hello")))
	e, ok := b.next().(*webhook.AttachmentAdded)
	if !ok || e.SysID != file || e.FileName != "a.png" || e.ContentType != "image/png" || e.Record != want {
		t.Errorf("attachment: %+v", e)
	}
	b.must("", b.instance.As("acme.bot").Comment("sn_customerservice_case", id, "our own"))
	if e, ok := b.next().(*webhook.CaseUpdated); !ok || e.Actor != "acme.bot" {
		t.Errorf("%+v", e)
	}
	b.must(b.instance.As("acme.bot").Attach("sn_customerservice_case", id, "own.png", "image/png", []byte("x")))
	b.must(abel.Insert("incident", map[string]string{"short_description": "not a case"}))
	b.quiet()
}

func (b *bench) install(preset func(provision.Settings) (provision.Spec, error)) provision.Spec {
	b.t.Helper()
	spec, err := preset(b.settings)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.provisioner().Provision(b.t.Context(), spec); err != nil {
		b.t.Fatal(err)
	}
	return spec
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if reflect.DeepEqual(l, s) {
			return true
		}
	}
	return false
}
