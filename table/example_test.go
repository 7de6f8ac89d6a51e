package table_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// exampleClient is an instance in this process with four incidents in it, and a client for it.
func exampleClient() (*servicenow.Client, func()) {
	clock := servicenowtest.NewClock(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC))
	server, err := servicenowtest.Start(servicenowtest.WithClock(clock), servicenowtest.WithSeed(1))
	if err != nil {
		log.Fatal(err)
	}
	hc := server.HTTPClient()
	c, err := servicenow.New(server.Instance(), servicenow.WithHTTPClient(hc),
		servicenow.WithBasicAuth(servicenowtest.AdminUser, servicenowtest.AdminPassword))
	if err != nil {
		log.Fatal(err)
	}
	_, err = server.SeedRows("incident",
		map[string]string{"sys_id": "10000000000000000000000000000001", "number": "INC0000001",
			"short_description": "VPN drops", "urgency": "1", "state": "1"},
		map[string]string{"sys_id": "10000000000000000000000000000002", "number": "INC0000002",
			"short_description": "No sound", "urgency": "3", "state": "1"},
		map[string]string{"sys_id": "10000000000000000000000000000003", "number": "INC0000003",
			"short_description": "Mail is slow", "urgency": "2", "state": "2"},
		map[string]string{"sys_id": "10000000000000000000000000000004", "number": "INC0000004",
			"short_description": "Printer", "urgency": "3", "state": "7"},
	)
	if err != nil {
		log.Fatal(err)
	}
	return c, func() { hc.CloseIdleConnections(); server.Close() }
}

func Example() {
	c, done := exampleClient()
	defer done()

	open := table.Where("state", table.In, table.IncidentNew, table.IncidentInProgress).And("urgency", table.AtMost,
		"2")
	for incident, err := range table.Incidents(c.Tables).List(context.Background(), table.ListOptions{Query: open}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(incident.Number, incident.ShortDescription)
	}
	// Output:
	// INC0000001 VPN drops
	// INC0000003 Mail is slow
}

// A struct of your own takes the columns that it has fields for, and only those are asked for.
func ExampleOf() {
	c, done := exampleClient()
	defer done()

	type ticket struct {
		Number table.Text   `json:"number"`
		State  table.Choice `json:"state"`
		Opener table.Text   `json:"opened_by.user_name"`
	}
	first, err := table.Of[ticket](c.Tables, "incident").First(context.Background(), table.Where("number", table.Is,
		"INC0000003"),
		table.ReadOptions{Display: table.StoredAndDisplay})
	fmt.Println(first.Number, first.State, first.State.Label(), first.Opener.IsEmpty(), err)
	// Output: INC0000003 2 In Progress true <nil>
}

func ExampleTable_Create() {
	c, done := exampleClient()
	defer done()

	made, err := table.Incidents(c.Tables).Create(context.Background(), table.IncidentChanges{
		TaskChanges: table.TaskChanges{
			ShortDescription: table.NewText("Badge does not open the door"),
			Urgency:          table.NewChoice("2"),
			WorkNote:         table.Entry("Created by the door"),
		},
	})
	fmt.Println(made.Urgency, made.ShortDescription, made.CreatedOn.Std().Format(time.DateOnly), err)
	// Output: 2 Badge does not open the door 2026-02-03 <nil>
}

// Only the columns that are set are written. An empty cell clears its column.
func ExampleTable_Update() {
	c, done := exampleClient()
	defer done()

	changes := table.Set("state", table.NewChoice(table.IncidentOnHold)).Set("assigned_to",
		table.NoRef()).AddComment("Waiting for you.")
	row, err := table.Incidents(c.Tables).Update(context.Background(), "10000000000000000000000000000001", changes)
	fmt.Println(row.State, row.ShortDescription, row.AssignedTo.IsEmpty(), err)
	// Output: 3 VPN drops true <nil>
}

// The instance drops a column that it does not know, without a word. The echo tells.
func ExampleWriteOptions_checkEcho() {
	c, done := exampleClient()
	defer done()

	changes := table.Set("urgency", table.NewChoice("1")).Set("u_tpyo", table.NewText("x"))
	_, err := table.Incidents(c.Tables).Update(context.Background(), "10000000000000000000000000000002", changes,
		table.WriteOptions{CheckEcho: true})
	if ignored, ok := errors.AsType[*table.IgnoredError](err); ok {
		fmt.Println(ignored.Missing)
	}
	// Output: [u_tpyo]
}

func ExampleTable_Delete() {
	c, done := exampleClient()
	defer done()

	incidents := table.Incidents(c.Tables)
	fmt.Println(incidents.Delete(context.Background(), "10000000000000000000000000000004"))
	_, err := incidents.Get(context.Background(), "10000000000000000000000000000004")
	fmt.Println(errors.Is(err, servicenow.ErrNotFound))
	// Output:
	// <nil>
	// true
}

func ExampleTable_Upsert() {
	c, done := exampleClient()
	defer done()

	for range 2 {
		_, did, err := table.Incidents(c.Tables).Upsert(context.Background(), "correlation_id", "acme-7781",
			table.Set("urgency", table.NewChoice("1")))
		fmt.Println(did, err)
	}
	// Output:
	// created <nil>
	// updated <nil>
}

func ExampleTable_Count() {
	c, done := exampleClient()
	defer done()

	incidents, ctx := table.Incidents(c.Tables), context.Background()
	n, err := incidents.Count(ctx, table.Where("urgency", table.Is, "3"))
	found, _ := incidents.Exists(ctx, table.Where("urgency", table.Is, "9"))
	fmt.Println(n, err, found)
	// Output: 2 <nil> false
}

func ExampleTable_Stats() {
	c, done := exampleClient()
	defer done()

	groups, err := table.Incidents(c.Tables).Stats(context.Background(), table.StatsOptions{
		Count: true, Max: []string{"number"}, GroupBy: []string{"state"},
		OrderBy: []table.StatsOrder{{Column: "state"}},
	})
	for _, g := range groups {
		fmt.Println("state", g.By("state"), g.Count(), g.Max("number"))
	}
	fmt.Println(err)
	// Output:
	// state 1 2 INC0000002
	// state 2 1 INC0000003
	// state 7 1 INC0000004
	// <nil>
}

// Records need no struct.
func ExampleRecord() {
	c, done := exampleClient()
	defer done()

	o := table.ListOptions{Fields: []string{"number", "urgency"}, Query: table.Where("urgency", table.Less,
		"3").OrderByDesc("urgency")}
	for row, err := range table.Of[table.Record](c.Tables, "incident").List(context.Background(), o) {
		fmt.Println(row.Get("number"), row.Get("urgency"), row.Get("state").IsZero(), err)
	}
	// Output:
	// INC0000003 2 true <nil>
	// INC0000001 1 true <nil>
}

func ExampleCollect() {
	c, done := exampleClient()
	defer done()

	all, err := table.Collect(table.Incidents(c.Tables).List(context.Background(), table.ListOptions{PageSize: 2}), 3)
	fmt.Println(len(all), err)
	// Output: 3 servicenow: the list has more than 3 rows
}

func ExampleAsClass() {
	c, done := exampleClient()
	defer done()

	task, err := table.Tasks(c.Tables).First(context.Background(), table.Where("number", table.Is, "INC0000001"))
	if err != nil {
		fmt.Println(err)
		return
	}
	row, err := table.AsClass(context.Background(), c.Tables, task)
	if incident, ok := row.(table.Incident); ok {
		fmt.Println(incident.Number, "is an incident", err)
	}
	// Output: INC0000001 is an incident <nil>
}

func ExampleBatch() {
	c, done := exampleClient()
	defer done()

	incidents, batch := table.Incidents(c.Tables), c.Tables.Batch()
	one := table.Add(batch, incidents.GetCall("10000000000000000000000000000001"))
	none := table.Add(batch, incidents.GetCall("20000000000000000000000000000000"))
	done2 := table.Add(batch, incidents.UpdateCall("10000000000000000000000000000002", table.Set("urgency",
		table.NewChoice("1"))))
	if err := batch.Send(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	row, err := one.Get()
	fmt.Println(row.Number, err)
	_, err = none.Get()
	fmt.Println(errors.Is(err, servicenow.ErrNotFound))
	row, err = done2.Get()
	fmt.Println(row.Number, row.Urgency, err)
	// Output:
	// INC0000001 <nil>
	// true
	// INC0000002 1 <nil>
}

// The first rows of a list and their number, in one request.
func ExampleTable_PageCall() {
	c, done := exampleClient()
	defer done()

	incidents, batch := table.Incidents(c.Tables), c.Tables.Batch()
	page := table.Add(batch, incidents.PageCall(table.ListOptions{Query: table.Query{}.OrderBy("number"), PageSize: 2}))
	count := table.Add(batch, incidents.StatsCall(table.StatsOptions{Count: true}))
	if err := batch.Send(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	rows, err := page.Get()
	stats, _ := count.Get()
	fmt.Println(rows[0].Number, rows[1].Number, len(rows) < stats[0].Count(), err)
	// Output: INC0000001 INC0000002 true <nil>
}

// A value is data: it cannot add a clause, and it cannot run.
func ExampleWhere() {
	q := table.Where("active", table.Is, "true").And("short_description", table.Like, "a^NQactive=false").
		And("priority", table.In, "1", "2").Or("assigned_to", table.IsEmpty).OrderByDesc("opened_at")
	fmt.Println(q.Encode())
	_, err := table.Where("caller_id", table.Is, "javascript:gs.getUserID()").Encode()
	fmt.Println(err)
	fmt.Println(table.WhereExpr("caller_id", table.Is, table.CurrentUser()))
	// Output:
	// active=true^short_descriptionLIKEa^^NQactive=false^priorityIN1,2^ORassigned_toISEMPTY^ORDERBYDESCopened_at <nil>
	// query: caller_id =: the instance would run a value that begins with javascript: (see WhereExpr)
	// caller_id=javascript:gs.getUserID()
}

func ExampleAll() {
	mine := table.WhereExpr("assigned_to", table.Is, table.CurrentUser())
	fmt.Println(table.All(table.Raw("active=true^NQurgency=1"), mine))
	// Output: active=true^assigned_to=javascript:gs.getUserID()^NQurgency=1^assigned_to=javascript:gs.getUserID()
}

// A column has three states.
func ExampleRef() {
	var row struct {
		Hidden, Nobody, Ada table.Ref
	}
	_ = json.Unmarshal([]byte(`{"Nobody":"","Ada":{"display_value":"Ada Diaz","value":"0a1b","link":"https://acme.service-now.com/api/now/table/sys_user/0a1b"}}`), &row)
	fmt.Println(row.Hidden.IsZero(), row.Nobody.IsEmpty(), row.Ada.ID(), row.Ada.Display(), row.Ada.Table())
	// Output: true true 0a1b Ada Diaz sys_user
}

func ExampleTime() {
	at := table.At(time.Date(2026, 2, 3, 5, 5, 6, 0, time.FixedZone("CET", 60*60)))
	fmt.Println(at, at.Std().Hour())
	_, err := table.ParseTime("03.02.2026 05:05")
	fmt.Println(err)
	// Output:
	// 2026-02-03 04:05:06 4
	// "03.02.2026 05:05" is not in the stored form 2006-01-02 15:04:05
}

func ExampleDuration() {
	var d table.Duration
	_ = json.Unmarshal([]byte(`"1970-01-01 00:02:17"`), &d)
	fmt.Println(d.Std(), table.NewDuration(26*time.Hour))
	// Output: 2m17s 1970-01-02 02:00:00
}
