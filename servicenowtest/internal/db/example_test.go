package db_test

import (
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func Example() {
	now := func() time.Time { return time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC) }
	d := db.New(db.Options{Now: now, Seed: 1})
	me := db.Session{UserName: "ada"}
	for _, text := range []string{"printer jams", "VPN drops"} {
		if _, err := d.Insert(me, "incident", map[string]string{"short_description": text}); err != nil {
			fmt.Println(err)
		}
	}
	found, err := d.Query(me, db.Query{Table: "task", Encoded: "short_descriptionLIKEVPN^ORstate=6^ORDERBYnumber"})
	if err != nil {
		fmt.Println(err)
	}
	for _, row := range found.Rows {
		fmt.Println(row.Class(), row.Get("number"), row.Get("short_description"), d.DisplayCell(me, row, "state"))
	}
	// Output: incident INC0010002 VPN drops New
}
