package servicenow_test

import (
	"context"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func ExampleClient_Pull() {
	server, err := servicenowtest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	admin := server.As("admin")
	_, _ = admin.Insert("sn_customerservice_case", map[string]string{"short_description": "Printer on fire", "comments": "Hurry"})

	client, err := servicenow.New(server.Instance(), servicenow.WithHTTPClient(server.HTTPClient()),
		servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		fmt.Println(err)
		return
	}
	var saved servicenow.PullCheckpoint // a host stores it with its rows
	for c, err := range client.Pull(context.Background(), servicenow.PullOptions{
		Capability: servicenow.Helpdesk, By: servicenow.Updated, From: saved,
	}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch row := c.Row.(type) {
		case *table.Case:
			fmt.Println(c.Operation, "case:", row.ShortDescription)
		case *table.JournalEntry:
			fmt.Println(c.Operation, "comment:", row.Value)
		}
		saved = c.Next
	}
	fmt.Println("the next pull goes on from there:", !saved.IsZero())
	// Output:
	// created case: Printer on fire
	// created comment: Hurry
	// the next pull goes on from there: true
}
