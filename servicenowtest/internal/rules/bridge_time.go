package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// timeBridge is what GlideDateTime and GlideDuration need. Instants are milliseconds since 1970 in UTC.
func (m *machine) timeBridge() map[string]func(args) any {
	return map[string]func(args) any{
		"now":        func(args) any { return m.tx.engine.Now().UnixMilli() },
		"formatTime": func(a args) any { return instant(a.number(0)).Format(db.TimeLayout) },
		"localTime":  func(a args) any { return instant(a.number(0)).In(m.zone()).Format(db.TimeLayout) },
		"parseTime":  func(a args) any { return m.parseTime(a.text(0), a.bool(1)) },
		"zoneOffset": func(a args) any {
			_, seconds := instant(a.number(0)).In(m.zone()).Zone()
			return seconds * 1000
		},
		"dstOffset": func(a args) any {
			t := instant(a.number(0)).In(m.zone())
			if !t.IsDST() {
				return 0
			}
			_, now := t.Zone()
			_, winter := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, m.zone()).Zone()
			if winter == now { // the southern half of the world
				_, winter = time.Date(t.Year(), 7, 1, 0, 0, 0, 0, m.zone()).Zone()
			}
			return (now - winter) * 1000
		},
		"weekOfYear": func(a args) any {
			t := instant(a.number(0))
			if a.bool(1) {
				t = t.In(m.zone())
			}
			_, week := t.ISOWeek()
			return week
		},
		"durationText": func(a args) any {
			return db.DurationText(instant(a.number(0)).Format(db.TimeLayout))
		},
		"addDate": func(a args) any {
			t := instant(a.number(0))
			if a.bool(4) {
				t = t.In(m.zone())
			}
			return t.AddDate(a.int(1), a.int(2), a.int(3)).UnixMilli()
		},
		"parseDuration": func(a args) any { return parseDuration(a.text(0)) },
		"durationValue": func(a args) any {
			s := int64(a.number(0)) / 1000
			return fmt.Sprintf("%d %02d:%02d:%02d", s/86400, s/3600%24, s/60%60, s%60)
		},
	}
}

func instant(ms float64) time.Time { return time.UnixMilli(int64(ms)).UTC() }

// parseTime reads the internal format, with or without a time, in UTC or in the session's zone. nil when it is neither.
func (m *machine) parseTime(s string, local bool) any {
	zone := time.UTC
	if local {
		zone = m.zone()
	}
	for _, layout := range []string{db.TimeLayout, "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(s), zone); err == nil {
			return t.UnixMilli()
		}
	}
	return nil
}

// parseDuration reads "days hours:minutes:seconds", days optional, into milliseconds.
func parseDuration(s string) int64 {
	days, clock, found := strings.Cut(strings.TrimSpace(s), " ")
	if !found {
		days, clock = "0", days
	}
	var total int64
	for _, part := range strings.Split(clock, ":") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return 0
		}
		total = total*60 + n
	}
	d, err := strconv.ParseInt(days, 10, 64)
	if err != nil {
		return 0
	}
	return (d*86400 + total) * 1000
}
