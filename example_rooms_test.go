package servicenow_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func ExampleUsers() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	ctx := context.Background()

	me, err := sn.Users.Me(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(me.UserName, me.Name)
	roles, err := sn.Users.Roles(ctx, me.SysID.String())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(roles.Has("itil"), roles.Has("admin"))
	// Output:
	// integration.user Integration User
	// true false
}

func ExampleTasks() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	instance.Insert("incident", map[string]string{"short_description": "VPN drops"})
	instance.Insert("sc_task", map[string]string{"short_description": "VPN token"})
	ctx := context.Background()

	about := table.Where("short_description", table.StartsWith, "VPN")
	for task, err := range sn.Tasks.List(ctx, servicenow.TaskListOptions{ListOptions: table.ListOptions{Query: about}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		err := sn.Tasks.Close(ctx, task, servicenow.TaskOutcome{Notes: "Token sent."})
		if missing, ok := errors.AsType[*table.MissingError](err); ok {
			fmt.Println(task.Class(), "needs", missing.Columns)
			err = sn.Tasks.Close(ctx, task, servicenow.TaskOutcome{Code: "Solution provided", Notes: "Token sent."})
		}
		fmt.Println(task.ShortDescription, err)
	}
	// Unordered output:
	// incident needs [close_code]
	// VPN drops <nil>
	// VPN token <nil>
}

// An incident that waits for its caller must tell the caller why.
func ExampleTasks_Hold() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert("incident", map[string]string{"short_description": "VPN drops"})
	task, ctx := servicenow.TaskRef{Class: "incident", ID: id}, context.Background()

	err := sn.Tasks.Hold(ctx, task, servicenow.TaskHold{Reason: table.HoldAwaitingCaller})
	if missing, ok := errors.AsType[*table.MissingError](err); ok {
		fmt.Println("please fill in", missing.Columns)
	}
	err = sn.Tasks.Hold(ctx, task, servicenow.TaskHold{Reason: table.HoldAwaitingCaller, Comment: "Which client?"})
	fmt.Println(err)
	// Output:
	// please fill in [comments]
	// <nil>
}

func ExampleEmail() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	ctx := context.Background()

	queued, err := sn.Email.Send(ctx, servicenow.EmailMessage{
		To: []string{"Ada Diaz <ada@acme.example>"}, Subject: "Case update", Text: "We are on our way.",
	})
	if err != nil {
		fmt.Println(err) // a user without the role email_api_send is told so
		return
	}
	mail, err := sn.Email.Status(ctx, queued.ID.String())
	fmt.Println(mail.Type, mail.State, err)
	// Output: send-ready ready <nil>
}
