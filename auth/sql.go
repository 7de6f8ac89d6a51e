package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
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
}

var _ TokenStore = (*SQLStore)(nil)

// NewSQLStore keeps records in db. Call [SQLStore.Migrate] before the first use, or run the files of
// [SQLStore.Migrations] with the host's own tool.
func NewSQLStore(db *sql.DB, dialect Dialect) *SQLStore { return &SQLStore{db: db, dialect: dialect} }

const columns = "token, connection, access_expiry, refresh_expiry, refused, failures, not_before, " +
	"lease_holder, lease_until, warned"

// Load implements TokenStore.
func (s *SQLStore) Load(ctx context.Context, tenant string) (Record, Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return Record{}, "", err
	}
	var row sqlRow
	query := s.dialect.bind("SELECT version, format, " + columns + " FROM servicenow_connection WHERE tenant = ?")
	err := s.db.QueryRowContext(ctx, query, tenant).Scan(
		&row.version, &row.format, &row.token, &row.connection, &row.accessExpiry, &row.refreshExpiry, &row.refused,
		&row.failures, &row.notBefore, &row.leaseHolder, &row.leaseUntil, &row.warned)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Record{}, "", ErrNotFound
	case err != nil:
		return Record{}, "", s.failed(ctx, err)
	case row.format > recordSchema:
		return Record{}, "", fmt.Errorf("auth: sql store: row of version %d: %w", row.format, ErrSchema)
	}
	return row.record(), Version(row.version), nil
}

// CompareAndSwap implements TokenStore.
func (s *SQLStore) CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return "", err
	}
	v := NewVersion()
	values := append([]any{string(v), recordSchema}, rowOf(r)...)
	query := s.dialect.insert()
	if old != "" {
		query = "UPDATE servicenow_connection SET version = ?, format = ?, token = ?, connection = ?, access_expiry = ?, " +
			"refresh_expiry = ?, refused = ?, failures = ?, not_before = ?, lease_holder = ?, lease_until = ?, warned = ? " +
			"WHERE tenant = ? AND version = ? AND format <= ?"
	}
	values = append(values, tenant)
	if old != "" {
		values = append(values, string(old), recordSchema)
	}
	n, err := s.exec(ctx, query, values...)
	if err == nil && n == 0 {
		err = ErrConflict
	}
	if err != nil {
		return "", err
	}
	return v, nil
}

// Delete implements TokenStore.
func (s *SQLStore) Delete(ctx context.Context, tenant string, old Version) error {
	if err := ready(ctx, tenant); err != nil {
		return err
	}
	n, err := s.exec(ctx, "DELETE FROM servicenow_connection WHERE tenant = ? AND version = ? AND format <= ?",
		tenant, string(old), recordSchema)
	if err != nil || n > 0 {
		return err
	}
	_, _, err = s.Load(ctx, tenant)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return ErrConflict
}

// exec runs one statement and returns how many rows it changed. A version always changes, so that databases which
// count changed rows and such which count matched ones agree.
func (s *SQLStore) exec(ctx context.Context, query string, values ...any) (int64, error) {
	res, err := s.db.ExecContext(ctx, s.dialect.bind(query), values...)
	if err != nil {
		return 0, s.failed(ctx, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, s.failed(ctx, err)
	}
	return n, nil
}

// failed prefers the context's error: drivers word a cancelled statement in their own ways.
func (s *SQLStore) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("auth: sql store: %w", err)
}

// sqlRow is a row as drivers scan it.
type sqlRow struct {
	version, refused, leaseHolder                      string
	format, failures                                   int
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

// rowOf is r in the order of columns.
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
