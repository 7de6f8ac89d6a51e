package table

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// version tells two states of a record apart. Stamps have one second's precision, so two updates within a second differ
// in sys_mod_count alone.
type version struct {
	stamp int64 // the time that the feed goes by
	mod   int64 // sys_mod_count
	// content is a digest of the row where it has no sys_mod_count.
	content int64
}

// older reports that v was surely written before w, as a read from a lagging replica may show it.
func (v version) older(w version) bool { return v.mod < w.mod && v.stamp <= w.stamp }

// key stands for an id, since all that is ever asked of one is whether it is the same. It is part of a digest, so that
// nobody can make two ids meet, and 8 bytes, so that checkpoints can carry many.
type key uint64

func keyOf(id string) key {
	sum := sha256.Sum256([]byte(id))
	return key(binary.BigEndian.Uint64(sum[:]))
}

// of is the key of one version of a record.
func (k key) of(v version) key {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], uint64(k))
	binary.BigEndian.PutUint64(b[8:], uint64(v.stamp))
	binary.BigEndian.PutUint64(b[16:], uint64(v.mod)^uint64(v.content))
	return keyOf(string(b[:]))
}

// versions are those delivered that an overlap can bring again: one entry for each record changed within the overlap.
type versions struct {
	seen  map[key]version
	here  map[key]bool // of seen, those that this run delivered itself
	floor int64        // nothing stamped before it is read again
	// carried are versions that an earlier run delivered, as its checkpoint tells, until the floor passes its time.
	carried      map[key]bool
	carriedUntil int64
	// page is what was taken of the page in hand. Checkpoints share it: it is only ever appended to, or left behind.
	page []byte
}

func newVersions() *versions { return &versions{seen: map[key]version{}, here: map[key]bool{}} }

// fresh reports whether this version of id is yet to be delivered.
func (s *versions) fresh(id string, v version) bool {
	k := keyOf(id)
	if s.carried[k.of(v)] {
		s.seen[k] = v
		return false
	}
	have, ok := s.seen[k]
	return !ok || v != have && !v.older(have)
}

// took remembers a version that was delivered, if a window can bring it again.
func (s *versions) took(id string, v version) {
	k := keyOf(id)
	if v.stamp < s.floor {
		s.drop(k)
		return
	}
	s.seen[k], s.here[k] = v, true
	s.page = k.of(v).append(s.page)
}

// forget makes every version of id new again: it was deleted, and may be restored as it was. It returns what is left of
// an export.
func (s *versions) forget(id string, exported []byte) []byte {
	k := keyOf(id)
	v, ok := s.seen[k]
	s.drop(k)
	if s.carried != nil || !ok {
		s.carried = nil // which of them are of id is not known
		return nil
	}
	gone := k.of(v).append(nil)
	var left []byte
	for chunk := range slices.Chunk(exported, 8) {
		if !bytes.Equal(chunk, gone) {
			left = append(left, chunk...)
		}
	}
	return left
}

// raise drops what no window from floor on can bring again.
func (s *versions) raise(floor time.Time) {
	if floor.Unix() <= s.floor {
		return
	}
	s.floor = floor.Unix()
	if s.floor > s.carriedUntil {
		s.carried = nil
	}
	for k, v := range s.seen {
		if v.stamp < s.floor {
			s.drop(k)
		}
	}
}

func (s *versions) drop(k key) {
	delete(s.seen, k)
	delete(s.here, k)
}

// distrust makes the version of id new again unless this run delivered it. A consumer may have taken a deletion that
// no checkpoint tells of, because the process died between the two.
func (s *versions) distrust(id string) {
	if k := keyOf(id); !s.here[k] {
		s.drop(k)
		s.carried = nil
	}
}

// mostCarried bounds what a checkpoint carries from one run to the next. Beyond it, the oldest are delivered again.
const mostCarried = 256

// export is what a checkpoint carries.
func (s *versions) export() []byte {
	type entry struct {
		key
		version
	}
	entries := make([]entry, 0, len(s.seen))
	for k, v := range s.seen {
		entries = append(entries, entry{k, v})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.stamp, a.stamp), cmp.Compare(a.key, b.key))
	})
	entries = entries[:min(len(entries), mostCarried)]
	var b []byte
	for _, e := range entries {
		b = e.of(e.version).append(b)
	}
	return b
}

func (k key) append(b []byte) []byte { return binary.BigEndian.AppendUint64(b, uint64(k)) }

// carried joins two exports, the newer first.
func carried(newer, older []byte) []byte {
	if len(newer) == 0 {
		return older
	}
	all := slices.Concat(newer, older)
	return all[:min(len(all), 8*mostCarried)]
}

// carry takes what an earlier run exported when it had got to high.
func (s *versions) carry(b []byte, high time.Time) {
	s.carried, s.carriedUntil = make(map[key]bool, len(b)/8), high.Unix()+1
	for chunk := range slices.Chunk(b, 8) {
		if len(chunk) == 8 {
			s.carried[key(binary.BigEndian.Uint64(chunk))] = true
		}
	}
}
