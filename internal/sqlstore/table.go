// Package sqlstore is what the stores over database/sql are made of: a table of rows with a version each, in which a
// change is a compare-and-swap. Each method is one statement: no transaction and no lock is held between calls, so that
// it works behind a transaction pooler. The package imports no driver.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// The answers of a Table that are no trouble of the database.
var (
	ErrNotFound = errors.New("there is no such row")
	ErrConflict = errors.New("the row was changed meanwhile")
	// ErrFormat is for a row that a newer release wrote. It stays as it is.
	ErrFormat = errors.New("row of a newer version")
)

// Schema describes a table: beside Key and Columns it has the columns version and format.
type Schema struct {
	Table   string
	Key     string   // the column of the primary key, at most 255 bytes long
	Columns []string // the others
	Format  int      // the newest format of rows that this release reads
}

// Table is one table of one database.
type Table struct {
	db      *sql.DB
	dialect Dialect
	schema  Schema
	// The statements.
	load, insert, update, remove string
}

// New does no I/O.
func New(db *sql.DB, d Dialect, s Schema) *Table {
	names := append([]string{"version", "format"}, s.Columns...)
	verb, otherwise := "INSERT ", " ON CONFLICT ("+s.Key+") DO NOTHING"
	if d == MySQL {
		verb, otherwise = "INSERT IGNORE ", "" // which also cuts what is too long: callers check the key
	}
	const match = " = ? AND version = ? AND format <= ?"
	return &Table{
		db: db, dialect: d, schema: s,
		load: bind(d, "SELECT "+strings.Join(names, ", ")+" FROM "+s.Table+" WHERE "+s.Key+" = ?"),
		insert: bind(d, verb+"INTO "+s.Table+" ("+strings.Join(names, ", ")+", "+s.Key+") VALUES ("+
			strings.Repeat("?, ", len(names))+"?)"+otherwise),
		update: bind(d, "UPDATE "+s.Table+" SET "+strings.Join(names, " = ?, ")+" = ? WHERE "+s.Key+match),
		remove: bind(d, "DELETE FROM "+s.Table+" WHERE "+s.Key+match),
	}
}

// Load scans the row's Columns into dest and returns its version, or ErrNotFound.
func (t *Table) Load(ctx context.Context, key string, dest ...any) (version string, err error) {
	var format int
	err = t.db.QueryRowContext(ctx, t.load, key).Scan(append([]any{&version, &format}, dest...)...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", ErrNotFound
	case err != nil:
		return "", failed(ctx, err)
	case format > t.schema.Format:
		return "", ErrFormat
	}
	return version, nil
}

// Swap writes values, in the order of Columns, as version next, if the row's version is old; otherwise ErrConflict. An
// empty old means that there must be no row.
func (t *Table) Swap(ctx context.Context, key, old, next string, values ...any) error {
	query, values := t.insert, append(append([]any{next, t.schema.Format}, values...), key)
	if old != "" {
		query, values = t.update, append(values, old, t.schema.Format)
	}
	n, err := t.exec(ctx, query, values...)
	if err == nil && n == 0 {
		return ErrConflict
	}
	return err
}

// Delete removes the row if its version is old, else ErrConflict. Nothing to delete is no error, and costs a look.
func (t *Table) Delete(ctx context.Context, key, old string) error {
	n, err := t.exec(ctx, t.remove, key, old, t.schema.Format)
	if err != nil || n > 0 {
		return err
	}
	var format int
	look := bind(t.dialect, "SELECT format FROM "+t.schema.Table+" WHERE "+t.schema.Key+" = ?")
	err = t.db.QueryRowContext(ctx, look, key).Scan(&format)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return failed(ctx, err)
	case format > t.schema.Format:
		return ErrFormat
	}
	return ErrConflict
}

// exec runs one statement and returns how many rows it changed. A version always changes, so that databases which
// count changed rows and such which count matched ones agree.
func (t *Table) exec(ctx context.Context, query string, values ...any) (int64, error) {
	res, err := t.db.ExecContext(ctx, query, values...)
	if err != nil {
		return 0, failed(ctx, err)
	}
	n, err := res.RowsAffected()
	return n, failed(ctx, err)
}

// failed prefers the context's error: drivers word a cancelled statement in their own ways.
func failed(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
