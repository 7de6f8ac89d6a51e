package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Dialect says which database an [SQLInbox] talks to.
type Dialect uint8

// The databases of an SQLInbox.
const (
	PostgreSQL Dialect = iota + 1
	MySQL              // and MariaDB
	SQLite
)

// SQLInbox keeps ids in the table servicenow_inbox, shared by all replicas. Claim, Confirm and Release are one statement
// each; only a repeat costs two more, to tell done from busy and to take over what a dead process left. Times are
// milliseconds since 1970. The package imports no driver.
type SQLInbox struct {
	db      *sql.DB
	dialect Dialect
	lease   time.Duration
}

var _ Inbox = (*SQLInbox)(nil)

// NewSQLInbox keeps ids in db. A claim that is neither confirmed nor released is free again after lease; zero is
// DefaultLease. Call [SQLInbox.Migrate] once, and [SQLInbox.Purge] now and then.
func NewSQLInbox(db *sql.DB, dialect Dialect, lease time.Duration) (*SQLInbox, error) {
	if db == nil || dialect < PostgreSQL || dialect > SQLite {
		return nil, errors.New("webhook: an SQL inbox needs a database and its dialect")
	}
	if lease <= 0 {
		lease = DefaultLease
	}
	return &SQLInbox{db: db, dialect: dialect, lease: lease}, nil
}

// The key is compared byte by byte in all databases. The lengths are those of MySQL's longest index of the old format.
// Purge goes by the index, so that it locks no more rows than it removes.
var inboxTables = map[Dialect][]string{
	PostgreSQL: {
		`CREATE TABLE IF NOT EXISTS servicenow_inbox (tenant TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL,
			done BOOLEAN NOT NULL, claimed BIGINT NOT NULL, PRIMARY KEY (tenant, id))`,
		`CREATE INDEX IF NOT EXISTS servicenow_inbox_claimed ON servicenow_inbox (claimed)`,
	},
	MySQL: {`CREATE TABLE IF NOT EXISTS servicenow_inbox (tenant VARBINARY(255) NOT NULL, id VARBINARY(255) NOT NULL,
		done BOOLEAN NOT NULL, claimed BIGINT NOT NULL, PRIMARY KEY (tenant, id), KEY (claimed)) ENGINE = InnoDB`},
	SQLite: {
		`CREATE TABLE IF NOT EXISTS servicenow_inbox (tenant TEXT NOT NULL, id TEXT NOT NULL, done BOOLEAN NOT NULL,
			claimed INTEGER NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID`,
		`CREATE INDEX IF NOT EXISTS servicenow_inbox_claimed ON servicenow_inbox (claimed)`,
	},
}

// Migrations are the statements that make the table, in order, for hosts that migrate with their own tool. Each may run
// twice.
func (s *SQLInbox) Migrations() []string { return slices.Clone(inboxTables[s.dialect]) }

// Migrate makes the table if it is not there. All replicas may call it at their start.
func (s *SQLInbox) Migrate(ctx context.Context) error {
	statements := s.Migrations()
	if s.dialect == PostgreSQL {
		// CREATE TABLE IF NOT EXISTS is not safe against itself there. The lock ends with the transaction.
		statements = slices.Insert(statements, 0, "SELECT pg_advisory_xact_lock(7316044519230212)")
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return failed(ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return failed(ctx, err)
		}
	}
	return failed(ctx, tx.Commit())
}

// Claim implements [Inbox].
func (s *SQLInbox) Claim(ctx context.Context, tenant, id string) (Claim, error) {
	if len(tenant) > 255 || len(id) > 255 {
		return 0, errors.New("webhook: tenant or id too long for the inbox") // MySQL would cut them silently
	}
	now := time.Now().UnixMilli()
	n, err := s.exec(ctx, s.insert(), tenant, id, false, now)
	if err != nil || n > 0 {
		return Fresh, err
	}
	n, err = s.exec(ctx, "UPDATE servicenow_inbox SET claimed = ? WHERE tenant = ? AND id = ? AND done = ? AND claimed <= ?",
		now, tenant, id, false, now-s.lease.Milliseconds())
	if err != nil || n > 0 {
		return Fresh, err
	}
	var done bool
	query := s.bind("SELECT done FROM servicenow_inbox WHERE tenant = ? AND id = ?")
	err = s.db.QueryRowContext(ctx, query, tenant, id).Scan(&done) //nolint:gosec // a constant statement with bound values
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Busy, nil // released this very moment: the sender comes again
	case err != nil:
		return 0, failed(ctx, err)
	case done:
		return Done, nil
	}
	return Busy, nil
}

// insert changes nothing where there is a row. MySQL's IGNORE also swallows values that are too long, which Claim has
// refused before.
func (s *SQLInbox) insert() string {
	const into = "INTO servicenow_inbox (tenant, id, done, claimed) VALUES (?, ?, ?, ?)"
	if s.dialect == MySQL {
		return "INSERT IGNORE " + into
	}
	return "INSERT " + into + " ON CONFLICT (tenant, id) DO NOTHING"
}

// Confirm implements [Inbox].
func (s *SQLInbox) Confirm(ctx context.Context, tenant, id string) error {
	_, err := s.exec(ctx, "UPDATE servicenow_inbox SET done = ? WHERE tenant = ? AND id = ?", true, tenant, id)
	return err
}

// Release implements [Inbox].
func (s *SQLInbox) Release(ctx context.Context, tenant, id string) error {
	_, err := s.exec(ctx, "DELETE FROM servicenow_inbox WHERE tenant = ? AND id = ? AND done = ?", tenant, id, false)
	return err
}

// Purge forgets what was claimed longer ago than keep (zero is DefaultKeep), and tells how many ids that were. Keep them
// longer than the Verifier's tolerance, or a replay becomes news.
func (s *SQLInbox) Purge(ctx context.Context, keep time.Duration) (int64, error) {
	if keep <= 0 {
		keep = DefaultKeep
	}
	return s.exec(ctx, "DELETE FROM servicenow_inbox WHERE claimed < ?", time.Now().Add(-keep).UnixMilli())
}

func (s *SQLInbox) exec(ctx context.Context, query string, values ...any) (int64, error) {
	res, err := s.db.ExecContext(ctx, s.bind(query), values...) //nolint:gosec // constant statements with bound values
	if err != nil {
		return 0, failed(ctx, err)
	}
	n, err := res.RowsAffected()
	return n, failed(ctx, err)
}

// failed prefers the context's error: drivers word a cancelled statement in their own ways.
func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	return fmt.Errorf("webhook: sql inbox: %w", err)
}

// bind replaces the question marks where the database wants numbers. No statement has one in a text.
func (s *SQLInbox) bind(query string) string {
	if s.dialect != PostgreSQL {
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
