package table

import (
	"testing"

	"pgregory.net/rapid"
)

// An id came again if, and only if, it was asked about since the page began, in whatever order.
func TestRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRepeats()
		for range 2 {
			r.forget()
			came := map[string]bool{}
			for _, id := range rapid.SliceOf(rapid.StringMatching(`[ab]{1,3}`)).Draw(t, "ids") {
				if got := r.again(id); got != came[id] {
					t.Fatalf("%q came before: %v, said %v", id, came[id], got)
				}
				came[id] = true
			}
		}
	})
}
