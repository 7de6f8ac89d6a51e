package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
)

// config is what the command line and the environment say. Secrets come from the environment only: a command line is
// seen by everyone on the machine.
type config struct {
	capability servicenow.Capability
	by         servicenow.PullBy
	limit      int
	json       bool
	provision  bool
	webhookURL string
	redirect   string

	embedded     bool
	instance     servicenow.Instance
	user         string
	password     auth.Secret
	clientID     string
	clientSecret auth.Secret
}

// errUsage marks what the person who started the program can mend: exit status 2.
var errUsage = errors.New("usage")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

const defaultRedirect = "http://localhost:8417/oauth/callback"

// defaultLimit bounds a first look at a real instance.
const defaultLimit = 1000

func readConfig(args []string, getenv func(string) string, stderr io.Writer) (config, error) {
	var c config
	var capability, by string
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	flags.StringVar(&capability, "capability", "helpdesk", "what to pull for: helpdesk, crm, content-management or task-family")
	flags.StringVar(&by, "by", "", "pull by created or updated time (default updated)")
	flags.IntVar(&c.limit, "limit", -1, fmt.Sprintf("pull at most this many rows in all, shared between the tables; 0 is no bound (default %d on a real instance)", defaultLimit))
	flags.BoolVar(&c.json, "json", false, "write one JSON object for each change to standard output, and nothing else")
	flags.BoolVar(&c.provision, "provision", false, "on a real instance: install the webhooks too (needs SERVICENOW_WEBHOOK_URL); without it nothing is written")
	flags.StringVar(&c.redirect, "redirect", defaultRedirect, "loopback redirect URL, as registered in the OAuth application")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return c, err
		}
		return c, usage("%v", err)
	}
	if flags.NArg() > 0 {
		return c, usage("unexpected argument %q: all settings are flags or environment variables, for example -limit 100", flags.Arg(0))
	}
	if err := c.use(capability, by); err != nil {
		return c, err
	}
	return c, c.environment(getenv)
}

// use reads what to pull.
func (c *config) use(capability, by string) error {
	c.capability = servicenow.Capability(strings.ReplaceAll(strings.ToLower(capability), "-", "_"))
	if !c.capability.Valid() {
		return usage("-capability must be helpdesk, crm, content-management or task-family, for example -capability helpdesk")
	}
	c.by = servicenow.PullBy(strings.ToLower(by))
	switch {
	case c.by == "":
		c.by = servicenow.Updated
	case c.by != servicenow.Created && c.by != servicenow.Updated:
		return usage("-by must be created or updated, for example -by updated")
	}
	if c.limit < -1 {
		return usage("-limit must be 0 (no bound) or more, for example -limit 100")
	}
	return nil
}

// pullBy is by, where the capability has the choice.
func (c *config) pullBy() servicenow.PullBy {
	if c.capability.NeedsPullBy() {
		return c.by
	}
	return ""
}

// environment reads where to connect and as whom.
func (c *config) environment(getenv func(string) string) error {
	address := getenv("SERVICENOW_INSTANCE")
	c.user, c.password = getenv("SERVICENOW_USERNAME"), auth.NewSecret(getenv("SERVICENOW_PASSWORD"))
	c.clientID, c.clientSecret = getenv("SERVICENOW_CLIENT_ID"), auth.NewSecret(getenv("SERVICENOW_CLIENT_SECRET"))
	c.webhookURL = getenv("SERVICENOW_WEBHOOK_URL")
	someone := c.user != "" || !c.password.IsZero() || c.clientID != "" || !c.clientSecret.IsZero()
	if address == "" {
		if someone {
			return usage("SERVICENOW_INSTANCE is empty although credentials are set: write the instance's address, for example https://acme.service-now.com")
		}
		c.embedded = true
		return nil
	}
	var err error
	if c.instance, err = servicenow.ParseInstance(address); err != nil {
		return usage("SERVICENOW_INSTANCE: %v (%s)", err, servicenow.Remedy(err))
	}
	if c.limit == -1 {
		c.limit = defaultLimit
	}
	return c.credentials()
}

func (c *config) credentials() error {
	switch {
	case c.user != "" && c.password.IsZero():
		return usage("SERVICENOW_PASSWORD is empty: it is required with SERVICENOW_USERNAME")
	case c.user == "" && !c.password.IsZero():
		return usage("SERVICENOW_USERNAME is empty: it is required with SERVICENOW_PASSWORD, for example integration.user")
	case c.user != "":
	case c.clientID == "" && c.clientSecret.IsZero():
		return usage("SERVICENOW_USERNAME and SERVICENOW_PASSWORD, or SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET, are required with SERVICENOW_INSTANCE")
	case c.clientID == "":
		return usage("SERVICENOW_CLIENT_ID is empty: copy it from the OAuth application registry, 32 letters and digits")
	case c.clientSecret.IsZero():
		return usage("SERVICENOW_CLIENT_SECRET is empty: copy it from the OAuth application registry")
	}
	if c.provision && c.webhookURL == "" {
		return usage("SERVICENOW_WEBHOOK_URL is empty: -provision needs the https address to which the instance shall post, for example https://app.example.com/hooks/acme")
	}
	return nil
}

const help = `quickstart connects to a ServiceNow instance, checks the connection and pulls records.

Without settings it starts an instance of its own in this process and shows everything: consent, check, provisioning,
pull, and webhooks that arrive. With SERVICENOW_INSTANCE it talks to a real one, and only reads:

  SERVICENOW_INSTANCE       https://acme.service-now.com
  SERVICENOW_USERNAME       and SERVICENOW_PASSWORD, or
  SERVICENOW_CLIENT_ID      and SERVICENOW_CLIENT_SECRET (consent in a browser, on a loopback redirect)
  SERVICENOW_WEBHOOK_URL    where the instance shall post, with -provision
  HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE are obeyed

`
