package table

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// WriteOptions shape one write. The zero value writes stored values and reads back the columns of T.
type WriteOptions struct {
	// Read shapes the echo: the row as it is after the write.
	Read ReadOptions
	// InputDisplay makes the instance read every value of the write as a display value: labels, names, dates in the
	// user's zone and format. Passwords and encrypted columns are only stored properly so; write them alone.
	InputDisplay bool
	// CheckEcho compares the echo with what was written and returns an *IgnoredError where the instance left a column
	// as it was: it drops unknown columns, unknown choices and columns that the user may not write, without a word.
	CheckEcho bool
	// KeepSystemFields leaves sys_updated_on and its siblings as they are (sysparm_suppress_auto_sys_field).
	//
	// belief: the parameter is gone from ServiceNow's current page and still used by public clients; the stamps of a
	// row after such a write, on a real instance, would settle it.
	KeepSystemFields bool
	// Resend is the caller's leave to send the write again when nobody knows whether it ran. Only for writes of which
	// two are as good as one.
	Resend bool
}

// IgnoredError tells that a write was accepted, and that the instance did not take all of it.
type IgnoredError struct {
	Table, SysID string
	// Missing are columns that the echo does not have: they do not exist, or the user may not read them.
	Missing []string
	// Different are columns whose value is another than the one written: it was refused, or a rule changed it.
	Different []string
}

// Error names the columns, and no values.
func (e *IgnoredError) Error() string {
	return fmt.Sprintf("servicenow: %s %s was written, but not every column of it (missing: %s; different: %s)",
		e.Table, e.SysID, strings.Join(e.Missing, ", "), strings.Join(e.Different, ", "))
}

// Create inserts a record and returns it as it then is, with what the instance's rules made of it. One request. It is
// never sent twice without leave ([WriteOptions.Resend]), because the platform has no way to tell a repetition from a
// second record; see [Table.Upsert].
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) Create(ctx context.Context, w Writable, o ...WriteOptions) (T, error) {
	return t.CreateCall(w, o...).Do(ctx)
}

// CreateCall is [Table.Create] for a batch.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) CreateCall(w Writable, o ...WriteOptions) Call[T] {
	return typed[T](t.createCall(w, o))
}

func (t base) createCall(w Writable, o []WriteOptions) Call[any] {
	return t.write(rest.Op{Name: "table.Create", Method: http.MethodPost, Path: t.path(), Replay: rest.Never}, w, o)
}

// Update changes the columns that are set in w, and no other, and returns the record as it then is. One request. It
// is sent again when nobody knows whether it ran, unless a journal entry is in it.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) Update(ctx context.Context, id string, w Writable, o ...WriteOptions) (T, error) {
	return t.UpdateCall(id, w, o...).Do(ctx)
}

// UpdateCall is [Table.Update] for a batch.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) UpdateCall(id string, w Writable, o ...WriteOptions) Call[T] {
	return typed[T](t.updateCall(id, w, o))
}

func (t base) updateCall(id string, w Writable, o []WriteOptions) Call[any] {
	op := rest.Op{Name: "table.Update", Method: http.MethodPatch, Path: t.path(id), Replay: rest.Always}
	if err := checkID(id); err != nil {
		return Refused[any](t.invalid(op.Name, err))
	}
	return t.write(op, w, o)
}

// AddComment appends one comment to a task, which its caller sees. One request, never sent twice.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t base) AddComment(ctx context.Context, id, text string) error {
	_, err := t.updateCall(id, Changes{}.AddComment(text), echoOfID).Do(ctx)
	return err
}

// AddWorkNote appends one work note to a task, which only those who work on it see. One request, never sent twice.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t base) AddWorkNote(ctx context.Context, id, text string) error {
	_, err := t.updateCall(id, Changes{}.AddWorkNote(text), echoOfID).Do(ctx)
	return err
}

var echoOfID = []WriteOptions{{Read: ReadOptions{Fields: []string{sysID}}}}

// Delete removes a record. One request. A repetition after an unclear failure that finds nothing is a success.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t base) Delete(ctx context.Context, id string) error {
	_, err := t.DeleteCall(id).Do(ctx)
	return err
}

// DeleteCall is [Table.Delete] for a batch; its result is empty.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t base) DeleteCall(id string) Call[struct{}] {
	op := rest.Op{Name: "table.Delete", Method: http.MethodDelete, Path: t.path(id)}
	if err := errors.Join(t.err, checkID(id)); err != nil {
		return Refused[struct{}](t.invalid(op.Name, err))
	}
	return Call[struct{}]{conn: t.conn, op: op, read: func(send func(any) error) (struct{}, error) {
		err := send(nil)
		if e, ok := errors.AsType[*rest.Error](err); ok && errors.Is(err, rest.ErrNotFound) && e.Attempts > 1 {
			return struct{}{}, nil
		}
		return struct{}{}, err
	}}
}

func (t base) write(op rest.Op, w Writable, options []WriteOptions) Call[any] {
	o, err := only(options)
	sent, wrong := encode(w)
	if err = errors.Join(t.err, err, wrong, o.Read.check()); err != nil {
		return Refused[any](t.invalid(op.Name, err))
	}
	op.Body, op.Query = sent.json, o.values(t.plan, sent)
	switch {
	case o.Resend:
		op.Replay = rest.Always
	case sent.appends:
		op.Replay = rest.Never
	}
	return Call[any]{conn: t.conn, op: op, read: func(send func(any) error) (any, error) {
		var echo rows.Row
		if err := send(&echo); err != nil {
			return nil, err
		}
		made := newFiller(t.plan, nil)
		id, err := made.fill(echo)
		if err == nil && o.CheckEcho {
			err = sent.compare(t.name, id, echo)
		}
		return made.row, err
	}}
}

// only is the one value of a variadic options parameter.
func only[O any](options []O) (O, error) {
	var zero O
	switch len(options) {
	case 0:
		return zero, nil
	case 1:
		return options[0], nil
	}
	return zero, errors.New("give options once")
}

func (o WriteOptions) values(p *plan, sent body) url.Values {
	read := o.Read
	if o.CheckEcho {
		if read.Fields = read.columns(p); read.Fields != nil {
			for _, c := range sent.columns {
				if !slices.Contains(read.Fields, c.column) {
					read.Fields = append(read.Fields[:len(read.Fields):len(read.Fields)], c.column)
				}
			}
		}
	}
	v := read.values(p)
	if o.InputDisplay {
		v.Set("sysparm_input_display_value", "true")
	}
	if o.KeepSystemFields {
		v.Set("sysparm_suppress_auto_sys_field", "true")
	}
	return v
}

// compare finds the columns that the instance did not take. Journals always read back empty.
func (b body) compare(table, id string, echo []rows.Field) error {
	ignored := &IgnoredError{Table: table, SysID: id}
	for _, c := range b.columns {
		if c.journal {
			continue
		}
		i := slices.IndexFunc(echo, func(f rows.Field) bool { return f.Name == c.column })
		switch {
		case i < 0:
			ignored.Missing = append(ignored.Missing, c.column)
		case !c.sameAs(core{echo[i].Value}):
			ignored.Different = append(ignored.Different, c.column)
		}
	}
	if len(ignored.Missing)+len(ignored.Different) == 0 {
		return nil
	}
	return ignored
}

// sameAs compares as text; what was written as a display value comes back as either face.
func (c change) sameAs(echo core) bool {
	want := c.value.String()
	if c.value.has(isRaw) {
		want = strings.Trim(want, `"`)
	}
	return echo.String() == want || echo.Display() == want && want != ""
}
