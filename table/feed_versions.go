package table

import (
	"hash/maphash"
	"time"
)

// version tells two states of a record apart. Stamps have one second's precision, so two updates within a second differ
// in sys_mod_count alone.
type version struct {
	stamp int64 // sys_updated_on
	mod   int64 // sys_mod_count
}

// older reports that v was surely written before w, as a read from a lagging replica may show it.
func (v version) older(w version) bool { return v.mod < w.mod && v.stamp <= w.stamp }

// versions are those delivered in this run that an overlap can bring again: one entry a record changed within the
// overlap. Ids are kept as two 64-bit hashes, since all that is ever asked of an id is whether it is the same.
type versions struct {
	seeds [2]maphash.Seed
	seen  map[[2]uint64]delivered
	floor int64 // nothing stamped before it is read again
}

type delivered struct {
	version
	at int64 // the time that the feed goes by
}

func newVersions() *versions {
	return &versions{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, seen: map[[2]uint64]delivered{}}
}

func (s *versions) key(id string) [2]uint64 {
	return [2]uint64{maphash.String(s.seeds[0], id), maphash.String(s.seeds[1], id)}
}

// fresh reports whether this version of id is yet to be delivered.
func (s *versions) fresh(id string, v version) bool {
	have, ok := s.seen[s.key(id)]
	return !ok || v != have.version && !v.older(have.version)
}

// took remembers a version that was delivered, if a window can bring it again.
func (s *versions) took(id string, v version, at time.Time) {
	if at.Unix() < s.floor {
		delete(s.seen, s.key(id))
		return
	}
	s.seen[s.key(id)] = delivered{v, at.Unix()}
}

// forget makes every version of id new again: it was deleted, and may be restored as it was.
func (s *versions) forget(id string) { delete(s.seen, s.key(id)) }

// raise drops what no window from floor on can bring again.
func (s *versions) raise(floor time.Time) {
	if floor.Unix() <= s.floor {
		return
	}
	s.floor = floor.Unix()
	for k, v := range s.seen {
		if v.at < s.floor {
			delete(s.seen, k)
		}
	}
}
