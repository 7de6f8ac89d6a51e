package servicenow

import (
	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/knowledge"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Client is one instance as one user sees it. It is safe for concurrent use and owns no goroutine, so there is nothing
// to close. Make one for each instance and user and keep it: its limits and its token belong to them.
type Client struct {
	Tables      *table.Service
	Cases       *casesvc.Service
	Accounts    *account.Service
	Attachments *attachment.Service
	Knowledge   *knowledge.Service
	Tasks       *Tasks
	Users       *Users
	Email       *Email

	conn *rest.Conn
}

// New checks its arguments and does no I/O. One option must say who calls: [WithCredential] or [WithBasicAuth].
func New(in Instance, opts ...Option) (*Client, error) {
	cfg := rest.Config{Instance: in}
	for _, opt := range opts {
		if err := opt(&cfg); err != nil {
			return nil, err
		}
	}
	conn, err := rest.New(cfg)
	if err != nil {
		return nil, err
	}
	tables := table.New(conn)
	return &Client{
		Tables:      tables,
		Cases:       casesvc.New(conn, tables),
		Accounts:    account.New(conn, tables),
		Attachments: attachment.New(conn, tables),
		Knowledge:   knowledge.New(conn, tables),
		Tasks:       newTasks(tables),
		Users:       newUsers(conn, tables),
		Email:       newEmail(conn),
		conn:        conn,
	}, nil
}

// Instance is the instance that c talks to.
func (c *Client) Instance() Instance { return c.conn.Instance() }

// Provisioner installs, verifies and removes the webhooks of a spec on the instance.
func (c *Client) Provisioner(opts ...provision.Option) *provision.Provisioner {
	return provision.New(c.conn, opts...)
}

// Doctor says why the webhooks of spec do not arrive. Set its other fields as far as the host can, and call Examine.
func (c *Client) Doctor(spec provision.Spec) provision.Doctor {
	return provision.Doctor{Conn: c.conn, Spec: spec}
}
