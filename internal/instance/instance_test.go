package instance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
)

const (
	wrongDomain = "instance_url must be a service-now.com or servicenowservices.com domain"
	secret      = "hunter2"
)

func TestParseAccepts(t *testing.T) {
	for s, want := range map[string]string{
		"https://acme.service-now.com":             "https://acme.service-now.com",
		"https://acme.servicenowservices.com":      "https://acme.servicenowservices.com",
		"HTTPS://ACME.Service-Now.COM":             "https://acme.service-now.com",
		"https://dev12345.service-now.com":         "https://dev12345.service-now.com",
		"https://acme-test.service-now.com":        "https://acme-test.service-now.com",
		"https://1acme.service-now.com":            "https://1acme.service-now.com",
		"acme":                                     "https://acme.service-now.com",
		"ACME":                                     "https://acme.service-now.com",
		"acme-dev2":                                "https://acme-dev2.service-now.com",
		"https://" + long(63) + ".service-now.com": "https://" + long(63) + ".service-now.com",
	} {
		in, err := instance.Parse(s)
		if err != nil || in.Origin() != want || in.String() != want || in.IsZero() {
			t.Errorf("%q: got %q, %v, want %q", s, in, err, want)
		}
	}
}

func long(n int) string { return strings.Repeat("a", n) }

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct{ s, problem, remedy string }{
		{"", "empty", "https://acme.service-now.com"},
		{" https://acme.service-now.com", "blanks", "remove them"},
		{"https://acme.service-now.com\n", "blanks", "remove them"},
		{"\thttps://acme.service-now.com", "blanks", "remove them"},
		{"https://acme.service-now.com/", "end with a slash", "https://acme.service-now.com"},
		{"https://acme.service-now.com//", "path", "https://acme.service-now.com"},
		{"https://acme.service-now.com/nav_to.do?uri=incident.do", "path", "https://acme.service-now.com"},
		{"https://acme.service-now.com/now/nav/ui/classic", "path", "https://acme.service-now.com"},
		{"https://acme.service-now.com?x=" + secret, "query", "https://acme.service-now.com"},
		{"https://acme.service-now.com#" + secret, "fragment", "https://acme.service-now.com"},
		{"https://acme.service-now.com/" + secret, "path", "https://acme.service-now.com"},
		{`https://acme.service-now.com\` + secret, "path", "https://acme.service-now.com"},
		{"https://acme.service-now.com:443", "port", "https://acme.service-now.com"},
		{"https://acme.service-now.com:8443", "port", "https://acme.service-now.com"},
		{"https://acme.service-now.com:", "port", "https://acme.service-now.com"},
		{"https://acme.service-now.com:" + secret, "port", "https://acme.service-now.com"},
		{"https://admin:" + secret + "@acme.service-now.com", "user name or password", "remove everything"},
		{"https://" + secret + "@acme.service-now.com", "user name or password", "remove everything"},
		{"https://acme.service-now.com@evil.test", "user name or password", ""},
		{"https://evil.test/@acme.service-now.com", "user name or password", ""},
		{"http://acme.service-now.com", "https, not http", "https://acme.service-now.com"},
		{"HTTP://acme.service-now.com", "https, not http", "https://acme.service-now.com"},
		{"ftp://acme.service-now.com", "start with https://", "https://acme.service-now.com"},
		{"javascript://acme.service-now.com", "start with https://", ""},
		{"acme.service-now.com", "start with https://", "https://acme.service-now.com"},
		{"//acme.service-now.com", "start with https://", ""},
		{"https:acme.service-now.com", "start with https://", ""},
		{"https:/acme.service-now.com", "start with https://", ""},
		{"https://", wrongDomain, ""},
		{"https:///acme.service-now.com", wrongDomain, ""},
		{"https://service-now.com", wrongDomain, ""},
		{"https://.service-now.com", wrongDomain, ""},
		{"https://servicenowservices.com", wrongDomain, ""},
		{"https://evilservice-now.com", wrongDomain, "vanity"},
		{"https://acme.evilservice-now.com", wrongDomain, "vanity"},
		{"https://acme.service-now.com.evil.test", wrongDomain, "vanity"},
		{"https://acme.service-now.community", wrongDomain, "vanity"},
		{"https://acme.servicenow.com", wrongDomain, "vanity"},
		{"https://support.acme.com", wrongDomain, "vanity"},
		{"https://a.b.service-now.com", wrongDomain, "vanity"},
		{"https://acme.service-now.com.", wrongDomain, "vanity"},
		{"https://-acme.service-now.com", wrongDomain, ""},
		{"https://acme-.service-now.com", wrongDomain, ""},
		{"https://ac_me.service-now.com", wrongDomain, ""},
		{"https://ac%6de.service-now.com", wrongDomain, ""},
		{"https://*.service-now.com", wrongDomain, ""},
		{"https://" + long(64) + ".service-now.com", wrongDomain, ""},
		{"https://xn--acme-9ta.service-now.com", wrongDomain, ""},
		{"https://127.0.0.1", wrongDomain, ""},
		{"https://[::1]", wrongDomain, ""},
		{"https://localhost", wrongDomain, ""},
		{"https://аcme.service-now.com", "no ServiceNow address has", "by hand"}, // a Cyrillic а
		{"https://acme.service‑now.com", "no ServiceNow address has", "by hand"}, // a non-breaking hyphen
		{"https://acme。service-now.com", "no ServiceNow address has", "by hand"}, // an ideographic full stop
		{"https://acme.service-now.com\x00.evil.test", "no ServiceNow address has", ""},
		{"https://acme .service-now.com", "no ServiceNow address has", ""},
		{"xn--acme", "start with https://", ""},
		{"-acme", "start with https://", ""},
		{long(64), "start with https://", ""},
	} {
		in, err := instance.Parse(tc.s)
		var e *instance.Error
		if !errors.As(err, &e) || !errors.Is(err, instance.Err) || !in.IsZero() {
			t.Errorf("%q: got %v, %v; want an *Error", tc.s, in, err)
			continue
		}
		if !strings.Contains(err.Error(), tc.problem) || !strings.Contains(e.Remedy, tc.remedy) || e.Remedy == "" {
			t.Errorf("%q: got %q (%s), want %q (%s)", tc.s, err, e.Remedy, tc.problem, tc.remedy)
		}
		if tc.problem == wrongDomain && err.Error() != wrongDomain {
			t.Errorf("%q: the message is %q, want exactly %q", tc.s, err, wrongDomain)
		}
		if e.Field != "instance_url" {
			t.Errorf("%q: field %q", tc.s, e.Field)
		}
		if said := fmt.Sprintf("%v %+v", err, *e); strings.Contains(said, secret) {
			t.Errorf("%q is repeated in %q", tc.s, said)
		}
	}
}

func TestInstanceIsAValue(t *testing.T) {
	a, _ := instance.Parse("https://ACME.service-now.com")
	b, _ := instance.Parse("acme")
	if a != b || a.Host() != "acme.service-now.com" || a.Name() != "acme" || a.URL().String() != a.Origin() {
		t.Errorf("%v %v %q %q %q", a, b, a.Host(), a.Name(), a.URL())
	}
	a.URL().Host = "evil.test"
	if a.URL().Host != "acme.service-now.com" {
		t.Error("the URL of one caller is another's")
	}
	var zero instance.Instance
	if !zero.IsZero() || zero.Origin() != "" || zero.Name() != "" {
		t.Errorf("the zero Instance is %q", zero)
	}
}

func TestInstanceAsText(t *testing.T) {
	type config struct {
		Instance instance.Instance `json:"instance"`
	}
	in, _ := instance.Parse("acme")
	b, err := json.Marshal(config{in})
	if err != nil || string(b) != `{"instance":"https://acme.service-now.com"}` {
		t.Fatalf("%s, %v", b, err)
	}
	var back config
	if err := json.Unmarshal(b, &back); err != nil || back.Instance != in {
		t.Errorf("%v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"instance":""}`), &back); err != nil || !back.Instance.IsZero() {
		t.Errorf("empty text: %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"instance":"https://evil.test"}`), &back); !errors.Is(err, instance.Err) {
		t.Errorf("%v, %v", back, err)
	}
}

// Whatever is accepted is an https origin of a known domain as net/url sees it, and is accepted again unchanged.
func FuzzParseInstance(f *testing.F) {
	for _, s := range []string{
		"acme", "https://acme.service-now.com", "https://ACME.servicenowservices.com", "https://a@b.service-now.com",
		"https://acme.service-now.com.evil.test", "https://acme.service-now.com:443/x?y#z", `https://acme.service-now.com\@x`,
		"https://evil.test#.service-now.com", "https://evil.test?.service-now.com", "https://%61.service-now.com",
		"\x00", "//",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in, err := instance.Parse(s)
		if err != nil {
			if !errors.Is(err, instance.Err) || !in.IsZero() {
				t.Fatalf("%q: %v, %v", s, in, err)
			}
			return
		}
		u, err := url.Parse(in.Origin())
		if err != nil || u.Scheme != "https" || u.Host != in.Host() || u.User != nil || u.Path != "" || u.RawQuery != "" {
			t.Fatalf("%q became %q", s, in)
		}
		name, domain, _ := strings.Cut(u.Hostname(), ".")
		if name != in.Name() || domain != "service-now.com" && domain != "servicenowservices.com" {
			t.Fatalf("%q became %q", s, in)
		}
		again, err := instance.Parse(in.Origin())
		if err != nil || again != in {
			t.Fatalf("%q became %q and then %q, %v", s, in, again, err)
		}
		// What net/url would have called is the host that we call.
		if direct, err := url.Parse(s); err == nil && direct.Host != "" && !strings.EqualFold(direct.Hostname(), in.Host()) {
			t.Fatalf("%q is %q for net/url and %q for us", s, direct.Hostname(), in.Host())
		}
	})
}

func ExampleParse() {
	in, err := instance.Parse("https://ACME.service-now.com")
	fmt.Println(in.Name(), in, err)
	_, err = instance.Parse("https://support.acme.com")
	fmt.Println(err)
	// Output:
	// acme https://acme.service-now.com <nil>
	// instance_url must be a service-now.com or servicenowservices.com domain
}
