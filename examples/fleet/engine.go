package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// engine is what a fleet asks of the system that its workers share.
type engine interface {
	Tokens() auth.TokenStore
	Checkpoints() table.CheckpointStore
	Inbox() webhook.Inbox

	// Enqueue asks for a pull of tenant. Nothing happens while one is waiting or under way.
	Enqueue(ctx context.Context, tenant string) error
	// Next waits a while for a tenant to pull; nil is none. A job that nobody finishes within the lease comes again.
	Next(ctx context.Context) (*job, error)
	// Queued counts the tenants that are waiting or being pulled.
	Queued(ctx context.Context) (int, error)

	// Publish stores messages, no two of them about one record, and returns when all of them are safe. A message that is
	// the last one about its record already is not stored again. ask says that the messages may have been published
	// before, so long ago that the engine does not remember their ids by itself.
	Publish(ctx context.Context, batch []message, ask bool) error
	// Published calls f with every message, oldest first, as a consumer would read them.
	Published(ctx context.Context, f func(message) error) error

	Close()
}

// openEngine connects to an engine and makes there what is missing.
func openEngine(ctx context.Context, c config) (engine, error) {
	switch c.engine {
	case "nats":
		return openNATS(ctx, c)
	case "postgres":
		return openPostgres(ctx, c)
	}
	return nil, fmt.Errorf("-engine must be nats or postgres, it is %.40q", c.engine)
}

// job is one delivery of a tenant to pull.
type job struct {
	tenant string
	// again says that somebody had it before and did not finish.
	again bool
	beat  func(context.Context) error // it is still worked on
	done  func(context.Context) error
	later func(context.Context, time.Duration) error
}

// message is one version of one record of one tenant: what a fleet publishes.
type message struct {
	Tenant string `json:"tenant"`
	Table  string `json:"table"`
	SysID  string `json:"sys_id"`
	// Version is equal for equal versions: when it was updated and how often.
	Version   string          `json:"version"`
	Operation table.Operation `json:"operation"`
	Row       any             `json:"row,omitempty"`
}

func messageOf(tenant string, c servicenow.Change) message {
	version := c.UpdatedOn.UTC().Format("20060102150405") + "." + strconv.FormatInt(c.ModCount, 10)
	if c.Operation == table.Deleted {
		version = "deleted." + version
	}
	return message{
		Tenant: tenant, Table: c.Table, SysID: c.SysID, Version: version, Operation: c.Operation, Row: c.Row,
	}
}

// record names what the message is about.
func (m message) record() string { return m.Tenant + "\x00" + m.Table + "\x00" + m.SysID }
