package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// Writable is what Create and Update take: [Changes], or a pointer to or value of a struct that embeds [Write]. The
// row types do not, so that a row that was read cannot be sent back by mistake, with all that it only read.
type Writable interface{ writable() }

// Write marks a struct as changes to write. Its other fields are cells with json tags; those that are absent are not
// written. Fields of other types are written unless omitempty or omitzero says otherwise.
//
//	type IncidentRegion struct {
//		table.Write
//		Region table.Text `json:"u_region,omitzero"`
//	}
type Write struct{}

func (Write) writable() {}

// Changes are columns to write, by name. It is an immutable value: every method returns a new one. The zero Changes
// writes nothing, which is refused.
type Changes struct {
	columns []change
	err     error
}

type change struct {
	column  string
	value   core
	journal bool
}

func (Changes) writable() {}

// journals are the journal columns that ServiceNow ships on tasks.
var journals = []string{"comments", "work_notes", "comments_and_work_notes", "approval_history"}

// Set begins changes with one column.
func Set(column string, value Cell) Changes { return Changes{}.Set(column, value) }

// Set adds a column to write; one that clears its cell ([NoRef], [Empty]) clears the column. An absent cell is not
// written. A [Journal] is added to rather than set, and so are comments and work_notes.
func (c Changes) Set(column string, value Cell) Changes {
	if err := checkColumn(column); err != nil {
		return c.fail(err)
	}
	_, isJournal := value.(Journal)
	if slices.Contains(journals, column) && !isJournal {
		return c.fail(fmt.Errorf("%s is a journal: entries are added to it, with Add", column))
	}
	if value == nil || value.IsZero() {
		return c
	}
	c.columns = slices.DeleteFunc(slices.Clone(c.columns), func(old change) bool { return old.column == column })
	c.columns = append(c.columns, change{column, value.sealed(), isJournal})
	return c
}

// Add appends an entry to a journal column. Writes with an entry in them are never sent twice without leave.
func (c Changes) Add(journal, text string) Changes { return c.Set(journal, Entry(text)) }

// AddComment appends a comment, which the caller of a task sees.
func (c Changes) AddComment(text string) Changes { return c.Add("comments", text) }

// AddWorkNote appends a work note, which only those who work on a task see.
func (c Changes) AddWorkNote(text string) Changes { return c.Add("work_notes", text) }

func (c Changes) fail(err error) Changes {
	if c.err == nil {
		c.err = err
	}
	return c
}

// body is a write ready to be sent.
type body struct {
	json    json.RawMessage
	columns []change // those whose echo can be compared
	appends bool     // a journal column is in it
}

var (
	errNothing = errors.New("there is nothing to write")
	// JSON has no way to write such bytes: they would be replaced without a word.
	errNotUTF8 = errors.New("the text is not valid UTF-8: convert it from its character set before")
)

// encode writes out what w sets.
func encode(w Writable) (body, error) {
	var made body
	var out rowWriter
	var err error
	switch w := w.(type) {
	case nil:
		return body{}, errNothing
	case Changes:
		made.columns, err = w.columns, w.err
	default:
		made.columns, err = changesOf(w)
	}
	if err != nil {
		return body{}, err
	}
	for _, c := range made.columns {
		made.appends = made.appends || c.journal
		if !utf8.ValidString(c.value.value()) {
			return body{}, fmt.Errorf("column %s: %w", c.column, errNotUTF8)
		}
		value, err := c.value.MarshalJSON()
		if err != nil {
			return body{}, fmt.Errorf("column %s: %w", c.column, err)
		}
		out.put(c.column, value, nil)
	}
	if len(made.columns) == 0 {
		return body{}, errNothing
	}
	made.json, err = out.end()
	return made, err
}

// changesOf reads a struct that embeds Write.
func changesOf(w Writable) ([]change, error) {
	v := reflect.Indirect(reflect.ValueOf(w))
	if v.Kind() != reflect.Struct {
		return nil, errNothing
	}
	p, err := planFor(v.Type())
	if err != nil {
		return nil, err
	}
	var columns []change
	for _, name := range p.columns {
		at := p.places[name]
		field := v.FieldByIndex(at.index)
		if cell, ok := field.Interface().(Cell); ok {
			if !cell.IsZero() {
				columns = append(columns, change{name, cell.sealed(), at.journal})
			}
			continue
		}
		if at.omit && field.IsZero() || field.Kind() == reflect.Pointer && field.IsNil() {
			continue
		}
		if s := reflect.Indirect(field); s.Kind() == reflect.String && !utf8.ValidString(s.String()) {
			return nil, fmt.Errorf("column %s: %w", name, errNotUTF8)
		}
		text, err := json.Marshal(field.Interface())
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		columns = append(columns, change{name, core{rows.Make(isRaw, string(text), "", "")}, false})
	}
	if p.extra != nil {
		extra := v.FieldByIndex(p.extra).Interface().(Extra)
		for _, name := range sortedKeys(extra) {
			columns = append(columns, change{name, extra[name].core, slices.Contains(journals, name)})
		}
	}
	return columns, nil
}
