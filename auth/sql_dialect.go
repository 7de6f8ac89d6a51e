package auth

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/sqlstore"
)

// Dialect says which database a [SQLStore] talks to. It prints as the database's name in lower case.
type Dialect = sqlstore.Dialect

// The databases of a SQLStore.
const (
	PostgreSQL = sqlstore.PostgreSQL
	MySQL      = sqlstore.MySQL // and MariaDB
	SQLite     = sqlstore.SQLite
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the statements that make and change the store's tables, in order, one statement in each: for hosts
// that migrate with their own tool. Each may run twice.
func (s *SQLStore) Migrations() ([]string, error) {
	list, err := sqlstore.Migrations(migrations, s.dialect)
	return list, sqlError(err)
}

// Migrate makes the store's table if it is not there. All replicas may call it at their start.
func (s *SQLStore) Migrate(ctx context.Context) error {
	return sqlError(sqlstore.Migrate(ctx, s.db, s.dialect, migrations))
}

// sqlError says in the words of stores what the database answered.
func sqlError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqlstore.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, sqlstore.ErrConflict):
		return ErrConflict
	case errors.Is(err, sqlstore.ErrFormat):
		return fmt.Errorf("auth: sql store: %w", ErrSchema)
	case errors.Is(err, sqlstore.ErrDialect):
		return fmt.Errorf("auth: sql store: %w: %w", err, rest.ErrInvalid)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("auth: sql store: %w", err)
}
