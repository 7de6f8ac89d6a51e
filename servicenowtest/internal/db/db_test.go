package db

import (
	"fmt"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC) // a Wednesday

func newTestDB() *DB { return New(Options{Now: func() time.Time { return start }, Seed: 1}) }

func BenchmarkSeed100000(b *testing.B) {
	for b.Loop() {
		d := newTestDB()
		rows := make([]map[string]string, 100000)
		for i := range rows {
			rows[i] = map[string]string{"short_description": fmt.Sprint("row ", i), "priority": fmt.Sprint(i%4 + 1),
				"opened_at": "2026-01-01 00:00:00"}
		}
		if _, err := d.Seed(Session{}, "incident", rows); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKeysetPage(b *testing.B) {
	d := newTestDB()
	rows := make([]map[string]string, 100000)
	for i := range rows {
		rows[i] = map[string]string{"short_description": fmt.Sprint("row ", i)}
	}
	ids, _ := d.Seed(Session{}, "incident", rows)
	for b.Loop() {
		res, err := d.Query(Session{}, Query{Table: "incident", Encoded: "sys_id>" + ids[500] + "^ORDERBYsys_id", Limit: 1000})
		if err != nil || len(res.Rows) == 0 {
			b.Fatal(err, len(res.Rows))
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newTestDB()
	}
}
