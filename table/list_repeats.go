package table

import "hash/maphash"

// repeats finds rows that come twice in a page, as instances have been seen to send them. Ids that ascend cannot, and
// nearly all pages are so: what came before is only looked at once one does not. An id is remembered as a hash, so that
// the rows of a large page are not held by it.
type repeats struct {
	seed maphash.Seed
	last string
	came []uint64
	set  map[uint64]bool // the same, once it is needed
}

func newRepeats() *repeats { return &repeats{seed: maphash.MakeSeed()} }

// forget begins a page.
func (r *repeats) forget() { r.last, r.came, r.set = "", r.came[:0], nil }

// again reports that id came before on the page.
func (r *repeats) again(id string) bool {
	key := maphash.String(r.seed, id)
	if r.set == nil && id > r.last {
		r.last, r.came = id, append(r.came, key)
		return false
	}
	if r.set == nil {
		r.set = make(map[uint64]bool, 2*len(r.came))
		for _, k := range r.came {
			r.set[k] = true
		}
	}
	before := r.set[key]
	r.set[key] = true
	return before
}
