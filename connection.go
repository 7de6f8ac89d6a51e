package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// connection is what a [Connector] keeps for a tenant beside the token, in the same record of the store, so that a
// token and the state that follows from it move in one swap. Its text is as secret as the token.
type connection struct {
	Schema       int       `json:"v"`
	Settings     Settings  `json:"settings"`
	ClientSecret string    `json:"client_secret"`
	State        State     `json:"state"`
	Reason       string    `json:"reason,omitempty"`
	Remedy       string    `json:"remedy,omitempty"`
	Identity     Identity  `json:"identity,omitzero"`
	ConsentedAt  time.Time `json:"consented_at,omitzero"`
	// Consent is the state of the last consent that was finished: a callback that comes twice is told so.
	Consent string `json:"consent,omitempty"`
	// SigningSecret signs the instance's webhooks; OldSigningSecret is still accepted while a new one is introduced.
	SigningSecret    string `json:"signing_secret,omitempty"`
	OldSigningSecret string `json:"old_signing_secret,omitempty"`
	// RotatedAt is when the new one was made.
	RotatedAt time.Time `json:"rotated_at,omitzero"`
}

const connectionSchema = 1

// ErrNotConnected: nothing is kept for this tenant, or nobody has clicked Allow yet.
var ErrNotConnected = errors.New("this tenant is not connected")

func notConnected(tenant string) error { return fmt.Errorf("%w: %q", ErrNotConnected, tenant) }

func openConnection(r auth.Record) (connection, error) {
	var c connection
	if len(r.Connection) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(r.Connection, &c); err != nil {
		return c, fmt.Errorf("the kept connection cannot be read: %w", auth.ErrCorrupt)
	}
	if c.Schema > connectionSchema {
		return c, fmt.Errorf("the kept connection: %w", auth.ErrSchema)
	}
	c.Settings.ClientSecret = auth.NewSecret(c.ClientSecret)
	return c, nil
}

func (c connection) into(r *auth.Record) error {
	c.Schema = connectionSchema
	c.ClientSecret = c.Settings.ClientSecret.Reveal()
	b, err := json.Marshal(c)
	r.Connection = b
	return err
}

// load reads a tenant's connection; the zero connection when there is none.
func (c *Connector) load(ctx context.Context, tenant string) (connection, auth.Record, error) {
	r, _, err := c.cfg.Store.Load(ctx, tenant)
	if errors.Is(err, auth.ErrNotFound) {
		return connection{}, auth.Record{}, nil
	}
	if err != nil {
		return connection{}, auth.Record{}, err
	}
	conn, err := openConnection(r)
	return conn, r, err
}

// save changes a tenant's connection by compare-and-swap. change may run several times, and checks the transition.
func (c *Connector) save(ctx context.Context, tenant string, change func(*connection, *auth.Record) error) (connection, error) {
	var saved connection
	_, err := auth.Update(ctx, c.cfg.Store, tenant, func(r *auth.Record) error {
		conn, err := openConnection(*r)
		if err != nil {
			return err
		}
		if err := change(&conn, r); err != nil {
			return err
		}
		saved = conn
		return conn.into(r)
	})
	return saved, err
}

// move changes the state, or fails with ErrConflict.
func (c *connection) move(next State, reason, remedy string) error {
	state, err := c.State.to(next)
	if err != nil {
		return err
	}
	c.State, c.Reason, c.Remedy = state, reason, remedy
	return nil
}

// Identity is the user behind a connection's token: whom the instance names as the author of what the product writes.
type Identity struct {
	SysID    string `json:"sys_id"`
	UserName string `json:"user_name"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	TimeZone string `json:"time_zone,omitempty"` // empty: the instance's own
}

func identityOf(u table.User) Identity {
	return Identity{
		SysID: u.SysID.String(), UserName: u.UserName.String(), Name: u.Name.String(), Email: u.Email.String(),
		TimeZone: u.TimeZone.String(),
	}
}

// Status is what a product shows of a connection. It holds no secret.
type Status struct {
	Tenant   string
	Settings Settings
	State    State
	Reason   string // why a connection is degraded or must be authorized again
	Remedy   string // what to do about it
	Identity Identity
	// ConsentedAt is when somebody last clicked Allow.
	ConsentedAt time.Time
	// AccessExpiry and RefreshExpiry are when the tokens end; zero is unknown. The access token renews itself; when the
	// refresh token ends, the connection must be authorized again.
	AccessExpiry, RefreshExpiry time.Time
	// SharedWith are other tenants that are connected to the same instance with the same OAuth application and user. The
	// instance gives all of them one access token: when an admin revokes one, all need a new consent.
	SharedWith []string
}

func (c connection) status(tenant string, r auth.Record) Status {
	s := Status{
		Tenant: tenant, Settings: c.Settings, State: c.State, Reason: c.Reason, Remedy: c.Remedy, Identity: c.Identity,
		ConsentedAt: c.ConsentedAt, AccessExpiry: r.AccessExpiry, RefreshExpiry: r.RefreshExpiry,
	}
	s.Settings.ClientSecret = auth.Secret{}
	return s
}
