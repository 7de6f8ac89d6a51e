package db

import (
	"slices"
)

// Phase tells a hook whether the record is stored already.
type Phase int

// The phases of a write.
const (
	Before Phase = iota
	After
)

// Op is what a write does.
type Op string

// The operations of a write.
const (
	OpInsert Op = "insert"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// Write is what a hook sees of a write.
type Write struct {
	Phase    Phase
	Op       Op
	Session  Session
	Class    string            // the record's actual class
	Previous Row               // as it was; zero on insert
	Draft    *Draft            // what is being written; a before-hook may change it. nil on delete
	Current  Row               // as stored; zero in a before-hook, and on delete (see Previous)
	Journal  map[string]string // entries appended by this write, by journal column
	Workflow bool              // false after setWorkflow(false): Business Rules are to be skipped
}

// OnWrite adds a hook. Before-hooks run before the record is stored and may change the draft or abort the write with an
// error; after-hooks run inside the writer's call once the record, its journal entries and audit are stored, and their
// error does not undo the write. Hooks run without a lock held and may read and write.
func (d *DB) OnWrite(hook func(Write) error) {
	d.mu.Lock()
	d.hooks = append(slices.Clone(d.hooks), hook)
	d.mu.Unlock()
}

func (d *DB) fire(w Write) error {
	d.mu.RLock()
	hooks := d.hooks
	d.mu.RUnlock()
	for _, h := range hooks {
		if err := h(w); err != nil {
			return err
		}
	}
	return nil
}
