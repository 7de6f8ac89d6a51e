package db

import (
	"strconv"
	"strings"
	"time"
)

var epoch = time.Unix(0, 0).UTC()

// DurationText shows a duration, which is stored as a date counted from 1970-01-01, in words.
func DurationText(stored string) string {
	t, ok := ParseTime(stored, time.UTC)
	if !ok {
		return stored
	}
	left := int(t.Sub(epoch) / time.Second)
	var words []string
	for _, u := range []struct {
		name    string
		seconds int
	}{{"Day", 86400}, {"Hour", 3600}, {"Minute", 60}, {"Second", 1}} {
		n := left / u.seconds
		left -= n * u.seconds
		switch {
		case n == 1:
			words = append(words, "1 "+u.name)
		case n > 1:
			words = append(words, strconv.Itoa(n)+" "+u.name+"s")
		}
	}
	if len(words) == 0 {
		return "0 Seconds"
	}
	return strings.Join(words, " ")
}
