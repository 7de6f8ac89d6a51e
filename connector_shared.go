package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

// An instance gives one access token to a user and an application, however many consents there were: connections that
// have both in common fall together when one of them revokes it. Who they are stands in records of the token store
// beside those of the tenants, one for each instance, application and user. Such a record is a hint: each name in it is
// looked up before it counts, so that one that a crash left behind does no harm.

// sharedPrefix begins the keys of these records. No tenant may begin so.
const sharedPrefix = "servicenow/shared/"

// sharers is the Connection of such a record.
type sharers struct {
	Schema  int      `json:"v"`
	Tenants []string `json:"tenants"`
}

// sharedKey is where the connections of c's user are noted; ok is false while the user is not known.
func (c connection) sharedKey() (key string, ok bool) {
	s := c.Settings
	return sharedPrefix + digest(s.Instance.Host()+"\x00"+s.ClientID+"\x00"+c.Identity.SysID), c.Identity.SysID != ""
}

func openSharers(r auth.Record) (s sharers, err error) {
	if len(r.Connection) == 0 {
		return s, nil
	}
	if json.Unmarshal(r.Connection, &s) != nil {
		return s, fmt.Errorf("the record of shared connections: %w", auth.ErrCorrupt)
	}
	if s.Schema > connectionSchema {
		return s, fmt.Errorf("the record of shared connections: %w", auth.ErrSchema)
	}
	return s, nil
}

// changeSharers changes the names in one record, and removes a record without names.
func (c *Connector) changeSharers(ctx context.Context, key string, change func([]string) []string) error {
	for {
		r, version, err := c.cfg.Store.Load(ctx, key)
		if err != nil && !errors.Is(err, auth.ErrNotFound) {
			return err
		}
		s, err := openSharers(r)
		if err != nil {
			return err
		}
		was := slices.Clone(s.Tenants)
		s.Schema, s.Tenants = connectionSchema, change(s.Tenants)
		switch {
		case slices.Equal(was, s.Tenants):
			return nil
		case len(s.Tenants) == 0:
			err = c.cfg.Store.Delete(ctx, key, version)
		default:
			if r.Connection, err = json.Marshal(s); err != nil {
				return err
			}
			_, err = c.cfg.Store.CompareAndSwap(ctx, key, version, r)
		}
		if !errors.Is(err, auth.ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// share notes a tenant whose user is known, and tells the log when it is not alone.
func (c *Connector) share(ctx context.Context, tenant string, conn connection) error {
	key, ok := conn.sharedKey()
	if !ok {
		return nil
	}
	err := c.changeSharers(ctx, key, func(tenants []string) []string {
		if !slices.Contains(tenants, tenant) {
			tenants = append(tenants, tenant)
		}
		return tenants
	})
	if err != nil || c.cfg.Logger == nil {
		return err
	}
	others, err := c.sharedWith(ctx, tenant, conn)
	if len(others) > 0 {
		c.cfg.Logger.WarnContext(ctx, "this user is connected more than once with the same OAuth application",
			"tenant", tenant, "instance", conn.Settings.Instance.Host(), "others", others)
	}
	return err
}

// unshare strikes a tenant off.
func (c *Connector) unshare(ctx context.Context, tenant string, conn connection) error {
	key, ok := conn.sharedKey()
	if !ok {
		return nil
	}
	return c.changeSharers(ctx, key, func(tenants []string) []string {
		return slices.DeleteFunc(tenants, func(t string) bool { return t == tenant })
	})
}

// sharedWith are the other tenants whose connections have conn's instance, application and user, in alphabetical order.
func (c *Connector) sharedWith(ctx context.Context, tenant string, conn connection) ([]string, error) {
	key, ok := conn.sharedKey()
	if !ok {
		return nil, nil
	}
	r, _, err := c.cfg.Store.Load(ctx, key)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	noted, err := openSharers(r)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, other := range noted.Tenants {
		if other == tenant {
			continue
		}
		theirs, _, err := c.load(ctx, other)
		if err != nil {
			return nil, err
		}
		if k, ok := theirs.sharedKey(); ok && k == key {
			others = append(others, other)
		}
	}
	slices.Sort(others)
	return others, nil
}

// checkTenant refuses names that no store keeps, and those of the records beside the tenants.
func checkTenant(tenant string) error {
	if strings.HasPrefix(tenant, sharedPrefix) {
		return fmt.Errorf("a tenant must not begin with %s: %w", sharedPrefix, auth.ErrTenant)
	}
	return auth.CheckTenant(tenant)
}
