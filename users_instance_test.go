package servicenow_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestTasksOfEveryClass(t *testing.T) {
	in := roomtest.New(t)
	ctx := t.Context()
	made := map[string]string{}
	for _, class := range servicenow.TaskClasses() {
		made[class] = in.Insert(class, map[string]string{"short_description": "rooms " + class})
	}
	in.Insert(casesvc.Table, map[string]string{"short_description": "rooms case"}) // a task, and not of the family
	outcomes := map[string]servicenow.TaskOutcome{
		"incident": {Code: "Solution provided", Notes: "Done"}, "change_request": {Code: "successful", Notes: "Done"},
		"problem": {Code: "fix_applied", Notes: "Done"},
	}
	found := 0
	o := servicenow.TaskListOptions{ListOptions: table.ListOptions{Query: table.Where("short_description", table.StartsWith,
		"rooms ")}}
	for task, err := range in.Tasks.List(ctx, o) {
		if err != nil {
			t.Fatal(err)
		}
		found++
		if made[task.Class()] != task.SysID.String() {
			t.Errorf("another task: %s %s", task.Class(), task.SysID)
		}
		err := errors.Join(in.Tasks.WorkNote(ctx, task, "Seen"), in.Tasks.Close(ctx, task, outcomes[task.Class()]))
		if err != nil {
			t.Errorf("%s: %v", task.Class(), err)
		}
	}
	if found != len(made) {
		t.Errorf("%d tasks of %d", found, len(made))
	}
	for class, id := range made {
		if row := in.Row(class, id); row["state"] != map[string]string{"incident": "7", "problem": "107"}[class] &&
			row["state"] != "3" {
			t.Errorf("%s is in the state %s", class, row["state"])
		}
	}
	if got := in.Row("problem", made["problem"]); got["resolution_code"] != "fix_applied" || got["fix_notes"] != "Done" {
		t.Errorf("problem %v", got)
	}
}

func TestWhoAmIAndWhatMayI(t *testing.T) {
	in := roomtest.New(t, servicenowtest.WithUser("ada.diaz", "ada-password", []string{"user_admin", "itil"}, "Europe/Berlin"))
	ctx := t.Context()
	ada := in.Connect("ada.diaz", "ada-password")
	me, err := ada.Users.Me(ctx)
	if err != nil || me.UserName.String() != "ada.diaz" || me.TimeZone.String() != "Europe/Berlin" {
		t.Fatalf("got %+v, %v", me, err)
	}
	roles, err := ada.Users.Roles(ctx, me.SysID.String())
	if err != nil || !roles.Has("user_admin") || !roles.Has("snc_internal") {
		t.Errorf("got %v, %v", roles.Names(), err)
	}
	bot, err := in.Users.ByUserName(ctx, servicenowtest.IntegrationUser)
	if err != nil {
		t.Fatal(err)
	}
	same, err := in.Users.ByEmail(ctx, "integration@example.com")
	if err != nil || len(same) != 1 || same[0].SysID.String() != bot.SysID.String() {
		t.Errorf("got %v, %v", same, err)
	}
	// The clause is dropped, as on an instance that does not run scripts in queries: then two rows come, and the
	// page's question answers.
	in.Fault(servicenowtest.When{Method: http.MethodGet, Path: "/api/now/v2/table/sys_user", Count: 1},
		servicenowtest.Unavailable(403))
	if me, err := in.Users.Me(ctx); err != nil || me.SysID.String() != bot.SysID.String() {
		t.Errorf("got %+v, %v", me, err)
	}
}

func TestMailIsQueued(t *testing.T) {
	in := roomtest.New(t, servicenowtest.WithUser("poor.bot", "poor-password", []string{"itil"}, ""))
	ctx := t.Context()
	mail := servicenow.EmailMessage{To: []string{"Ada <ada@acme.example>"}, Subject: "Case update", Text: "Hello"}
	queued, err := in.Email.Send(ctx, mail)
	if err != nil {
		t.Fatal(err)
	}
	got, err := in.Email.Get(ctx, queued.ID.String())
	if err != nil || got.Subject.String() != "Case update" || !got.Type.Is(servicenow.EmailSendReady) || len(got.CC) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if status, err := in.Email.Status(ctx, queued.ID.String()); err != nil || status.ID.String() != queued.ID.String() || !status.Subject.IsZero() {
		t.Errorf("got %+v, %v", status, err)
	}
	_, err = in.Connect("poor.bot", "poor-password").Email.Send(ctx, mail)
	e, ok := errors.AsType[*servicenow.Error](err)
	if !ok || !errors.Is(err, servicenow.ErrForbidden) || !strings.Contains(e.Remedy, "email_api_send") {
		t.Errorf("got %+v", err)
	}
}
