package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// runReal talks to the instance that the environment names. Without -provision it sends nothing that writes.
func runReal(ctx context.Context, c config, p *progress) error {
	sn, err := connect(ctx, c, p)
	if err != nil {
		return err
	}
	p.step("Test Connection")
	report := sn.Check(ctx, c.capability)
	p.say("%s", report)
	if err := usable(report); err != nil {
		return err
	}
	if c.provision {
		if err := install(ctx, sn, c, p); err != nil {
			return err
		}
	}
	p.step("Pull for %s by %s time%s", c.capability, c.by, bound(c.limit))
	t, err := pull(ctx, sn, c, p)
	if err != nil {
		return err
	}
	if t.rows == 0 && len(t.skipped) > 0 {
		return fmt.Errorf("no table could be read: %w", t.skipped[0].Err)
	}
	return nil
}

func bound(limit int) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf(", at most %d rows in all", limit)
}

// usable lets a pull begin although some rights are missing: it reports and skips those tables. Without a connection
// there is nothing to pull.
func usable(r servicenow.Report) error {
	for _, id := range []string{"reachable", "token"} {
		if f, ok := r.Finding(id); ok && f.Verdict == servicenow.Fail {
			return fmt.Errorf("%s: %s\n  → %s", f.Name, f.Evidence, f.Remedy)
		}
	}
	return nil
}

func connect(ctx context.Context, c config, p *progress) (*servicenow.Client, error) {
	p.step("Connect to %s", c.instance)
	if c.user != "" {
		p.say("  as %s, with a password", c.user)
		return servicenow.New(c.instance, servicenow.WithBasicAuth(c.user, c.password.Reveal()))
	}
	return consentInBrowser(ctx, c, p)
}

// install shows the plan and carries it out.
func install(ctx context.Context, sn *servicenow.Client, c config, p *progress) error {
	p.step("Provision webhooks that post to %s", c.webhookURL)
	key := webhook.NewKey()
	settings := provision.Settings{
		Instance: c.instance.Name(), Vendor: "x_quickstart", Label: "Quickstart", CallbackURL: c.webhookURL, Secret: key,
	}
	preset := provision.Helpdesk
	switch c.capability {
	case servicenow.TaskFamily:
		preset = provision.Agent
	case servicenow.ContentManagement:
		return errors.New("content management has no webhooks to install: articles are pulled")
	}
	spec, err := preset(settings)
	if err != nil {
		return err
	}
	result, err := sn.Provisioner().Provision(ctx, spec)
	for _, s := range result.Done {
		p.say("  %s %s %q: %s", s.Do, s.Table, s.Name, s.Why)
	}
	if err == nil {
		p.say("  deliveries are signed with a key made for this run (id %s), which ends with it", key.ID())
	}
	return err
}
