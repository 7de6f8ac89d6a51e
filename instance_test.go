package servicenow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
)

// The cases stand in internal/instance; here it is shown that the front door is that door.
func TestParseInstance(t *testing.T) {
	const wrongDomain = "instance_url must be a service-now.com or servicenowservices.com domain"
	for s, problem := range map[string]string{
		"https://acme.service-now.com":           "",
		"https://ACME.servicenowservices.com":    "",
		"acme":                                   "",
		"https://acme.service-now.com.evil.test": wrongDomain,
		"https://evilservice-now.com":            wrongDomain,
		"https://support.acme.com":               wrongDomain,
		"http://acme.service-now.com":            "instance_url must use https, not http",
		"https://acme.service-now.com/":          "instance_url must not end with a slash",
		"https://u:hunter2@acme.service-now.com": "instance_url must not contain a user name or password",
		"https://acme.service-now.com/nav_to.do": "instance_url must not contain a path",
		"":                                       "instance_url is empty",
	} {
		in, err := servicenow.ParseInstance(s)
		if problem == "" {
			if err != nil || in.IsZero() {
				t.Errorf("%q: %v", s, err)
			}
			continue
		}
		if !errors.Is(err, servicenow.ErrInstance) || err.Error() != problem || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, want %s", s, err, problem)
		}
	}
}

func ExampleParseInstance() {
	in, err := servicenow.ParseInstance("https://ACME.service-now.com")
	fmt.Println(in, in.Name(), err)
	_, err = servicenow.ParseInstance("https://support.acme.com")
	fmt.Println(err)
	// Output:
	// https://acme.service-now.com acme <nil>
	// instance_url must be a service-now.com or servicenowservices.com domain
}
