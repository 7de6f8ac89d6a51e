package servicenow

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// pullVersion begins every pull checkpoint's text.
const pullVersion = "snpull1"

// PullCheckpoint is the place in a pull, over all of its tables, up to which the host has taken everything. Like
// [table.Checkpoint] it is a small opaque text with a version: store it with the changes or after them, never before.
// The zero PullCheckpoint is the beginning. It is immutable.
type PullCheckpoint struct {
	state *pullState
	// table and at say how far one table is beyond state, so that a checkpoint for each row costs nothing.
	table string
	at    table.Checkpoint
}

// pullState is never written once a checkpoint refers to it.
type pullState struct {
	Capability Capability                  `json:"c"`
	By         PullBy                      `json:"b"`
	Tables     map[string]table.Checkpoint `json:"t"`
}

// with is the state with one table moved on.
func (s *pullState) with(name string, at table.Checkpoint) *pullState {
	next := &pullState{Capability: s.Capability, By: s.By, Tables: maps.Clone(s.Tables)}
	if next.Tables == nil {
		next.Tables = map[string]table.Checkpoint{}
	}
	next.Tables[name] = at
	return next
}

// IsZero reports that c is the beginning.
func (c PullCheckpoint) IsZero() bool { return c.state == nil }

// Table is the place in one of the tables, zero where the pull has not begun with it.
func (c PullCheckpoint) Table(name string) table.Checkpoint {
	switch {
	case c.state == nil:
		return table.Checkpoint{}
	case c.table == name:
		return c.at
	}
	return c.state.Tables[name]
}

// String is the text form, or "" for the beginning.
func (c PullCheckpoint) String() string {
	b, _ := c.MarshalText()
	return string(b)
}

// MarshalText writes c down. The zero PullCheckpoint is the empty text.
func (c PullCheckpoint) MarshalText() ([]byte, error) {
	if c.state == nil {
		return nil, nil
	}
	state := c.state
	if c.table != "" {
		state = state.with(c.table, c.at)
	}
	body, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("servicenow: pull checkpoint: %w", err)
	}
	return []byte(pullVersion + "." + base64.RawURLEncoding.EncodeToString(body)), nil
}

// UnmarshalText reads what MarshalText wrote. It refuses with [table.ErrCheckpointVersion] or
// [table.ErrCheckpointInvalid].
func (c *PullCheckpoint) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = PullCheckpoint{}
		return nil
	}
	version, rest, found := strings.Cut(string(text), ".")
	if !found || !strings.HasPrefix(version, "snpull") {
		return fmt.Errorf("servicenow: pull: %w", table.ErrCheckpointInvalid)
	}
	if version != pullVersion {
		return fmt.Errorf("servicenow: pull: %w: this release reads %s", table.ErrCheckpointVersion, pullVersion)
	}
	body, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil {
		return fmt.Errorf("servicenow: pull: %w: damaged", table.ErrCheckpointInvalid)
	}
	var state pullState
	if err := json.Unmarshal(body, &state); err != nil {
		return fmt.Errorf("servicenow: pull: %w: damaged", table.ErrCheckpointInvalid)
	}
	*c = PullCheckpoint{state: &state}
	return nil
}

// ParsePullCheckpoint reads the text form of a checkpoint.
func ParsePullCheckpoint(s string) (PullCheckpoint, error) {
	var c PullCheckpoint
	err := c.UnmarshalText([]byte(s))
	return c, err
}

// begin is the state to pull on from.
func (c PullCheckpoint) begin(o PullOptions) (*pullState, error) {
	if c.state == nil {
		return &pullState{Capability: o.Capability, By: o.By, Tables: map[string]table.Checkpoint{}}, nil
	}
	state := c.state
	if c.table != "" {
		state = state.with(c.table, c.at)
	}
	switch {
	case state.Capability != o.Capability:
		return nil, &table.CheckpointError{What: "capability", Got: string(state.Capability), Want: string(o.Capability)}
	case state.By != o.By:
		return nil, &table.CheckpointError{What: "time", Got: string(state.By), Want: string(o.By)}
	}
	return state, nil
}
