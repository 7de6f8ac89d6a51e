package table

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"
)

// The refusals of a checkpoint. Each is wrapped in an error that says what was found and what was wanted.
var (
	// ErrCheckpointInvalid is for text that is no checkpoint, or a damaged one.
	ErrCheckpointInvalid = errors.New("not a checkpoint")
	// ErrCheckpointVersion is for a checkpoint that a later release of this module wrote.
	ErrCheckpointVersion = errors.New("checkpoint of an unknown version")
	// ErrCheckpointMismatch is for a checkpoint of another instance, table, time, filter, field list or identity. What
	// it has seen says nothing about this feed: begin anew from the zero Checkpoint.
	ErrCheckpointMismatch = errors.New("checkpoint of another feed")
)

// checkpointVersion begins every checkpoint's text.
const checkpointVersion = "snfeed1"

// Checkpoint is the place in a feed up to which the consumer has taken everything. It is a small value: store its text
// ([Checkpoint.MarshalText], or as a JSON string) together with the rows or after them, never before. It is opaque and
// carries a version, so that an old one is understood or refused and never misread. It holds times and record ids, no
// other data and no secret. The zero Checkpoint is the beginning.
//
// A Checkpoint is immutable and may be copied and used from any goroutine.
type Checkpoint struct {
	// state is shared by all checkpoints of a page and never written again; lane and at say how far into that page
	// this one is. So a checkpoint a row costs no allocation.
	state *feedState
	lane  int
	at    position
	// taken are the versions of the page's rows up to this one that an overlap can bring again.
	taken []byte
}

// The lanes of a feed that are not slices of the backfill.
const (
	laneNone    = -1 - iota // the state as it is
	laneWindow              // the open window of changes
	laneDeletes             // the open window of deletions
)

// feedState is what a checkpoint keeps.
type feedState struct {
	Scope scope `json:"f"`
	// Start is the instance's clock before the backfill began.
	Start time.Time `json:"t0,omitzero"`
	// Filled is set when the backfill has ended; until then Slices are the parts that have not.
	Filled bool    `json:"b,omitempty"`
	Slices []slice `json:"s,omitempty"`
	// Keyed is set for a table without the times that a feed needs: every pass walks all of it by sys_id.
	Keyed bool `json:"k,omitempty"`
	// Append is set for a table without sys_updated_on: changes are followed by sys_created_on.
	Append bool `json:"n,omitempty"`
	// Classes are those that rows have told, besides the table's own.
	Classes []string `json:"m,omitempty"`
	Changes track    `json:"c,omitzero"`
	Deletes track    `json:"d,omitzero"`
	// Deep is when the long overlap was last read.
	Deep time.Time `json:"o,omitzero"`
	// Seen are the versions delivered that the overlap of the next run brings again.
	Seen []byte `json:"v,omitempty"`
}

// scope is what a checkpoint belongs to.
type scope struct {
	Host     string `json:"h"`
	Table    string `json:"t"`
	By       By     `json:"b"`
	Filter   string `json:"q,omitempty"` // hashes, not the text: a filter may hold customer data
	Fields   string `json:"c,omitempty"`
	Identity string `json:"i,omitempty"`
}

// position is the key of the last row taken, as it was received.
type position struct {
	Stamp time.Time `json:"t,omitzero"`
	ID    string    `json:"i,omitempty"`
}

func (p position) isZero() bool { return p.ID == "" }

// slice is a part of the backfill: Lo <= sys_created_on < Hi, both open when zero.
type slice struct {
	Lo    time.Time `json:"l,omitzero"`
	Hi    time.Time `json:"h,omitzero"`
	After position  `json:"a,omitzero"`
	// Unstamped are the rows without a creation time, by sys_id.
	Unstamped bool `json:"u,omitempty"`
}

// track follows one table by time: everything before High has been taken, but for late commits.
type track struct {
	High time.Time `json:"t,omitzero"`
	Open *window   `json:"w,omitempty"`
}

// window is an unfinished part of a track, gone on with unchanged after a crash.
type window struct {
	Lo    time.Time `json:"l"`
	Hi    time.Time `json:"h"`
	After position  `json:"a,omitzero"`
}

// IsZero reports that c is the beginning.
func (c Checkpoint) IsZero() bool { return c.state == nil }

// Filled reports whether the backfill is behind c.
func (c Checkpoint) Filled() bool { return c.state != nil && c.state.Filled }

// Through is the time, by the instance's clock, up to which changes have been taken: how fresh the copy is. It is zero
// until the backfill has ended.
func (c Checkpoint) Through() time.Time {
	if !c.Filled() {
		return time.Time{}
	}
	return c.state.Changes.High
}

// String is the text form, or "" for the beginning.
func (c Checkpoint) String() string {
	b, _ := c.MarshalText()
	return string(b)
}

// MarshalText writes c down. The zero Checkpoint is the empty text.
func (c Checkpoint) MarshalText() ([]byte, error) {
	if c.state == nil {
		return nil, nil
	}
	body, err := json.Marshal(c.resolve())
	if err != nil {
		return nil, fmt.Errorf("table: checkpoint: %w", err)
	}
	body = binary.BigEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
	return []byte(checkpointVersion + "." + base64.RawURLEncoding.EncodeToString(body)), nil
}

// UnmarshalText reads what MarshalText wrote. It refuses with [ErrCheckpointVersion] or [ErrCheckpointInvalid]; whether
// the checkpoint belongs to a feed is looked at when the feed begins.
func (c *Checkpoint) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = Checkpoint{}
		return nil
	}
	version, rest, found := strings.Cut(string(text), ".")
	if !found || !strings.HasPrefix(version, "snfeed") {
		return fmt.Errorf("table: %w", ErrCheckpointInvalid)
	}
	if version != checkpointVersion {
		return fmt.Errorf("table: %w: this release reads %s", ErrCheckpointVersion, checkpointVersion)
	}
	body, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil || len(body) < crc32.Size {
		return fmt.Errorf("table: %w: damaged", ErrCheckpointInvalid)
	}
	body, sum := body[:len(body)-crc32.Size], binary.BigEndian.Uint32(body[len(body)-crc32.Size:])
	var state feedState
	if crc32.ChecksumIEEE(body) != sum || json.Unmarshal(body, &state) != nil {
		return fmt.Errorf("table: %w: damaged", ErrCheckpointInvalid)
	}
	*c = Checkpoint{state: &state, lane: laneNone}
	return nil
}

// ParseCheckpoint reads the text form of a checkpoint.
func ParseCheckpoint(s string) (Checkpoint, error) {
	var c Checkpoint
	err := c.UnmarshalText([]byte(s))
	return c, err
}

// resolve is the state with the lane's position written into it, in a copy that nobody shares.
func (c Checkpoint) resolve() *feedState {
	state := c.state.clone()
	state.Seen = carried(c.taken, state.Seen)
	if c.at.isZero() {
		return state
	}
	switch {
	case c.lane >= 0:
		state.Slices[c.lane].After = c.at
	case c.lane == laneWindow:
		state.Changes.Open.After = c.at
	case c.lane == laneDeletes:
		state.Deletes.Open.After = c.at
	}
	return state
}

func (s *feedState) clone() *feedState {
	c := *s
	c.Slices = slices.Clone(s.Slices)
	c.Changes, c.Deletes = s.Changes.clone(), s.Deletes.clone()
	return &c
}

func (t track) clone() track {
	if t.Open != nil {
		open := *t.Open
		t.Open = &open
	}
	return t
}

// match refuses a checkpoint of another feed, and names the first difference.
func (s scope) match(want scope) error {
	for _, d := range []struct{ what, got, want string }{
		{"instance", s.Host, want.Host},
		{"table", s.Table, want.Table},
		{"time", string(s.By), string(want.By)},
		{"filter", s.Filter, want.Filter},
		{"field list", s.Fields, want.Fields},
		{"identity", s.Identity, want.Identity},
	} {
		if d.got != d.want {
			return &CheckpointError{What: d.what, Got: d.got, Want: d.want}
		}
	}
	return nil
}

// CheckpointError says in what a checkpoint and the feed that it was given to differ. It is [ErrCheckpointMismatch].
type CheckpointError struct {
	What      string // "instance", "table", "time", "filter", "field list" or "identity"
	Got, Want string // of filters and field lists, a digest
}

// Error says what differs.
func (e *CheckpointError) Error() string {
	return fmt.Sprintf("table: %v: its %s is %q, this feed's is %q: begin anew from the zero Checkpoint",
		ErrCheckpointMismatch, e.What, e.Got, e.Want)
}

// Unwrap makes e an [ErrCheckpointMismatch].
func (e *CheckpointError) Unwrap() error { return ErrCheckpointMismatch }
