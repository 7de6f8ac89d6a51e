package auth

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Dialect says which database a [SQLStore] talks to.
type Dialect uint8

// The databases of a SQLStore.
const (
	PostgreSQL Dialect = iota + 1
	MySQL              // and MariaDB
	SQLite
)

// String is the database's name in lower case.
func (d Dialect) String() string {
	switch d {
	case PostgreSQL:
		return "postgresql"
	case MySQL:
		return "mysql"
	case SQLite:
		return "sqlite"
	}
	return "unknown dialect"
}

// bind replaces the question marks of a statement where the database wants numbers. No statement has one in a text.
func (d Dialect) bind(query string) string {
	if d != PostgreSQL {
		return query
	}
	var b strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}

// insert is the statement that creates a row and changes nothing where there is one.
func (d Dialect) insert() string {
	const into = "INTO servicenow_connection (version, format, " + columns + ", tenant) " +
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	if d == MySQL {
		return "INSERT IGNORE " + into
	}
	return "INSERT " + into + " ON CONFLICT (tenant) DO NOTHING"
}

//go:embed migrations/*.sql
var migrations embed.FS

// schemaVersion is the number of the newest migration.
const schemaVersion = 1

// migrationLock names the lock under which replicas migrate, one after the other.
const migrationLock = 7316044519230211

// Migrations are the statements that make and change the store's tables, in order, one statement in each: for hosts
// that migrate with their own tool. Each may run twice.
func (s *SQLStore) Migrations() ([]string, error) {
	var list []string
	for n := 1; n <= schemaVersion; n++ {
		b, err := migrations.ReadFile(fmt.Sprintf("migrations/%s_%d.sql", s.dialect, n))
		if err != nil {
			return nil, fmt.Errorf("auth: sql store: %s: %w", s.dialect, rest.ErrInvalid)
		}
		list = append(list, strings.TrimSuffix(strings.TrimSpace(string(b)), ";"))
	}
	return list, nil
}

// Migrate makes the store's table if it is not there. All replicas may call it at their start.
func (s *SQLStore) Migrate(ctx context.Context) error {
	list, err := s.Migrations()
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.failed(ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if s.dialect == PostgreSQL {
		// CREATE TABLE IF NOT EXISTS is not safe against itself there. The lock ends with the transaction.
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock("+strconv.Itoa(migrationLock)+")"); err != nil { //nolint:gosec // a constant
			return s.failed(ctx, err)
		}
	}
	for _, statement := range list {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return s.failed(ctx, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return s.failed(ctx, err)
	}
	return nil
}
