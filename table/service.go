package table

import (
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Service reaches the tables of one instance as one user sees them. It is safe for concurrent use.
type Service struct{ conn *rest.Conn }

// New is called by the root package, which makes the connection.
func New(conn *rest.Conn) *Service { return &Service{conn: conn} }

// Table is one table whose rows are read as T. It is a small value; make one where you need it with [Of].
// It is safe for concurrent use.
type Table[T any] struct{ base }

// base is a table whose rows are whatever its plan says, as pointers behind an any. Everything long is written for
// base, so that it is compiled once and not once for each row type; Table only puts the type back.
type base struct {
	conn *rest.Conn
	name string
	plan *plan
	err  error // a wrong name or type; every call reports it
}

// Of names a table and the type that its rows are read as: a row type of this package, a struct of your own, or
// [Record]. It does no I/O; a name that cannot be one is reported by every call.
//
// The fields of a struct are matched by their json tags. Cells keep apart what was not sent from what is empty; fields
// of type string, bool, int and so on work too and do not. Structs embedded in it count as if their fields stood in
// it; columns without a field go to a field of type [Extra], if there is one.
func Of[T any](s *Service, name string) Table[T] {
	t := Table[T]{base{conn: s.conn, name: name}}
	if t.err = checkTable(name); t.err == nil {
		t.plan, t.err = planOf[T]()
	}
	return t
}

// Name is the table's name.
func (t base) Name() string { return t.name }

// unboxed is the row behind the pointer in box, and the zero T where there is none.
func unboxed[T any](box any) T {
	if row, ok := box.(*T); ok {
		return *row
	}
	var none T
	return none
}

// recordID is what a sys_id may be in a path. It is usually 32 hexadecimal digits, but not always.
var recordID = ident.Named(`^[A-Za-z0-9_.-]+$`, 1, 64)

func checkID(id string) error {
	if recordID.MatchString(id) {
		return nil
	}
	return fmt.Errorf("%.64q is not a sys_id", id)
}

// invalid is the error for what is wrong before anything is sent.
func (t base) invalid(op string, why error) error {
	return &rest.Error{Op: op, Class: rest.ErrInvalid, Err: fmt.Errorf("table %.80q: %w", t.name, why)}
}

func (t base) path(id ...string) []string {
	return append([]string{"api", "now", "v2", "table", t.name}, id...)
}
