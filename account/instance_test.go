package account_test

import (
	"testing"

	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestCustomers(t *testing.T) {
	in := roomtest.New(t)
	ctx := t.Context()
	customer := in.Insert(account.Table, map[string]string{"name": "Boxeo", "customer": "true"})
	contact, err := in.Accounts.CreateContact(ctx, table.Set("first_name", table.NewText("Dora")).
		Set("last_name", table.NewText("Warren")).Set("account", table.RefTo(customer)).Set("user_name",
		table.NewText("dora.warren")))
	if err != nil {
		t.Fatal(err)
	}
	people, err := table.Collect(in.Accounts.Contacts(ctx, account.ListOptions{Query: table.Where("account", table.Is, customer)}),
		5)
	if err != nil || len(people) != 1 || people[0].SysID.String() != contact || people[0].Account.ID() != customer {
		t.Errorf("got %+v, %v", people, err)
	}
	consumer, err := in.Accounts.CreateConsumer(ctx, table.Set("first_name", table.NewText("Jane")))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := in.Accounts.Consumer(ctx, consumer); err != nil || p.FirstName.String() != "Jane" {
		t.Errorf("got %+v, %v", p, err)
	}
	for range 24 {
		in.Insert(account.Table, map[string]string{"name": "Other"})
	}
	all, err := table.Collect(in.Accounts.List(ctx, account.ListOptions{PageSize: 7}), 100)
	if err != nil || len(all) != 25 {
		t.Errorf("%d accounts, %v: the API's own page is ten", len(all), err)
	}
}

func TestCustomersInABatch(t *testing.T) {
	in := roomtest.New(t)
	customer := in.Insert(account.Table, map[string]string{"name": "Boxeo"})
	b := in.Tables.Batch()
	found := table.Add(b, in.Accounts.GetCall(customer))
	contact := table.Add(b, in.Accounts.CreateContactCall(table.Set("last_name", table.NewText("Warren"))))
	consumer := table.Add(b, in.Accounts.CreateConsumerCall(table.Set("last_name", table.NewText("Brown"))))
	nobody := table.Add(b, in.Accounts.ContactCall("../x"))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, err := found.Get(); err != nil || a.Name.String() != "Boxeo" {
		t.Errorf("got %+v, %v", a, err)
	}
	for name, made := range map[string]*table.Result[string]{account.ContactTable: contact, account.ConsumerTable: consumer} {
		if id, err := made.Get(); err != nil || in.Row(name, id) == nil {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	if _, err := nobody.Get(); err == nil {
		t.Error("a hostile id was described")
	}
}
