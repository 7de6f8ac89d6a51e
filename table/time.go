package table

import (
	"fmt"
	"time"
)

const (
	timeLayout = "2006-01-02 15:04:05"
	dateLayout = "2006-01-02"
)

// Time is a stored date-time column: UTC, whole seconds, "2006-01-02 15:04:05" on the wire. Display forms follow the
// user's zone and format and are never parsed. The zero Time is absent.
type Time struct{ core }

// At is a moment to write, in UTC and cut to whole seconds. The zero time.Time cannot be written: [Empty] clears a
// column.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{badOf("At of the zero time: Empty[Time] clears a column")}
	}
	return Time{textOf(t.UTC().Format(timeLayout))}
}

// ParseTime accepts the stored form, and "" for the empty column. Anything else, display forms included, is an error
// that shows the layout wanted.
func ParseTime(s string) (Time, error) {
	t := Time{textOf(s)}
	return t, t.Err()
}

// Std is the moment in UTC, or the zero time when absent, empty, or not in the stored form; see [Time.Err].
func (t Time) Std() time.Time {
	std, _ := t.parse()
	return std
}

// Err tells why a set Time has no moment: what was sent is not the stored form, for example because only display
// values were asked for.
func (t Time) Err() error {
	_, err := t.parse()
	return err
}

func (t Time) parse() (time.Time, error) { return parseStored(t.core, timeLayout) }

func parseStored(c core, layout string) (time.Time, error) {
	if c.has(isBad) {
		return time.Time{}, fmt.Errorf("%s", c.value())
	}
	if c.String() == "" {
		return time.Time{}, nil
	}
	std, err := time.Parse(layout, c.String())
	if err != nil || len(c.String()) != len(layout) {
		return time.Time{}, fmt.Errorf("%q is not in the stored form %s", c.String(), layout)
	}
	return std, nil
}

// Date is a stored date without a time or a zone: "2006-01-02". The zero Date is absent.
type Date struct{ core }

// NewDate is a day to write.
func NewDate(year int, month time.Month, day int) Date {
	return Date{textOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(dateLayout))}
}

// Std is midnight UTC at the beginning of the day, or the zero time when absent, empty, or not in the stored form.
func (d Date) Std() time.Time {
	std, _ := d.parse()
	return std
}

// Err tells why a set Date has no day.
func (d Date) Err() error {
	_, err := d.parse()
	return err
}

// parse takes a date-time as well: columns that were once of that type are still sent so.
func (d Date) parse() (time.Time, error) {
	if std, err := parseStored(d.core, timeLayout); err == nil {
		return std.Truncate(24 * time.Hour), nil
	}
	return parseStored(d.core, dateLayout)
}

// Duration is a stored duration. The platform keeps it as a date counted from 1970: "1970-01-01 00:02:17" is two
// minutes and 17 seconds. The zero Duration is absent.
type Duration struct{ core }

var epoch = time.Unix(0, 0).UTC()

// NewDuration is a length of time to write, cut to whole seconds. A negative one cannot be written.
func NewDuration(d time.Duration) Duration {
	if d < 0 {
		return Duration{badOf("NewDuration of a negative duration")}
	}
	return Duration{textOf(epoch.Add(d).Format(timeLayout))}
}

// Std is the length of time, or zero when absent, empty, or not in the stored form.
func (d Duration) Std() time.Duration {
	std, _ := d.parse()
	return std
}

// Err tells why a set Duration has no length.
func (d Duration) Err() error {
	_, err := d.parse()
	return err
}

func (d Duration) parse() (time.Duration, error) {
	std, err := parseStored(d.core, timeLayout)
	if err != nil || std.IsZero() {
		return 0, err
	}
	return std.Sub(epoch), nil
}
