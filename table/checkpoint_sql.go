package table

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/sqlstore"
)

// SQLCheckpoints keeps one row for each key in the table servicenow_checkpoint of a PostgreSQL, MySQL, MariaDB or SQLite
// database, which all replicas share. Each method is one statement; no transaction is open between calls.
//
// This package imports no driver: the host opens the database with its own. A PostgreSQL database must be encoded in
// UTF-8. For SQLite, give the driver a busy time-out, and write-ahead logging where processes share the file.
//
// A host that keeps the rows of a feed in the same database does better without: it stores the checkpoint in the
// transaction that stores the rows.
type SQLCheckpoints struct {
	db      *sql.DB
	dialect Dialect
	rows    *sqlstore.Table
}

var _ CheckpointStore = (*SQLCheckpoints)(nil)

// Dialect says which database a [SQLCheckpoints] talks to; it is the same type as that of auth's store. It prints as the
// database's name in lower case.
type Dialect = sqlstore.Dialect

// The databases of SQLCheckpoints.
const (
	PostgreSQL = sqlstore.PostgreSQL
	MySQL      = sqlstore.MySQL // and MariaDB
	SQLite     = sqlstore.SQLite
)

var checkpoints = sqlstore.Schema{
	Table: "servicenow_checkpoint", Key: "feed", Columns: []string{"checkpoint"}, Format: 1,
}

//go:embed migrations/*.sql
var migrations embed.FS

// NewSQLCheckpoints keeps checkpoints in db. Call [SQLCheckpoints.Migrate] before the first use, or run the files of
// [SQLCheckpoints.Migrations] with the host's own tool.
func NewSQLCheckpoints(db *sql.DB, dialect Dialect) *SQLCheckpoints {
	return &SQLCheckpoints{db: db, dialect: dialect, rows: sqlstore.New(db, dialect, checkpoints)}
}

// Migrations are the statements that make and change the store's table, in order, one statement in each. Each may run
// twice.
func (s *SQLCheckpoints) Migrations() ([]string, error) {
	list, err := sqlstore.Migrations(migrations, s.dialect)
	return list, sqlError(err)
}

// Migrate makes the store's table if it is not there. All replicas may call it at their start.
func (s *SQLCheckpoints) Migrate(ctx context.Context) error {
	return sqlError(sqlstore.Migrate(ctx, s.db, s.dialect, migrations))
}

// Load implements [CheckpointStore].
func (s *SQLCheckpoints) Load(ctx context.Context, key string) (string, CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", "", err
	}
	var text string
	v, err := s.rows.Load(ctx, key, &text)
	if err != nil {
		return "", "", sqlError(err)
	}
	return text, CheckpointVersion(v), nil
}

// CompareAndSwap implements [CheckpointStore].
func (s *SQLCheckpoints) CompareAndSwap(
	ctx context.Context, key string, old CheckpointVersion, text string,
) (CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", err
	}
	v := newCheckpointVersion()
	if err := s.rows.Swap(ctx, key, string(old), string(v), text); err != nil {
		return "", sqlError(err)
	}
	return v, nil
}

// Delete implements [CheckpointStore].
func (s *SQLCheckpoints) Delete(ctx context.Context, key string, old CheckpointVersion) error {
	if err := checkKey(ctx, key); err != nil {
		return err
	}
	return sqlError(s.rows.Delete(ctx, key, string(old)))
}

// sqlError says in the words of checkpoint stores what the database answered.
func sqlError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqlstore.ErrNotFound):
		return ErrNoCheckpoint
	case errors.Is(err, sqlstore.ErrConflict):
		return ErrCheckpointConflict
	case errors.Is(err, sqlstore.ErrFormat):
		return fmt.Errorf("table: checkpoints: %w", ErrCheckpointVersion)
	case errors.Is(err, sqlstore.ErrDialect):
		return fmt.Errorf("table: checkpoints: %w: %w", err, rest.ErrInvalid)
	}
	return fmt.Errorf("table: checkpoints: %w", err)
}
