package auth

import (
	"context"
	"database/sql"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/sqlstore"
)

// SQLStore keeps one row for each tenant in the table servicenow_connection of a PostgreSQL, MySQL, MariaDB or SQLite
// database. Each method is one statement: no transaction and no lock is held between calls, and none over a network
// call, so that it works behind a transaction pooler. Times are milliseconds since 1970.
//
// This package imports no driver: the host opens the database with its own. A PostgreSQL database must be encoded in
// UTF-8. For SQLite, give the driver a busy time-out, and write-ahead logging where processes share the file.
type SQLStore struct {
	db      *sql.DB
	dialect Dialect
	rows    *sqlstore.Table
}

var _ TokenStore = (*SQLStore)(nil)

// NewSQLStore keeps records in db. Call [SQLStore.Migrate] before the first use, or run the files of
// [SQLStore.Migrations] with the host's own tool.
func NewSQLStore(db *sql.DB, dialect Dialect) *SQLStore {
	return &SQLStore{db: db, dialect: dialect, rows: sqlstore.New(db, dialect, connections)}
}

var connections = sqlstore.Schema{
	Table: "servicenow_connection", Key: "tenant", Format: recordSchema,
	Columns: []string{
		"token", "connection", "access_expiry", "refresh_expiry", "refused", "failures", "not_before",
		"lease_holder", "lease_until", "warned",
	},
}

// Load implements TokenStore.
func (s *SQLStore) Load(ctx context.Context, tenant string) (Record, Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return Record{}, "", err
	}
	var row sqlRow
	v, err := s.rows.Load(ctx, tenant,
		&row.token, &row.connection, &row.accessExpiry, &row.refreshExpiry, &row.refused, &row.failures, &row.notBefore,
		&row.leaseHolder, &row.leaseUntil, &row.warned)
	if err != nil {
		return Record{}, "", sqlError(err)
	}
	return row.record(), Version(v), nil
}

// CompareAndSwap implements TokenStore.
func (s *SQLStore) CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return "", err
	}
	v := NewVersion()
	if err := s.rows.Swap(ctx, tenant, string(old), string(v), rowOf(r)...); err != nil {
		return "", sqlError(err)
	}
	return v, nil
}

// Delete implements TokenStore.
func (s *SQLStore) Delete(ctx context.Context, tenant string, old Version) error {
	if err := ready(ctx, tenant); err != nil {
		return err
	}
	return sqlError(s.rows.Delete(ctx, tenant, string(old)))
}

// sqlRow is a row as drivers scan it.
type sqlRow struct {
	refused, leaseHolder                               string
	failures                                           int
	warned                                             int64
	token, connection                                  []byte
	accessExpiry, refreshExpiry, notBefore, leaseUntil sql.NullInt64
}

func (row sqlRow) record() Record {
	return Record{
		Token: row.token, Connection: row.connection,
		AccessExpiry: timeOf(row.accessExpiry), RefreshExpiry: timeOf(row.refreshExpiry),
		Refused: Code(row.refused), Failures: row.failures, NotBefore: timeOf(row.notBefore),
		Lease: Lease{Holder: row.leaseHolder, Until: timeOf(row.leaseUntil)}, Warned: time.Duration(row.warned) * time.Second,
	}
}

// rowOf is r in the order of the columns.
func rowOf(r Record) []any {
	return []any{
		bytesOf(r.Token), bytesOf(r.Connection), millis(r.AccessExpiry), millis(r.RefreshExpiry), string(r.Refused),
		r.Failures, millis(r.NotBefore), r.Lease.Holder, millis(r.Lease.Until), int64(r.Warned / time.Second),
	}
}

func bytesOf(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

func millis(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: storedTime(t).UnixMilli(), Valid: true}
}

func timeOf(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMilli(n.Int64).UTC()
}
