package servicenow

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Verdict is how one check of a [Report] ended.
type Verdict string

// The verdicts. Unknown is used where the platform does not let one tell: an empty list may mean that there is nothing,
// or that this user may not see it.
const (
	Pass    Verdict = "pass"
	Warn    Verdict = "warn"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// Finding is one line of a [Report].
type Finding struct {
	ID       string  `json:"id"`       // stable: "token", "table:sys_user:read"
	Name     string  `json:"name"`     // for people: "read sys_user"
	Verdict  Verdict `json:"verdict"`  //
	Evidence string  `json:"evidence"` // what was seen
	Remedy   string  `json:"remedy,omitempty"`
}

// Report is the result of a Test Connection: one finding for each thing that the capability needs. It marshals to JSON
// and prints as text, and holds no secret.
type Report struct {
	Instance   string        `json:"instance"`
	Capability Capability    `json:"capability"`
	User       string        `json:"user,omitempty"` // the user name behind the token
	At         time.Time     `json:"at"`
	Took       time.Duration `json:"-"`
	Findings   []Finding     `json:"findings"`
}

// OK reports whether nothing failed. What is unknown does not fail a report.
func (r Report) OK() bool { return r.worst() != Fail }

// Failures are the findings that failed.
func (r Report) Failures() []Finding {
	var failed []Finding
	for _, f := range r.Findings {
		if f.Verdict == Fail {
			failed = append(failed, f)
		}
	}
	return failed
}

func (r Report) worst() Verdict {
	worst := Pass
	rank := map[Verdict]int{Pass: 0, Unknown: 1, Warn: 2, Fail: 3}
	for _, f := range r.Findings {
		if rank[f.Verdict] > rank[worst] {
			worst = f.Verdict
		}
	}
	return worst
}

// Finding returns the finding with this id.
func (r Report) Finding(id string) (Finding, bool) {
	for _, f := range r.Findings {
		if f.ID == id {
			return f, true
		}
	}
	return Finding{}, false
}

// String renders the report for a terminal or a support ticket.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s as %s for %s: %s\n", r.Instance, orNobody(r.User), r.Capability, r.verdict())
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %-7s %-44s %s\n", f.Verdict, f.Name, f.Evidence)
		if f.Remedy != "" && f.Verdict != Pass {
			fmt.Fprintf(&b, "          → %s\n", f.Remedy)
		}
	}
	return b.String()
}

func orNobody(user string) string {
	if user == "" {
		return "an unknown user"
	}
	return user
}

func (r Report) verdict() string {
	if r.OK() {
		return "works"
	}
	return fmt.Sprintf("%d of %d checks failed", len(r.Failures()), len(r.Findings))
}

// MarshalJSON adds the summary that a user interface shows first.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	return json.Marshal(struct {
		OK     bool  `json:"ok"`
		TookMS int64 `json:"took_ms"`
		plain
	}{r.OK(), r.Took.Milliseconds(), plain(r)})
}
