// Package remedy holds, in one table, what a person can do about each known cause of trouble.
//
// Errors, reports and pages of all packages take their texts from here, so that one cause reads the same everywhere
// and a text is improved in one place. The texts name ServiceNow's own terms: roles, tables, menus.
package remedy

import "slices"

// Cause is why something failed, as far as the answer tells. The zero Cause has no remedy.
type Cause string

// For is what a person can do about c, one sentence without a full stop; empty for an unknown cause.
func For(c Cause) string { return texts[c] }

// All lists every cause in alphabetical order, for tests and for documents made from it.
func All() []Cause {
	all := make([]Cause, 0, len(texts))
	for c := range texts {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}
