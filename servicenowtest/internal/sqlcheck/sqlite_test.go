package sqlcheck

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

const tables = `
CREATE TABLE sys_user (sys_id TEXT PRIMARY KEY, name TEXT, manager TEXT);
CREATE TABLE incident (sys_id TEXT PRIMARY KEY, number TEXT, short_description TEXT, category TEXT, priority INTEGER,
	reassignment_count INTEGER, active TEXT, made_sla TEXT, opened_at TEXT, sla_due TEXT, caller_id TEXT, assigned_to TEXT,
	parent_incident TEXT, sys_tags TEXT, sys_class_name TEXT);`

// both holds the same rows twice.
type both struct {
	t     *testing.T
	rows  *db.DB
	lite  *sql.DB
	names *generator
}

func newBoth(t *testing.T, g *generator) *both {
	t.Helper()
	lite, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	lite.SetMaxOpenConns(1) // each connection would have a memory of its own
	t.Cleanup(func() { lite.Close() })
	if _, err := lite.Exec(tables); err != nil {
		t.Fatal(err)
	}
	b := &both{t: t, rows: db.New(db.Options{Now: func() time.Time { return now }, Seed: 1}), lite: lite, names: g}
	for i, name := range []string{"Ada Diaz", "Ben Okon", "Cyd Liffe", "Dee Anand"} {
		row := map[string]string{"name": name, "manager": ""}
		if i > 0 && i < 3 {
			row["manager"] = g.people[i-1]
		}
		g.people = append(g.people, b.insert("sys_user", row))
		g.names = append(g.names, name)
	}
	option, err := b.rows.Seed(db.Session{}, "sys_filter_option_dynamic",
		[]map[string]string{{"label": "Me", "script": "gs.getUserID()"}})
	if err != nil {
		t.Fatal(err)
	}
	g.me = option[0]
	for i := range 120 {
		g.ids = append(g.ids, b.insert("incident", g.row(i)))
	}
	return b
}

// row is an incident; about one cell in five is empty.
func (g *generator) row(i int) map[string]string {
	row := map[string]string{"number": fmt.Sprintf("INC%07d", i), "short_description": pick(g, titles),
		"category": pick(g, categories), "priority": strconv.Itoa(1 + g.IntN(5)), "active": pick(g, []string{"true", "false"}),
		"reassignment_count": strconv.Itoa(g.IntN(13)), "opened_at": g.moment(), "sla_due": g.moment(),
		"caller_id": pick(g, g.people), "assigned_to": pick(g, g.people), "made_sla": pick(g, []string{"true", "false"}),
		"sys_tags": pick(g, []string{"t1", "t2", "t1,t2", "t13"})}
	if len(g.ids) > 0 && g.IntN(3) == 0 {
		row["parent_incident"] = pick(g, g.ids)
	}
	for _, column := range []string{"short_description", "category", "priority", "active", "reassignment_count", "opened_at",
		"sla_due", "caller_id", "assigned_to", "made_sla", "sys_tags"} {
		if g.IntN(5) == 0 {
			row[column] = ""
		}
	}
	return row
}

func (b *both) insert(table string, row map[string]string) string {
	b.t.Helper()
	ids, err := b.rows.Seed(db.Session{}, table, []map[string]string{row})
	if err != nil {
		b.t.Fatal(err)
	}
	var columns, marks []string
	var values []any
	columns, marks, values = append(columns, "sys_id"), append(marks, "?"), append(values, ids[0])
	for column, v := range row {
		columns, marks = append(columns, column), append(marks, "?")
		if v == "" {
			values = append(values, nil)
		} else {
			values = append(values, v)
		}
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ","), strings.Join(marks, ","))
	if _, err := b.lite.Exec(insert, values...); err != nil {
		b.t.Fatal(err)
	}
	return ids[0]
}

func (b *both) bySQL(where, order string) []string {
	b.t.Helper()
	found, err := b.lite.Query("SELECT number FROM incident WHERE " + where + " ORDER BY " + order)
	if err != nil {
		b.t.Fatalf("%s: %v", where, err)
	}
	defer found.Close()
	var numbers []string
	for found.Next() {
		var n string
		if err := found.Scan(&n); err != nil {
			b.t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	if err := found.Err(); err != nil {
		b.t.Fatal(err)
	}
	return numbers
}

func (b *both) byEvaluator(encoded string, limit, offset int) []string {
	b.t.Helper()
	me := db.Session{UserID: b.names.people[1]}
	res, err := b.rows.Query(me, db.Query{Table: "incident", Encoded: encoded, Limit: limit, Offset: offset})
	if err != nil || len(res.Dropped) > 0 {
		b.t.Fatalf("%s: %v, dropped %v", encoded, err, res.Dropped)
	}
	var numbers []string
	for _, r := range res.Rows {
		numbers = append(numbers, r.Get("number"))
	}
	return numbers
}

// Every operator of the evaluator is asked, alone and joined, at the end of dot-walks too, under every kind of order, in
// windows; 123TEXTQUERY321 is not, for there is nothing documented to compare it with.
func TestEvaluatorAgreesWithSQLite(t *testing.T) {
	const queries = 12000
	g := &generator{Rand: rand.New(rand.NewPCG(5, 6))}
	b := newBoth(t, g)
	some, none := 0, 0
	for i := range queries {
		c, order := g.query(), g.order()
		limit, offset := 0, 0
		if g.IntN(3) == 0 {
			limit, offset = 1+g.IntN(20), g.IntN(40)
			order.sql += fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset)
		}
		got, want := b.byEvaluator(c.encoded+order.encoded, limit, offset), b.bySQL(c.sql, order.sql)
		if !slices.Equal(got, want) {
			t.Fatalf("query %d\nencoded: %s%s\nSQL:     %s ORDER BY %s\nevaluator: %v\nSQLite:    %v", i, c.encoded,
				order.encoded, c.sql, order.sql, got, want)
		}
		if len(got) > 0 {
			some++
		} else {
			none++
		}
	}
	if some < queries/2 || none < queries/50 {
		t.Errorf("the queries are no test: %d found rows, %d found none", some, none)
	}
}
