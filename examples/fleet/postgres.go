package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// postgresEngine keeps everything in one database, for those who have only that. The stores are the SDK's own; the
// queue and the log of changes are a table each. No transaction is open while an instance is called.
type postgresEngine struct {
	db          *sql.DB
	tokens      *auth.SQLStore
	checkpoints *table.SQLCheckpoints
	inbox       *webhook.SQLInbox
	c           config
}

const postgresTables = `
SELECT pg_advisory_xact_lock(2891044519230207);
CREATE TABLE IF NOT EXISTS fleet_queue (
	tenant TEXT COLLATE "C" PRIMARY KEY,
	due    TIMESTAMPTZ NOT NULL DEFAULT now(),
	taken  BIGINT      NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS fleet_queue_due ON fleet_queue (due);
CREATE TABLE IF NOT EXISTS fleet_change (
	sequence BIGSERIAL PRIMARY KEY,
	tenant   TEXT COLLATE "C" NOT NULL,
	tbl      TEXT NOT NULL,
	sys_id   TEXT NOT NULL,
	version  TEXT NOT NULL,
	body     JSONB NOT NULL
);
CREATE INDEX IF NOT EXISTS fleet_change_record ON fleet_change (tenant, tbl, sys_id, sequence DESC)`

func openPostgres(ctx context.Context, c config) (engine, error) {
	db, err := sql.Open("pgx", c.dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(c.pulls + 2)
	e := &postgresEngine{
		db: db, tokens: auth.NewSQLStore(db, auth.PostgreSQL), checkpoints: table.NewSQLCheckpoints(db, table.PostgreSQL), c: c,
	}
	e.inbox, err = webhook.NewSQLInbox(db, webhook.PostgreSQL, 0)
	if err == nil {
		err = errors.Join(e.tokens.Migrate(ctx), e.checkpoints.Migrate(ctx), e.inbox.Migrate(ctx))
	}
	if err == nil {
		_, err = db.ExecContext(ctx, postgresTables) // several statements in one message are one transaction
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return e, nil
}

func (e *postgresEngine) Close() { _ = e.db.Close() }

func (e *postgresEngine) Tokens() auth.TokenStore            { return e.tokens }
func (e *postgresEngine) Checkpoints() table.CheckpointStore { return e.checkpoints }
func (e *postgresEngine) Inbox() webhook.Inbox               { return e.inbox }

func (e *postgresEngine) Enqueue(ctx context.Context, tenant string) error {
	return e.exec(ctx, "INSERT INTO fleet_queue (tenant) VALUES ($1) ON CONFLICT DO NOTHING", tenant)
}

// takeJob moves the job that is due out of the others' sight for one lease. Those who come at the same moment skip it.
// taken tells one holder from the next.
const takeJob = `
UPDATE fleet_queue SET due = now() + $1 * interval '1 millisecond', taken = taken + 1
WHERE tenant = (SELECT tenant FROM fleet_queue WHERE due <= now() ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING tenant, taken`

func (e *postgresEngine) Next(ctx context.Context) (*job, error) {
	var tenant string
	var taken int64
	err := e.db.QueryRowContext(ctx, takeJob, e.c.lease.Milliseconds()).Scan(&tenant, &taken)
	if errors.Is(err, sql.ErrNoRows) {
		pause(ctx, 200*time.Millisecond)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	later := func(ctx context.Context, d time.Duration) error {
		return e.exec(ctx, "UPDATE fleet_queue SET due = now() + $3 * interval '1 millisecond' WHERE tenant = $1 AND taken = $2",
			tenant, taken, d.Milliseconds())
	}
	return &job{
		tenant: tenant, again: taken > 1, later: later,
		beat: func(ctx context.Context) error { return later(ctx, e.c.lease) },
		done: func(ctx context.Context) error {
			return e.exec(ctx, "DELETE FROM fleet_queue WHERE tenant = $1 AND taken = $2", tenant, taken)
		},
	}, nil
}

func (e *postgresEngine) Queued(ctx context.Context) (n int, err error) {
	return n, e.db.QueryRowContext(ctx, "SELECT count(*) FROM fleet_queue").Scan(&n)
}

// storeChanges leaves out what is the last version of its record already.
const storeChanges = `
INSERT INTO fleet_change (tenant, tbl, sys_id, version, body)
SELECT m.tenant, m."table", m.sys_id, m.version, m.body
FROM (SELECT b.body, r.* FROM json_array_elements($1::json) AS b(body),
	json_to_record(b.body) AS r(tenant text, "table" text, sys_id text, version text)) AS m
WHERE m.version IS DISTINCT FROM (SELECT c.version FROM fleet_change c
	WHERE c.tenant = m.tenant AND c.tbl = m."table" AND c.sys_id = m.sys_id ORDER BY c.sequence DESC LIMIT 1)`

// Publish has no need to be told when to ask: it always looks, under a lock of the tenant, so that two publishers see
// each other's changes. It tries again until the database has them.
func (e *postgresEngine) Publish(ctx context.Context, batch []message, _ bool) error {
	if len(batch) == 0 {
		return nil
	}
	body, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	for {
		err := e.store(ctx, batch[0].Tenant, string(body))
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause(ctx, 200*time.Millisecond)
	}
}

func (e *postgresEngine) store(ctx context.Context, tenant, batch string) error {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", tenant); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, storeChanges, batch); err != nil {
		return err
	}
	return tx.Commit()
}

func (e *postgresEngine) Published(ctx context.Context, f func(message) error) error {
	rows, err := e.db.QueryContext(ctx, "SELECT body FROM fleet_change ORDER BY sequence")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var body []byte
		var m message
		if err := rows.Scan(&body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &m); err != nil {
			return err
		}
		if err := f(m); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *postgresEngine) exec(ctx context.Context, query string, values ...any) error {
	_, err := e.db.ExecContext(ctx, query, values...)
	return err
}
