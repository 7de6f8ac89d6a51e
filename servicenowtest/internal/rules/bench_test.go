package rules

import (
	"log/slog"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// A write that fires one small rule, against the same write without a rule.
func BenchmarkRule(b *testing.B) {
	for _, c := range []struct {
		name  string
		rules int
	}{{"none", 0}, {"one", 1}} {
		b.Run(c.name, func(b *testing.B) {
			d := db.New(db.Options{Seed: 1})
			never := make(chan struct{})
			e := New(Config{DB: d, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
				Jumped: func() <-chan struct{} { return never }})
			defer e.Close()
			for range c.rules {
				if _, err := d.Insert(db.Session{}, "sys_script", map[string]string{"collection": "incident",
					"when": "before", "advanced": "true", "action_insert": "true",
					"script": "if (current.short_description.nil()) { current.short_description = 'x'; }"}); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := d.Insert(db.Session{}, "incident", nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
