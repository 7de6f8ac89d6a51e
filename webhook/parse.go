package webhook

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Parse decodes a body that a [Verifier] has accepted. A kind that it does not know is an [Unknown]; members that it does
// not know are ignored; an envelope of another [Spec] is ErrSpec and everything else that is wrong is ErrMalformed.
func Parse(body []byte) (Event, error) {
	object, err := validated(body)
	if err != nil {
		return nil, err
	}
	env := read(object)
	switch {
	case env.spec == "":
		return nil, malformed("no spec")
	case env.spec != strconv.Itoa(Spec):
		return nil, fmt.Errorf("%w: expected %d", ErrSpec, Spec)
	case env.id == "" || env.kind == "":
		return nil, malformed("no id or no type")
	}
	noun, _, _ := strings.Cut(env.kind, ".")
	e := env.event(noun)
	if e == nil {
		return &Unknown{Head: env.head(), Kind: env.kind, Raw: json.RawMessage(body)}, nil
	}
	if env.data.sysID == "" && noun != "ping" {
		return nil, malformed("no sys_id")
	}
	return e, nil
}

// envelope is the members as sent, before anything is made of them.
type envelope struct {
	id, kind, timestamp, spec        string
	instance, rule, version, attempt string
	data                             data
}

type data struct {
	table, sysID, number, operation, modCount     string
	updatedOn, updatedBy, createdOn, createdBy    string
	actor, domain, element, text, truncated       string
	fileName, contentType, size, changed, columns string
	parentTable, parentSysID                      string
}

func read(object string) envelope {
	var env envelope
	members(object, func(name, v string) {
		switch name {
		case "id":
			env.id = text(v)
		case "type":
			env.kind = text(v)
		case "timestamp":
			env.timestamp = text(v)
		case "spec":
			env.spec = text(v)
		case "source":
			env.readSource(v)
		case "data":
			env.data.read(v)
		}
	})
	return env
}

func (env *envelope) readSource(object string) {
	members(object, func(name, v string) {
		switch name {
		case "instance":
			env.instance = text(v)
		case "rule":
			env.rule = text(v)
		case "version":
			env.version = text(v)
		case "attempt":
			env.attempt = text(v)
		}
	})
}

func (d *data) read(object string) {
	members(object, func(name, v string) {
		switch name {
		case "changed":
			d.changed = v
		case "columns":
			d.columns = v
		case "parent":
			members(v, func(name, v string) {
				switch name {
				case "table":
					d.parentTable = text(v)
				case "sys_id":
					d.parentSysID = text(v)
				}
			})
		default:
			if p := d.member(name); p != nil {
				*p = text(v)
			}
		}
	})
}

func (d *data) member(name string) *string {
	switch name {
	case "table":
		return &d.table
	case "sys_id":
		return &d.sysID
	case "number":
		return &d.number
	case "operation":
		return &d.operation
	case "mod_count":
		return &d.modCount
	case "updated_on":
		return &d.updatedOn
	case "updated_by":
		return &d.updatedBy
	case "created_on":
		return &d.createdOn
	case "created_by":
		return &d.createdBy
	case "actor":
		return &d.actor
	case "domain":
		return &d.domain
	case "element":
		return &d.element
	case "text":
		return &d.text
	case "truncated":
		return &d.truncated
	case "file_name":
		return &d.fileName
	case "content_type":
		return &d.contentType
	case "size_bytes":
		return &d.size
	}
	return nil
}

func (env *envelope) head() Head {
	d := &env.data
	return Head{
		ID: env.id, Instance: env.instance, Rule: env.rule, Version: number(env.version, 0), Attempt: number(env.attempt, 0),
		Table: d.table, SysID: d.sysID, Number: d.number, Operation: Operation(d.operation), ModCount: number(d.modCount, -1),
		At: moment(first(env.timestamp, d.updatedOn, d.createdOn)), By: first(d.updatedBy, d.createdBy),
		Actor: d.actor, Domain: d.domain,
	}
}

// event is nil for what we do not know.
func (env *envelope) event(noun string) Event {
	d := &env.data
	parent := Record{Table: d.parentTable, SysID: d.parentSysID}
	switch noun {
	case "case":
		return env.caseEvent()
	case "task":
		return &TaskChanged{Head: env.head(), Class: d.table, Changed: elements(d.changed), Columns: d.named()}
	case "comment":
		return env.entryEvent(parent)
	case "attachment":
		if Operation(d.operation) == Delete {
			return &AttachmentDeleted{Head: env.head(), Record: parent, FileName: d.fileName}
		}
		return &AttachmentAdded{Head: env.head(), Record: parent, FileName: d.fileName, ContentType: d.contentType,
			Size: int64(number(d.size, -1))}
	case "ping":
		return &Ping{Head: env.head()}
	}
	return nil
}

func (env *envelope) caseEvent() Event {
	d := &env.data
	switch Operation(d.operation) {
	case Insert:
		return &CaseCreated{Head: env.head(), Columns: d.named()}
	case Delete:
		return &CaseDeleted{Head: env.head()}
	case Update:
		return &CaseUpdated{Head: env.head(), Changed: elements(d.changed), Columns: d.named()}
	}
	return nil
}

// entryEvent knows the two journals that every task has. Another journal column is Unknown, not a comment: it might be
// an internal one.
func (env *envelope) entryEvent(parent Record) Event {
	d := &env.data
	known := d.element == "comments" || d.element == "work_notes"
	switch {
	case known && Operation(d.operation) == Delete:
		return &EntryDeleted{Head: env.head(), Record: parent, Element: d.element}
	case d.element == "comments":
		return &CommentAdded{Head: env.head(), Record: parent, Text: d.text, Truncated: d.truncated == "true"}
	case d.element == "work_notes":
		return &WorkNoteAdded{Head: env.head(), Record: parent, Text: d.text, Truncated: d.truncated == "true"}
	}
	return nil
}

func (d *data) named() map[string]string {
	var out map[string]string
	members(d.columns, func(name, v string) {
		if out == nil {
			out = make(map[string]string)
		}
		out[name] = text(v)
	})
	return out
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

// moment is lenient, because the platform's own text comes through where the script could not convert it.
func moment(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
