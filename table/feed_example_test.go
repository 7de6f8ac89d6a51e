package table_test

import (
	"context"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func ExampleFeed_Changes() {
	server, err := servicenowtest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := servicenow.New(server.Instance(), servicenow.WithHTTPClient(server.HTTPClient()),
		servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		fmt.Println(err)
		return
	}
	admin := server.As("admin")
	id, _ := admin.Insert("incident", map[string]string{"short_description": "No network"})

	ctx := context.Background()
	var saved table.Checkpoint // a host stores its text with the rows
	follow := func() {
		o := table.FeedOptions{Advanced: func(at table.Checkpoint) { saved = at }}
		for c, err := range table.Incidents(client.Tables).Feed(o).Changes(ctx, saved) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(c.Operation, c.Row.ShortDescription)
			saved = c.Next
		}
	}
	follow()
	_ = admin.Update("incident", id, map[string]string{"short_description": "No network on floor 2"})
	follow()
	_ = admin.Delete("incident", id)
	follow()
	// Output:
	// created No network
	// updated No network on floor 2
	// deleted
}
