package servicenow_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// complaint is what a customer would see: an error, or what Status or Test Connection says.
type complaint struct{ text, remedy string }

func complain(err error) complaint {
	if err == nil {
		return complaint{}
	}
	return complaint{err.Error(), servicenow.Remedy(err)}
}

func complainAbout(f servicenow.Finding) complaint { return complaint{f.Evidence, f.Remedy} }

// consenting is a whole consent, and how it ended.
func (d *desk) consenting(change func(*servicenow.Settings)) (servicenow.Status, error) {
	d.Helper()
	s := d.settings
	if change != nil {
		change(&s)
	}
	u, p, err := d.connector.Begin(d.Context(), "t1", s)
	if err != nil {
		return servicenow.Status{}, err
	}
	back, err := d.sn.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, true)
	if err != nil { // shown on a page; instances that send the browser back say it so
		_, code, _ := strings.Cut(err.Error(), "the instance shows: ")
		back = redirectURL + "?" + url.Values{"error": {code}, "state": {p.State}}.Encode()
	}
	callback, err := url.Parse(back)
	if err != nil {
		d.Fatal(err)
	}
	return d.connector.Complete(d.Context(), p, callback)
}

// found is what Test Connection says of one thing.
func (d *desk) found(id string) complaint {
	d.Helper()
	report, err := d.connector.Check(d.Context(), "t1")
	if err != nil {
		d.Fatal(err)
	}
	f, ok := report.Finding(id)
	if !ok || f.Verdict == servicenow.Pass {
		d.Errorf("%s is %q:\n%s", id, f.Verdict, report)
	}
	return complainAbout(f)
}

// Every row of the products' troubleshooting pages, played on an instance: the customer is told its remedy, and after it
// everything works.
func TestTroubleshooting(t *testing.T) {
	address := func(s string) func(*desk) complaint {
		return func(*desk) complaint { _, err := servicenow.ParseInstance(s); return complain(err) }
	}
	agent := func(d *desk) { d.settings.Capability = servicenow.TaskFamily }
	const domain = "instance_url must be a service-now.com or servicenowservices.com domain"
	for _, tt := range []struct {
		row     string
		before  func(*desk)           // how the trouble is made
		trouble func(*desk) complaint // what the customer does and sees
		text    string                // what the complaint says
		remedy  string                // and what to do about it
		after   func(*desk) error     // which is done, and helps
	}{
		{"another domain", nil, address("https://acme.example.com"), domain, "own address", nil},
		{"a vanity host", nil, address("https://support.acme.com"), domain, "not a custom or vanity host", nil},
		{"a look-alike", nil, address("https://acme.service-now.com.evil.test"), domain, "own address", nil},
		{"http instead of https", nil, address("http://acme.service-now.com"), "https", "https://", nil},
		{"a path", nil, address("https://acme.service-now.com/now"), "path", "https://acme.service-now.com", nil},
		{"a slash at the end", nil, address("https://acme.service-now.com/"), "slash", "https://acme.service-now.com", nil},

		{"invalid_client: another client id", nil, func(d *desk) complaint {
			_, err := d.consenting(func(s *servicenow.Settings) { s.ClientID = strings.Repeat("0", 32) })
			return complain(err)
		}, "", "client ID", func(d *desk) error { _, err := d.consenting(nil); return err }},
		{"invalid_client: a secret with a line break", nil, func(d *desk) complaint {
			_, err := d.consenting(func(s *servicenow.Settings) { s.ClientSecret = auth.NewSecret("abc\n") })
			return complain(err)
		}, "client_secret", "copy it again", func(d *desk) error { _, err := d.consenting(nil); return err }},
		{"invalid_client: a wrong secret", nil, func(d *desk) complaint {
			_, err := d.consenting(func(s *servicenow.Settings) { s.ClientSecret = auth.NewSecret("abc") })
			return complain(err)
		}, "", "client secret", func(d *desk) error { _, err := d.consenting(nil); return err }},
		{"invalid_client: an inactive application", func(d *desk) {
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.Inactive = true })
		}, func(d *desk) complaint { _, err := d.consenting(nil); return complain(err) }, "", "active", func(d *desk) error {
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.Inactive = false })
			_, err := d.consenting(nil)
			return err
		}},
		{"invalid_client: a secret that was regenerated", func(d *desk) {
			d.connect("t1")
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.ClientSecret = "regenerated" })
		}, func(d *desk) complaint { _, err := d.connector.Activate(d.Context(), "t1"); return complain(err) }, "", "client secret",
			func(d *desk) error {
				_, err := d.connector.UpdateCredentials(d.Context(), "t1", d.settings.ClientID, auth.NewSecret("regenerated"))
				return err
			}},

		{"the popup closes at once: another redirect URL is registered", func(d *desk) {
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) {
				c.RedirectURLs = []string{redirectURL + "/"}
			})
		}, func(d *desk) complaint { _, err := d.consenting(nil); return complain(err) }, "redirect_mismatch", "byte for byte",
			func(d *desk) error {
				d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.RedirectURLs = []string{redirectURL} })
				_, err := d.consenting(nil)
				return err
			}},

		{"insufficient privileges", func(d *desk) {
			agent(d)
			d.sn.RevokeRoles(servicenowtest.IntegrationUser, "itil")
		}, func(d *desk) complaint {
			status, err := d.consenting(nil)
			if err != nil || status.State != servicenow.Degraded {
				d.Errorf("%s, %v: want degraded", status.State, err)
			}
			return complaint{status.Reason, status.Remedy}
		}, "", "role itil", func(d *desk) error {
			d.sn.GrantRoles(servicenowtest.IntegrationUser, "itil")
			_, err := d.connector.Activate(d.Context(), "t1")
			return err
		}},

		{"403 when an e-mail is sent", func(d *desk) {
			d.connect("t1")
			d.sn.RevokeRoles(servicenowtest.IntegrationUser, "email_api_send")
		}, func(d *desk) complaint { return complain(d.mail()) }, "403", "role email_api_send", func(d *desk) error {
			d.sn.GrantRoles(servicenowtest.IntegrationUser, "email_api_send")
			return d.mail()
		}},

		{"webhooks do not arrive: the rule is gone", func(d *desk) {
			d.withHooks()
			d.strike("sys_script", "nameSTARTSWITHx_acme")
		}, func(d *desk) complaint { return d.found("webhooks") }, "webhook", "Business Rule", (*desk).activate},
		{"webhooks do not arrive: the property is gone", func(d *desk) {
			d.withHooks()
			d.strike("sys_properties", "name=x_acme.callback_url")
		}, func(d *desk) complaint { return d.found("webhooks") }, "callback_url", "callback property", (*desk).activate},
		{"webhooks do not arrive: the rule is inactive", func(d *desk) {
			d.withHooks()
			rule := d.sn.Rows("sys_script", "nameSTARTSWITHx_acme")[0]
			if err := d.sn.As("admin").Update("sys_script", rule["sys_id"], map[string]string{"active": "false"}); err != nil {
				d.Fatal(err)
			}
		}, func(d *desk) complaint { return d.found("webhooks") }, "edited", "active", (*desk).activate},

		{"the address is not on the allow list", func(d *desk) {
			d.connect("t1")
			d.sn.Fault(servicenowtest.When{Path: "/api"}, servicenowtest.Unavailable(http.StatusForbidden))
		}, func(d *desk) complaint { return d.found("identity") }, "403", "IP address access control", (*desk).activateAgain},
		{"the instance cannot be reached", func(d *desk) {
			d.connect("t1")
			d.sn.Fault(servicenowtest.When{Path: "/api"}, servicenowtest.ResetBefore())
		}, func(d *desk) complaint { return d.found("reachable") }, "", "port 443", (*desk).activateAgain},

		{"the token has ended", func(d *desk) {
			d.connect("t1")
			d.sn.RevokeTokens(d.settings.ClientID, servicenowtest.IntegrationUser)
		}, func(d *desk) complaint { return d.found("token") }, "", "connect again", func(d *desk) error {
			if got := d.state("t1"); got != servicenow.NeedsReauthorization {
				d.Errorf("state %q, want needs_reauthorization", got)
			}
			u, p, err := d.connector.Reconnect(d.Context(), "t1") // Re-generate Token
			if err != nil {
				return err
			}
			_, err = d.connector.Complete(d.Context(), p, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
			return err
		}},
		{"the consent is denied", nil, func(d *desk) complaint {
			u, p, err := d.connector.Begin(d.Context(), "t1", d.settings)
			if err != nil {
				return complain(err)
			}
			back, _ := d.sn.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, false)
			callback, _ := url.Parse(back)
			_, err = d.connector.Complete(d.Context(), p, callback)
			if !errors.Is(err, auth.ErrAccessDenied) {
				d.Errorf("%v, want ErrAccessDenied", err)
			}
			return complain(err)
		}, "access_denied", "choose Allow", func(d *desk) error { _, err := d.consenting(nil); return err }},
		{"an auth scope is missing", func(d *desk) {
			d.connect("t1")
			d.sn.AddAccessPolicy(servicenowtest.AccessPolicy{API: "Account API", Scope: "accounts"})
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.Scopes = []string{"other"} })
		}, func(d *desk) complaint { return d.found("api:account:read") }, "scope", "auth scope", func(d *desk) error {
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.Scopes = []string{"accounts"} })
			return d.activate()
		}},
		{"token restriction without an access policy", func(d *desk) {
			d.connect("t1")
			d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.EnforceTokens = true })
			for _, api := range []string{"Table API", "Case API", "Attachment API"} {
				d.sn.AddAccessPolicy(servicenowtest.AccessPolicy{API: api, Allow: []servicenowtest.AuthKind{servicenowtest.AuthOAuth}})
			}
		}, func(d *desk) complaint { return d.found("api:account:read") }, "403", "all methods", func(d *desk) error {
			d.sn.AddAccessPolicy(servicenowtest.AccessPolicy{API: "Account API", Allow: []servicenowtest.AuthKind{servicenowtest.AuthOAuth}})
			return d.activate()
		}},
		{"a table that is not granted", func(d *desk) {
			d.connect("t1")
			d.sn.RevokeRoles(servicenowtest.IntegrationUser, "csm_ws_integration", "sn_customerservice_agent")
		}, func(d *desk) complaint { return d.found("table:customer_contact:read") }, "", "csm_ws_integration", func(d *desk) error {
			d.sn.GrantRoles(servicenowtest.IntegrationUser, "csm_ws_integration", "sn_customerservice_agent")
			return d.activate()
		}},
		{"the instance is asleep", func(d *desk) {
			d.connect("t1")
			d.sn.Fault(servicenowtest.When{}, servicenowtest.Hibernating())
		}, func(d *desk) complaint { return d.found("reachable") }, "", "wake", (*desk).activateAgain},
	} {
		t.Run(tt.row, func(t *testing.T) {
			d := newDesk(t, withWebhooks)
			d.settings.ManualWebhooks = true // as far as a row is not about them
			if tt.before != nil {
				tt.before(d)
			}
			said := tt.trouble(d)
			if said.text == "" || !strings.Contains(said.text, tt.text) || !strings.Contains(said.remedy, tt.remedy) {
				t.Errorf("the customer is told %q, and to do %q; want %q and %q", said.text, said.remedy, tt.text, tt.remedy)
			}
			if tt.after == nil {
				return
			}
			if err := tt.after(d); err != nil {
				t.Fatalf("after the remedy: %v", err)
			}
			if got := d.state("t1"); got != servicenow.ReadyToSync {
				status, _ := d.connector.Status(t.Context(), "t1")
				t.Errorf("after the remedy: %s: %s", got, status.Reason)
			}
		})
	}
}

func (d *desk) activate() error {
	_, err := d.connector.Activate(d.Context(), "t1")
	return err
}

func (d *desk) activateAgain() error {
	d.sn.ClearFaults()
	return d.activate()
}

func (d *desk) mail() error {
	client, err := d.connector.Client(d.Context(), "t1")
	if err != nil {
		return err
	}
	_, err = client.Email.Send(d.Context(), servicenow.EmailMessage{To: []string{"ada@acme.example"}, Subject: "hello", Text: "hello"})
	return err
}

// withHooks connects a tenant whose webhooks are installed.
func (d *desk) withHooks() {
	d.Helper()
	d.settings.ManualWebhooks = false
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	d.connect("t1")
}

// strike deletes rows, as an admin who tidies up.
func (d *desk) strike(table, query string) {
	d.Helper()
	for _, row := range d.sn.Rows(table, query) {
		if err := d.sn.As("admin").Delete(table, row["sys_id"]); err != nil {
			d.Fatal(err)
		}
	}
}
