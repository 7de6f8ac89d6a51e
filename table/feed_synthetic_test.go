package table_test

import (
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// synthetic is an instance with one table of so many rows that nobody would store them: row i is computed when it is
// asked for. It knows the conditions that a feed asks with, and answers all other tables with nothing.
type synthetic struct {
	rows  int
	stamp func(i int) time.Time // never falls
	text  string
	now   func() time.Time
	delay time.Duration
}

func (s *synthetic) id(i int) string { return fmt.Sprintf("%032x", i) }

// from is the first row stamped at or after t.
func (s *synthetic) from(t time.Time) int {
	return sort.Search(s.rows, func(i int) bool { return !s.stamp(i).Before(t) })
}

func (s *synthetic) index(id string) int {
	i, _ := strconv.ParseInt(id[max(0, len(id)-15):], 16, 64)
	return int(i)
}

// span are the rows that match: those from lo on and before hi.
func (s *synthetic) span(query string) (lo, hi int, descending bool) {
	lo, hi = 0, s.rows
	last := &lo // the bound before an OR
	var before int
	for clause := range strings.SplitSeq(query, "^") {
		column, value, _ := strings.Cut(clause, ">=")
		switch {
		case strings.HasPrefix(clause, "ORDERBYDESC"):
			descending = true
		case strings.HasPrefix(clause, "ORsys_id>"):
			if last == &lo {
				lo = max(before, min(lo, s.index(clause[len("ORsys_id>"):])+1))
			} else {
				hi = before
			}
		case strings.HasPrefix(clause, "sys_id>"):
			lo = max(lo, s.index(clause[len("sys_id>"):])+1)
		case strings.HasPrefix(clause, "sys_id="):
			i := s.index(clause[len("sys_id="):])
			lo, hi = max(lo, i), min(hi, i+1)
		case strings.HasSuffix(clause, "ISEMPTY"):
			hi = lo
		case value != "" && strings.HasPrefix(column, "sys_"):
			last, before = &lo, lo
			lo = max(lo, s.from(stored(value)))
		case strings.HasPrefix(clause, "sys_") && strings.Contains(clause, "<"):
			_, value, _ = strings.Cut(clause, "<")
			last, before = &hi, hi
			hi = min(hi, s.from(stored(value)))
		}
	}
	return lo, max(lo, hi), descending
}

func (s *synthetic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	lo, hi, descending := s.span(q.Get("sysparm_query"))
	if !strings.HasSuffix(r.URL.Path, "/incident") {
		hi = lo
	}
	limit, _ := strconv.Atoi(q.Get("sysparm_limit"))
	offset, _ := strconv.Atoi(q.Get("sysparm_offset"))
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	if q.Get("sysparm_no_count") != "true" {
		w.Header().Set("X-Total-Count", strconv.Itoa(hi-lo))
	}
	time.Sleep(s.delay)
	from, to := min(lo+offset, hi), min(lo+offset+limit, hi)
	if descending {
		from, to = max(lo, hi-limit), hi
	}
	io.WriteString(w, `{"result":[`)
	for i := from; i < to; i++ {
		if i > from {
			io.WriteString(w, ",")
		}
		at := s.stamp(i).Format("2006-01-02 15:04:05")
		fmt.Fprintf(w, `{"sys_id":"%s","sys_created_on":"%s","sys_updated_on":"%s","sys_mod_count":"0","sys_class_name":"incident",`+
			`"number":"INC%07d","state":"1","priority":"3","assigned_to":"","caller_id":"%s","short_description":"%s"}`,
			s.id(i), at, at, i, s.id(i%1000), s.text)
	}
	io.WriteString(w, `]}`)
}
