package table

import (
	"fmt"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// MissingError tells, before anything is sent, which columns a step needs that were not given: the instance would
// refuse it, or take it and leave a record that its own forms refuse. It is of the class ErrInvalid.
type MissingError struct {
	Step    string   // "resolve a case"
	Columns []string // "resolution_code", "close_notes"
}

// Error names the step and the columns.
func (e *MissingError) Error() string {
	return fmt.Sprintf("servicenow: to %s, fill in %s", e.Step, strings.Join(e.Columns, ", "))
}

// Is reports that the error is of the class ErrInvalid.
func (e *MissingError) Is(target error) bool { return target == rest.ErrInvalid }

// Column is a column with the text that a caller gave for it.
type Column struct{ Name, Text string }

// Require is a *MissingError for the columns without a text, or nil.
func Require(step string, columns ...Column) error {
	var missing []string
	for _, c := range columns {
		if strings.TrimSpace(c.Text) == "" {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &MissingError{Step: step, Columns: missing}
}
