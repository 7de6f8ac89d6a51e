package account_test

import (
	"context"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func Example() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	customer := instance.Insert(account.Table, map[string]string{"name": "Boxeo", "city": "Bromley"})
	ctx := context.Background()

	_, err := sn.Accounts.CreateContact(ctx, table.
		Set("first_name", table.NewText("George")).
		Set("last_name", table.NewText("Warren")).
		Set("account", table.RefTo(customer)))
	if err != nil {
		fmt.Println(err)
		return
	}
	boxeo, err := sn.Accounts.Get(ctx, customer)
	if err != nil {
		fmt.Println(err)
		return
	}
	its := account.ListOptions{Query: table.Where("account", table.Is, customer)}
	for contact, err := range sn.Accounts.Contacts(ctx, its) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s of %s, %s\n", contact.FirstName, contact.LastName, boxeo.Name, boxeo.City)
	}
	// Output: George Warren of Boxeo, Bromley
}
