package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// ErrDialect is for a Dialect that has no migrations.
var ErrDialect = errors.New("the database must be one of PostgreSQL, MySQL and SQLite")

// migrationLock names the lock under which replicas migrate, one after the other.
const migrationLock = 7316044519230211

// Migrations reads the statements that make and change a store's tables, in order: one in each of the files
// migrations/DIALECT_N.sql, N from 1 on. Each may run twice.
func Migrations(files fs.FS, d Dialect) ([]string, error) {
	var list []string
	for n := 1; ; n++ {
		b, err := fs.ReadFile(files, fmt.Sprintf("migrations/%s_%d.sql", d, n))
		switch {
		case err == nil:
			list = append(list, strings.TrimSuffix(strings.TrimSpace(string(b)), ";"))
		case len(list) == 0:
			return nil, fmt.Errorf("%s: %w", d, ErrDialect)
		default:
			return list, nil
		}
	}
}

// Migrate runs the migrations. All replicas may do so at their start.
func Migrate(ctx context.Context, db *sql.DB, d Dialect, files fs.FS) error {
	list, err := Migrations(files, d)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return failed(ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if d == PostgreSQL {
		// CREATE TABLE IF NOT EXISTS is not safe against itself there. The lock ends with the transaction.
		list = append([]string{"SELECT pg_advisory_xact_lock(" + strconv.Itoa(migrationLock) + ")"}, list...)
	}
	for _, statement := range list {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return failed(ctx, err)
		}
	}
	return failed(ctx, tx.Commit())
}
