package servicenow_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// What this module has no method for goes the way of every other call.
func TestRequestsOfTheHostsOwn(t *testing.T) {
	server, sn := pullWorld(t, servicenowtest.WithRateLimit(servicenowtest.RateLimit{API: "Table API", PerHour: 100}))
	id := insert(t, server, "incident", map[string]string{"short_description": "one"})
	path := []string{"api", "now", "v2", "table", "incident"}

	var rows []struct {
		Text string `json:"short_description"`
	}
	meta, err := sn.Do(t.Context(), servicenow.Request{Path: path, Query: url.Values{"sysparm_limit": {"5"}}}, &rows)
	if err != nil || len(rows) != 1 || rows[0].Text != "one" || meta.Status != http.StatusOK || meta.Total != 1 ||
		meta.TransactionID == "" || meta.RateLimit.Limit != 100 || meta.RateLimit.Reset.IsZero() {
		t.Errorf("%+v, %+v, %v", rows, meta, err)
	}
	change := servicenow.Request{Method: http.MethodPatch, Path: append(path, id), Body: map[string]string{"short_description": "two"}}
	if _, err := sn.Do(t.Context(), change, nil); err != nil || server.Rows("incident", "")[0]["short_description"] != "two" {
		t.Errorf("change: %v", err)
	}
	answer, err := sn.Open(t.Context(), servicenow.Request{Path: append(path, id), Accept: "application/json"})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(answer.Body); err != nil || len(b) == 0 || answer.Body.Close() != nil {
		t.Errorf("%q, %v", b, err)
	}
	for name, r := range map[string]servicenow.Request{
		"a path that climbs": {Path: append(path, "..", "..", "oauth_token.do")},
		"no path":            {},
		"a token of its own": {Path: path, Header: http.Header{"Authorization": {"Bearer x"}}},
		"a missing record":   {Path: append(path, "a/b?c")},
	} {
		_, err := sn.Do(t.Context(), r, nil)
		if e, ok := errors.AsType[*servicenow.Error](err); !ok || !errors.Is(err, servicenow.ErrInvalid) && e.Status != http.StatusNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The doctor of a tenant hears of its own deliveries only.
func TestDoctorOfATenant(t *testing.T) {
	recent := webhook.NewRecent(10)
	d := newDesk(t, func(c *servicenow.ConnectorConfig) {
		c.WebhookURL, c.Webhooks = "https://app.example.com/hooks/{tenant}", provision.Settings{Vendor: "x_acme"}
		c.OnDelivery = recent.Observe
	})
	if _, err := d.connector.Doctor(t.Context(), "t1"); !errors.Is(err, servicenow.ErrNotConnected) {
		t.Errorf("before: %v", err)
	}
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	d.connect("t1")
	doctor, err := d.connector.Doctor(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	recent.Observe(t.Context(), webhook.Delivery{Tenant: "t2", Status: http.StatusOK})
	doctor.Deliveries = recent.Of("t1")
	if got, err := doctor.Deliveries(t.Context(), time.Time{}); err != nil || len(got) != 0 {
		t.Errorf("deliveries of another tenant: %v, %v", got, err)
	}
	diagnosis, err := doctor.Examine(t.Context())
	if err != nil || !diagnosis.Healthy() {
		t.Errorf("%v\n%s", err, diagnosis)
	}
}
