package servicenow_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/provision"
)

// The remedy belongs to the sentence beside which it is shown.
func TestRemedyOfAMissingRight(t *testing.T) {
	refusal := &servicenow.Error{Status: 403, Class: servicenow.ErrForbidden, Remedy: "give it some role"}
	right := &provision.RightsError{Table: "sys_script", Kind: provision.Refused, Remedy: "let an admin do it", Err: refusal}
	err := fmt.Errorf("activate: %w", errors.Join(right, refusal))
	if got := servicenow.Remedy(err); got != right.Remedy {
		t.Errorf("%q, want %q", got, right.Remedy)
	}
	if got := servicenow.Remedy(refusal); got != refusal.Remedy {
		t.Errorf("%q, want %q", got, refusal.Remedy)
	}
}
