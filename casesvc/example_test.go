package casesvc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func Example() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	ctx := context.Background()

	created, err := sn.Cases.Create(ctx, casesvc.Draft{
		ShortDescription: table.NewText("Pump stuck"),
		Priority:         table.NewChoice("1"),
		CorrelationID:    table.NewText("acme-7781"), // so that a lost answer does not make a second case
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sn.Cases.AddComment(ctx, created.SysID, "On our way."); err != nil {
		fmt.Println(err)
	}
	for c, err := range sn.Cases.List(ctx, casesvc.Open().WithPriority("1")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.ShortDescription, c.State.Is(table.CaseNew))
	}
	// Output: Pump stuck true
}

// What a step needs is told before anything is sent.
func ExampleService_Resolve() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert(casesvc.Table, map[string]string{"short_description": "Pump stuck"})

	err := sn.Cases.Resolve(context.Background(), id, casesvc.Resolution{Code: "16"})
	if missing, ok := errors.AsType[*table.MissingError](err); ok {
		fmt.Println("please fill in", missing.Columns)
	}
	err = sn.Cases.Resolve(context.Background(), id, casesvc.Resolution{Code: "16", Notes: "Oiled the bearing."})
	fmt.Println(err)
	// Output:
	// please fill in [close_notes]
	// <nil>
}

// A case has at most one open escalation.
func ExampleService_Escalate() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert(casesvc.Table, map[string]string{"short_description": "Pump stuck"})

	for range 2 {
		e, err := sn.Cases.Escalate(context.Background(), id, casesvc.Escalation{Justification: "The plant stands still"})
		fmt.Println(e.Escalation.SourceRecord.String() == id, e.Existing, err)
	}
	// Output:
	// true false <nil>
	// true true <nil>
}

func ExampleService_Activities() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	id := instance.Insert(casesvc.Table, map[string]string{"short_description": "Pump stuck"})
	_ = instance.As("admin").Comment(casesvc.Table, id, "Any news?")

	a, err := sn.Cases.Activities(context.Background(), id, casesvc.ActivityOptions{Types: []string{casesvc.Comments}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, entry := range a.Entries {
		fmt.Printf("%s, %s: %s\n", entry.FieldLabel, entry.Name, entry.Value)
	}
	// Output: Additional comments, System Administrator: Any news?
}

// What a form would offer.
func ExampleService_FieldValues() {
	instance, sn := roomtest.Start()
	defer instance.Close()

	values, err := sn.Cases.FieldValues(context.Background(), "priority", casesvc.FieldValueOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range values {
		fmt.Println(v.Value, v.Label)
	}
	// Output:
	// 1 1 - Critical
	// 2 2 - High
	// 3 3 - Moderate
	// 4 4 - Low
}

// A page of cases, and how many there are, in one request.
func ExampleService_PageCall() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	for range 3 {
		instance.Insert(casesvc.Table, map[string]string{"short_description": "Pump stuck"})
	}
	batch := sn.Tables.Batch()
	page := table.Add(batch, sn.Cases.PageCall(casesvc.All().PageSize(2)))
	count := table.Add(batch, table.Cases(sn.Tables).StatsCall(table.StatsOptions{Count: true}))
	if err := batch.Send(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	cases, _ := page.Get()
	stats, err := count.Get()
	fmt.Println(len(cases), "of", stats[0].Count(), err)
	// Output: 2 of 3 <nil>
}
