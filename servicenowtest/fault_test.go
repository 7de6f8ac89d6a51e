package servicenowtest_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// Each fault, as a client meets it on a GET of one row.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault servicenowtest.Fault
		meets func(*testing.T, reply, error)
	}{
		{"rate limited", servicenowtest.RateLimited(7 * time.Second), func(t *testing.T, r reply, _ error) {
			if message, _ := r.errorOf(t); r.StatusCode != 429 || r.Header.Get("Retry-After") != "7" || message != "Rate limit exceeded" {
				t.Errorf("%d %v", r.StatusCode, r.Header)
			}
		}},
		{"queue full", servicenowtest.QueueFull(), func(t *testing.T, r reply, _ error) {
			if r.StatusCode != 429 || r.Header.Get("Retry-After") != "" || r.body != "" {
				t.Errorf("%d %q", r.StatusCode, r.body)
			}
		}},
		{"500", servicenowtest.Unavailable(500), status(500, "text/html")},
		{"502", servicenowtest.Unavailable(502), status(502, "text/html")},
		{"503", servicenowtest.Unavailable(503), status(503, "text/html")},
		{"504", servicenowtest.Unavailable(504), status(504, "text/html")},
		{"login page", servicenowtest.LoginPage(), status(200, "text/html")},
		{"hibernating", servicenowtest.Hibernating(), func(t *testing.T, r reply, err error) {
			status(200, "text/html")(t, r, err)
			if !strings.Contains(r.body, "Instance Hibernating page") {
				t.Errorf("page: %s", r.body)
			}
		}},
		{"session full", servicenowtest.SessionFull(), status(202, "")},
		{"unauthorized", servicenowtest.Unauthorized(), status(401, "application/json")},
		{"cancelled, cut", servicenowtest.CancelledCut(), func(t *testing.T, r reply, _ error) {
			if r.StatusCode != 200 || json.Valid([]byte(r.body)) || !strings.HasPrefix(r.body, `{"result"`) ||
				!strings.HasSuffix(r.body, `"status":"failure"}`) {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		}},
		{"cancelled, beside", servicenowtest.CancelledBeside(), func(t *testing.T, r reply, _ error) {
			got := r.json(t)
			if r.StatusCode != 200 || got["result"] == nil || got["error"] == nil || got["status"] != "failure" {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		}},
		{"truncated", servicenowtest.Truncate(20), func(t *testing.T, r reply, err error) {
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(r.body) != 20 {
				t.Errorf("%v, %d bytes", err, len(r.body))
			}
		}},
		{"ends early", servicenowtest.EndsEarly(20), func(t *testing.T, r reply, err error) {
			if err != nil || len(r.body) != 20 {
				t.Errorf("%v, %d bytes", err, len(r.body))
			}
		}},
		{"length too large", servicenowtest.WrongLength(5), func(t *testing.T, _ reply, err error) {
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error: %v", err)
			}
		}},
		{"length too small", servicenowtest.WrongLength(-5), func(t *testing.T, r reply, _ error) {
			if json.Valid([]byte(r.body)) {
				t.Errorf("the body is whole: %s", r.body)
			}
		}},
		{"wrong type", servicenowtest.WrongType("text/plain"), status(200, "text/plain")},
		{"gzipped", servicenowtest.Gzipped(), func(t *testing.T, r reply, _ error) {
			if !r.Uncompressed || r.json(t)["result"] == nil {
				t.Errorf("uncompressed %v: %q", r.Uncompressed, r.body)
			}
		}},
		{"rewritten", servicenowtest.Rewritten(func([]byte) []byte { return []byte("null") }), func(t *testing.T, r reply, _ error) {
			if r.body != "null" {
				t.Errorf("%q", r.body)
			}
		}},
		{"slow first byte", servicenowtest.SlowFirstByte(30 * time.Millisecond), status(200, "application/json")},
		{"slow start", servicenowtest.SlowStart(30 * time.Millisecond), status(200, "application/json")},
		{"slow body", servicenowtest.SlowBody(200, time.Millisecond), func(t *testing.T, r reply, err error) {
			if err != nil || r.json(t)["result"] == nil {
				t.Errorf("%v: %q", err, r.body)
			}
		}},
		{"reset before", servicenowtest.ResetBefore(), func(t *testing.T, _ reply, err error) {
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
				t.Errorf("error: %v", err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servicenowtest.NewServer(t)
			id, err := s.As(servicenowtest.AdminUser).Insert("incident", map[string]string{"short_description": "x"})
			if err != nil {
				t.Fatal(err)
			}
			s.Fault(servicenowtest.When{}, c.fault)
			r, err := talk(t, s).integration().try("GET", incidents+"/"+id, "")
			c.meets(t, r, err)
		})
	}
}

func status(want int, contentType string) func(*testing.T, reply, error) {
	return func(t *testing.T, r reply, err error) {
		t.Helper()
		if err != nil || r.StatusCode != want || !strings.HasPrefix(r.Header.Get("Content-Type"), contentType) {
			t.Errorf("%v, status %d, type %q", err, r.StatusCode, r.Header.Get("Content-Type"))
		}
	}
}

// What matters after a fault on a write is whether it took effect.
func TestWhatAFaultLeavesBehind(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault servicenowtest.Fault
		rows  int
	}{
		{"reset before", servicenowtest.ResetBefore(), 0}, {"reset after", servicenowtest.ResetAfter(), 1},
		{"202", servicenowtest.SessionFull(), 0}, {"429", servicenowtest.QueueFull(), 0},
		{"503", servicenowtest.Unavailable(503), 0}, {"login page", servicenowtest.LoginPage(), 0},
		{"cancelled", servicenowtest.CancelledCut(), 1}, {"truncated", servicenowtest.Truncate(3), 1},
	} {
		s := servicenowtest.NewServer(t)
		me := talk(t, s).integration()
		disarm := s.Fault(servicenowtest.When{Method: "POST", Count: 1}, c.fault)
		_, _ = me.try("POST", incidents, `{"short_description":"x"}`)
		if n := len(s.Rows("incident", "")); n != c.rows {
			t.Errorf("%s: %d rows, want %d", c.name, n, c.rows)
		}
		if n := disarm(); n != 1 {
			t.Errorf("%s happened %d times", c.name, n)
		}
	}
}

// A download has a length of its own, which a fault must not keep.
func TestFaultsOnADownload(t *testing.T) {
	s := servicenowtest.NewServer(t)
	admin := s.As(servicenowtest.AdminUser)
	id, err := admin.Insert("incident", nil)
	if err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("0123456789", 1000)
	file, err := admin.Attach("incident", id, "log.txt", "text/plain", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	get := func(f servicenowtest.Fault) (reply, error) {
		s.Fault(servicenowtest.When{Count: 1}, f)
		return talk(t, s).integration().try("GET", "/api/now/v1/attachment/"+file+"/file", "")
	}
	if r, err := get(servicenowtest.Gzipped()); err != nil || r.body != content {
		t.Errorf("gzipped: %v, %d bytes", err, len(r.body))
	}
	if r, err := get(servicenowtest.Truncate(5000)); !errors.Is(err, io.ErrUnexpectedEOF) || r.body != content[:5000] {
		t.Errorf("truncated: %v, %d bytes", err, len(r.body))
	}
	if r, err := get(servicenowtest.SlowBody(3000, time.Millisecond)); err != nil || r.body != content {
		t.Errorf("slow: %v, %d bytes", err, len(r.body))
	}
}

func TestWhen(t *testing.T) {
	for _, c := range []struct {
		name string
		when servicenowtest.When
		hit  []int // of four requests: GET list, GET list with a query, POST, GET of the Case API
	}{
		{"always", servicenowtest.When{}, []int{0, 1, 2, 3}},
		{"method", servicenowtest.When{Method: "POST"}, []int{2}},
		{"prefix", servicenowtest.When{Path: "/api/now/"}, []int{0, 1, 2}},
		{"pattern", servicenowtest.When{Path: "/api/now/*/table/*"}, []int{0, 1, 2}},
		{"query", servicenowtest.When{Query: "sysparm_limit=1"}, []int{1}},
		{"count", servicenowtest.When{Count: 2}, []int{0, 1}},
		{"skip", servicenowtest.When{Skip: 3}, []int{3}},
		{"skip and count", servicenowtest.When{Skip: 1, Count: 2}, []int{1, 2}},
	} {
		s := servicenowtest.NewServer(t)
		me := talk(t, s).integration()
		s.Fault(c.when, servicenowtest.QueueFull())
		var hit []int
		for i, r := range []reply{me.get(incidents), me.get(incidents + "?sysparm_limit=1"), me.do("POST", incidents, "{}"),
			me.get("/api/sn_customerservice/case?sysparm_offset=0")} {
			if r.StatusCode == 429 {
				hit = append(hit, i)
			}
		}
		if got, want := len(hit), len(c.hit); got != want || want > 0 && hit[0] != c.hit[0] {
			t.Errorf("%s: %v, want %v", c.name, hit, c.hit)
		}
	}
}

// A probability is drawn from the server's seed, so a run can be repeated.
func TestProbabilityIsRepeatable(t *testing.T) {
	run := func(seed uint64) (pattern string) {
		s := servicenowtest.NewServer(t, servicenowtest.WithSeed(seed))
		me := talk(t, s).integration()
		s.Fault(servicenowtest.When{Probability: 0.5}, servicenowtest.QueueFull())
		for range 24 {
			pattern += map[bool]string{true: "x", false: "."}[me.get(incidents).StatusCode == 429]
		}
		return pattern
	}
	first := run(4)
	if again := run(4); again != first || !strings.Contains(first, "x") || !strings.Contains(first, ".") {
		t.Errorf("%s, then %s", first, again)
	}
	if other := run(5); other == first {
		t.Errorf("another seed gave the same: %s", other)
	}
}

func TestAHangEndsWhenTheClientGivesUp(t *testing.T) {
	s := servicenowtest.NewServer(t)
	s.Fault(servicenowtest.When{}, servicenowtest.Hang())
	me := talk(t, s).integration()
	me.http.Timeout = 50 * time.Millisecond
	if _, err := me.try("GET", incidents, ""); err == nil {
		t.Error("an answer came")
	}
}

func TestAHangEndsWithTheServer(t *testing.T) {
	s, err := servicenowtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	s.Fault(servicenowtest.When{}, servicenowtest.Hang())
	ended := make(chan error, 1)
	me := talk(t, s).integration()
	go func() { _, err := me.try("GET", incidents, ""); ended <- err }()
	for len(s.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	s.Close()
	if err := <-ended; err == nil {
		t.Error("an answer came")
	}
}

func TestAnExpiredCertificate(t *testing.T) {
	s := servicenowtest.NewServer(t)
	s.ExpireCertificate(true)
	_, err := talk(t, s).integration().try("GET", incidents, "")
	var invalid x509.CertificateInvalidError
	if !errors.As(err, &invalid) || invalid.Reason != x509.Expired {
		t.Errorf("error: %v", err)
	}
	s.ExpireCertificate(false)
	if r := talk(t, s).integration().get(incidents); r.StatusCode != 200 {
		t.Errorf("afterwards: %d", r.StatusCode)
	}
}

func TestASkewedClock(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithClock(servicenowtest.SkewedClock(-2*time.Hour)))
	r := talk(t, s).integration().do("POST", incidents, "{}")
	date, err := http.ParseTime(r.Header.Get("Date"))
	if off := time.Since(date); err != nil || off < 119*time.Minute || off > 121*time.Minute {
		t.Errorf("Date is off by %v: %v", off, err)
	}
	created, err := time.Parse(time.DateTime, r.json(t)["result"].(map[string]any)["sys_created_on"].(string))
	if off := time.Since(created); err != nil || off < 119*time.Minute || off > 121*time.Minute {
		t.Errorf("sys_created_on is off by %v: %v", off, err)
	}
}

func TestDuplicateRowsAndNullCells(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{
		RepeatRows: true, NullColumns: map[string]bool{"close_notes": true}}))
	if _, err := s.As(servicenowtest.AdminUser).Insert("incident", map[string]string{"short_description": "x"}); err != nil {
		t.Fatal(err)
	}
	r := talk(t, s).integration().get(incidents + "?sysparm_fields=number,close_notes")
	if strings.Count(r.body, `"number"`) != 2 || !strings.Contains(r.body, `"close_notes":null`) {
		t.Errorf("%s", r.body)
	}
}
