// Package roomtest connects tests of the rooms to an embedded instance: one that keeps what it is told, with its access
// rules and its journals, over HTTP. Only tests import it.
package roomtest

import (
	"fmt"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// Instance is an embedded instance, and what the stock integration user reaches of it.
type Instance struct {
	*servicenowtest.Server
	*servicenow.Client

	tb testing.TB
}

// New starts an instance without sample data.
func New(tb testing.TB, opts ...servicenowtest.Option) *Instance {
	tb.Helper()
	in := &Instance{Server: servicenowtest.NewServer(tb, opts...), tb: tb}
	in.Client = in.Connect(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	return in
}

// Start is New for examples, which have nobody to fail. What it returns beside the client ends the instance.
func Start(opts ...servicenowtest.Option) (*Instance, *servicenow.Client) {
	s, err := servicenowtest.Start(opts...)
	if err != nil {
		panic(err)
	}
	in := &Instance{Server: s, tb: panicking{}}
	in.Client = in.Connect(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	return in, in.Client
}

// panicking stands for a test where there is none.
type panicking struct{ testing.TB }

func (panicking) Helper()          {}
func (panicking) Fatal(why ...any) { panic(fmt.Sprint(why...)) }

// Connect is what another user reaches.
func (in *Instance) Connect(user, password string) *servicenow.Client {
	in.tb.Helper()
	sn, err := servicenow.New(in.Server.Instance(), servicenow.WithBasicAuth(user, password),
		servicenow.WithHTTPClient(in.HTTPClient()))
	if err != nil {
		in.tb.Fatal(err)
	}
	return sn
}

// Insert makes a record as the instance's own people do.
func (in *Instance) Insert(table string, values map[string]string) (sysID string) {
	in.tb.Helper()
	id, err := in.As("system").Insert(table, values)
	if err != nil {
		in.tb.Fatal(err)
	}
	return id
}
