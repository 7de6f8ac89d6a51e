package db

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// TimeLayout is the stored form of a date with time, always UTC; DateLayout that of a date.
const (
	TimeLayout = "2006-01-02 15:04:05"
	DateLayout = "2006-01-02"
)

// normalize brings a value into the form its type is stored in; what does not fit the type is stored as empty.
func normalize(c Column, v string) string {
	switch {
	case v == "":
		return ""
	case c.Type == "boolean":
		return normalizeBool(v)
	case c.Type == "integer":
		return normalizeInt(v)
	case c.IsTime():
		return normalizeTime(v)
	case c.Type == "glide_date":
		if t, ok := ParseTime(v, time.UTC); ok {
			return t.Format(DateLayout)
		}
		return ""
	}
	return truncate(c, v)
}

func normalizeBool(v string) string {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true", "1", "yes", "on":
		return "true"
	}
	return "false"
}

func normalizeInt(v string) string {
	v = strings.TrimSpace(strings.ReplaceAll(v, ",", ""))
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil {
		return strconv.FormatInt(int64(f), 10)
	}
	return ""
}

func normalizeTime(v string) string {
	if t, ok := ParseTime(v, time.UTC); ok {
		return t.UTC().Format(TimeLayout)
	}
	return ""
}

// ParseTime reads a date, with or without time, that is meant in zone.
func ParseTime(v string, zone *time.Location) (time.Time, bool) {
	v = strings.TrimSpace(v)
	for _, layout := range []string{TimeLayout, DateLayout, "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, v, zone); err == nil {
			return t, true
		}
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t.UTC(), true
	}
	return time.Time{}, false
}

// truncate cuts what a short text column cannot hold.
//
// belief: columns of at most 255 characters are cut silently, longer ones are stored whole; a POST of 300 characters
// to task.short_description on a developer instance would settle it.
func truncate(c Column, v string) string {
	if c.Type != "string" || c.MaxLength > 255 || c.MaxLength <= 0 || utf8.RuneCountInString(v) <= c.MaxLength {
		return v
	}
	return string([]rune(v)[:c.MaxLength])
}
