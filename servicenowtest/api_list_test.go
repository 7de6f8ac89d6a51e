package servicenowtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func TestColumnEqualsValueParameters(t *testing.T) {
	b := newBench(t)
	b.seed("incident", row{"number": "INC1", "state": "7", "active": "false", "assigned_to": b.who.UserID},
		row{"number": "INC2", "state": "1", "active": "true"})
	for query, want := range map[string]string{
		"active=true": "INC2", "state=7": "INC1", "state=closed": "INC1", "assigned_to=ada.diaz": "INC1",
		"assigned_to=Ada+Diaz": "INC1", "assigned_to.email=ada@x.example": "INC1", "active=false&state=1": "",
		"no_such=1": "INC1 INC2", "sysparm_query=active=true&state=7": "INC2", // mutually exclusive with the query
	} {
		if got := strings.Join(b.get("/api/now/table/incident?"+query).want(200).list("number"), " "); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
}

func TestPageHeaders(t *testing.T) {
	b := newBench(t)
	b.incidents(25)
	path := testOrigin + "/api/now/table/incident?"
	for _, c := range []struct {
		query, total string
		links        []string // rel and offset
		rows         int
	}{
		{"", "25", nil, 25},
		{"sysparm_limit=100", "25", nil, 25},
		{"sysparm_limit=10", "25", []string{"first 0", "next 10", "last 20"}, 10},
		{"sysparm_limit=10&sysparm_offset=10", "25", []string{"first 0", "prev 0", "next 20", "last 20"}, 10},
		{"sysparm_limit=10&sysparm_offset=20", "25", []string{"first 0", "prev 10", "last 20"}, 5},
		{"sysparm_limit=10&sysparm_offset=5", "25", []string{"first 0", "prev -5", "next 15", "last 20"}, 10},
		{"sysparm_limit=10&sysparm_offset=90", "25", []string{"first 0", "prev 80", "last 20"}, 0},
		{"sysparm_limit=10&sysparm_no_count=true", "", []string{"first 0", "next 10"}, 10},
		{"sysparm_limit=10&sysparm_offset=20&sysparm_no_count=true", "", []string{"first 0", "prev 10"}, 5},
		{"sysparm_limit=10&sysparm_suppress_pagination_header=true", "25", nil, 10},
		{"sysparm_limit=nonsense", "25", nil, 25},
		{"sysparm_limit=10&sysparm_offset=-10", "25", []string{"first 0", "next 10", "last 20"}, 10},
	} {
		t.Run(c.query, func(t *testing.T) {
			b.t = t
			a := b.get("/api/now/table/incident?" + c.query).want(200)
			var want []string
			for _, l := range c.links {
				rel, offset, _ := strings.Cut(l, " ")
				extra := ""
				for _, flag := range []string{"sysparm_no_count=true&"} {
					if strings.Contains(c.query, strings.TrimSuffix(flag, "&")) {
						extra = flag
					}
				}
				want = append(want, fmt.Sprintf(`<%s%ssysparm_limit=10&sysparm_offset=%s>;rel="%s"`, path, extra, offset, rel))
			}
			if got := a.Header.Get("Link"); got != strings.Join(want, ",") {
				t.Errorf("Link is %s, want %s", got, strings.Join(want, ","))
			}
			if a.Header.Get("X-Total-Count") != c.total || len(a.list("number")) != c.rows {
				t.Errorf("total %s, %d rows", a.Header.Get("X-Total-Count"), len(a.list("number")))
			}
		})
	}
	// commas in the links are not escaped, whatever the request did
	a := b.get("/api/now/table/incident?sysparm_fields=number%2Cstate&sysparm_limit=1")
	if !strings.Contains(a.Header.Get("Link"), "sysparm_fields=number,state&") {
		t.Errorf("Link %s", a.Header.Get("Link"))
	}
}

func TestDefaultLimit(t *testing.T) {
	b := newBench(t)
	b.incidents(10001)
	a := b.get("/api/now/table/incident?sysparm_fields=number").want(200)
	if n := len(a.list("number")); n != 10000 || a.Header.Get("X-Total-Count") != "10001" {
		t.Errorf("%d rows of %s", n, a.Header.Get("X-Total-Count"))
	}
	if n := len(b.get("/api/now/table/incident?sysparm_fields=number&sysparm_limit=20000").list("number")); n != 10001 {
		t.Errorf("%d rows", n)
	}
}

// "This limit is applied before ACL evaluation."
func TestLimitIsAppliedBeforeACLs(t *testing.T) {
	b := newBench(t)
	b.incidents(10)
	b.policy.hideRow = func(r db.Row) bool { return r.Get("number") >= "INC0000003" && r.Get("number") <= "INC0000008" }
	page := "/api/now/v2/table/incident?sysparm_query=ORDERBYnumber&sysparm_limit=3&sysparm_offset="
	for offset, want := range map[int]string{0: "INC0000001 INC0000002", 3: "", 6: "INC0000009", 9: "INC0000010"} {
		a := b.get(page + fmt.Sprint(offset)).want(200)
		if got := strings.Join(a.list("number"), " "); got != want || a.Header.Get("X-Total-Count") != "10" {
			t.Errorf("page at %d shows %q of %s", offset, got, a.Header.Get("X-Total-Count"))
		}
	}
	b.quirks.CountHonoursACL = true
	if got := b.get(page + "0").Header.Get("X-Total-Count"); got != "4" {
		t.Errorf("with the switch, the count is %s", got)
	}
}

func TestInvalidClausesThroughTheAPI(t *testing.T) {
	b := newBench(t)
	b.incidents(3)
	path := "/api/now/v2/table/incident?sysparm_query=nmber=INC0000001"
	if n := len(b.get(path).want(200).list("number")); n != 3 {
		t.Errorf("a typo in the only clause found %d of 3 rows", n)
	}
	b.seed("sys_properties", row{"name": "glide.invalid_query.returns_no_rows", "value": "true"})
	if n := len(b.get(path).want(200).list("number")); n != 0 {
		t.Errorf("with glide.invalid_query.returns_no_rows: %d rows", n)
	}
	b.quirks.Regime = db.InvalidForbidden
	b.get(path).want(403).is("error/message", "Insufficient rights to query records")
}

func TestFaultySwitches(t *testing.T) {
	b := newBench(t)
	b.incidents(2)
	b.quirks.RepeatRows = true
	if got := b.get("/api/now/table/incident?sysparm_query=ORDERBYnumber").list("number"); len(got) != 3 || got[0] != got[2] {
		t.Errorf("rows %v", got)
	}
	b.quirks.NullColumns = map[string]bool{"description": true, "number": true}
	b.get("/api/now/table/incident").is("result/0/description", "null").is("result/0/number", "INC0000001")
	b.quirks.AllowAnyChoice = true
	b.do("POST", "/api/now/table/incident", `{"state":"99"}`).want(201).is("result/state", "99")
}

func TestParametersThatNetURLWouldDrop(t *testing.T) {
	b := newBench(t)
	b.seed("incident", row{"number": "INC1", "short_description": "a;b"}, row{"number": "INC2", "short_description": "100% sure"})
	for query, want := range map[string]string{
		"sysparm_query=short_description=a;b":              "INC1",
		"sysparm_query=short_descriptionSTARTSWITH100%+s":  "", // badly encoded: taken as it stands, the plus is one
		"sysparm_query=short_description%3D100%25%20sure":  "INC2",
		"sysparm_query=short_description=a%3Bb&sysparm_x=": "INC1",
	} {
		if got := strings.Join(b.get("/api/now/table/incident?"+query).want(200).list("number"), " "); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
}

// https://www.servicenow.com/docs/r/platform-administration/r_AvailableSystemProperties.html, glide.rest.apis.…
func TestAPIsMayBeSwitchedOff(t *testing.T) {
	b := newBench(t)
	off := b.seed("sys_properties", row{"name": "glide.rest.apis.disabled", "value": "Aggregate API, Batch API"})
	b.get("/api/now/stats/incident").want(400).is("error/message", "Requested URI does not represent any resource")
	b.get("/api/now/table/incident").want(200)
	if err := b.db.Delete(db.Session{}, "sys_properties", off); err != nil {
		t.Fatal(err)
	}
	b.seed("sys_properties", row{"name": "glide.rest.apis.enabled", "value": "Aggregate API"})
	b.get("/api/now/stats/incident").want(200)
	b.get("/api/now/table/incident").want(400)
}

func TestQueryStringTooLong(t *testing.T) {
	s := NewServer(t)
	for length, want := range map[int]int{100: http.StatusUnauthorized, 40 << 10: http.StatusRequestURITooLong} {
		resp, err := s.HTTPClient().Get(s.Instance().Origin() + "/api/now/table/incident?sysparm_query=" + strings.Repeat("x", length))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d characters: %d, want %d", length, resp.StatusCode, want)
		}
	}
}
