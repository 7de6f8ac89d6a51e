package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// listen lets somebody work on the instance and waits until every change has arrived as a typed event.
func (h *host) listen(ctx context.Context, p *progress, sn *servicenowtest.Server) (heard int, err error) {
	p.step("Somebody works on the instance")
	expected, err := work(sn, p)
	if err != nil {
		return 0, err
	}
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for len(expected) > 0 {
		select {
		case e := <-h.events:
			heard++
			p.say("  ← %s", describe(e))
			delete(expected, key(e))
		case <-deadline.C:
			return heard, fmt.Errorf("these changes were not heard of within 10 s: %v", keys(expected))
		case <-ctx.Done():
			return heard, ctx.Err()
		}
	}
	return heard, nil
}

// work makes one change of each kind, as people on the instance do, and returns what should be heard.
func work(sn *servicenowtest.Server, p *progress) (map[string]bool, error) {
	agent := sn.As(servicenowtest.AdminUser)
	cases, incidents := sn.Rows("sn_customerservice_case", "active=true"), sn.Rows("incident", "active=true")
	if len(cases) == 0 || len(incidents) == 0 {
		return nil, errors.New("the sample data has no open case or incident")
	}
	aCase, incident := cases[0], incidents[0]
	p.say("  a comment on %s, a new case, a file, a change to %s", aCase["number"], incident["number"])
	if err := agent.Comment("sn_customerservice_case", aCase["sys_id"], "We found the cause: a worn seal. Größe 4 🔧 costs $5 {net}."); err != nil {
		return nil, err
	}
	created, err := agent.Insert("sn_customerservice_case", map[string]string{"short_description": "Pump stopped", "priority": "2"})
	if err != nil {
		return nil, err
	}
	file, err := agent.Attach("sn_customerservice_case", created, "pump.txt", "text/plain", []byte("pressure 0 bar"))
	if err != nil {
		return nil, err
	}
	if err := agent.Update("incident", incident["sys_id"], map[string]string{"state": "2", "urgency": "1"}); err != nil {
		return nil, err
	}
	return map[string]bool{
		"comment on " + aCase["sys_id"]: true, "case " + created: true, "file " + file: true,
		"incident " + incident["sys_id"]: true,
	}, nil
}

// key names what an event is about, as work does.
func key(e webhook.Event) string {
	switch e := e.(type) {
	case *webhook.CommentAdded:
		return "comment on " + e.Record.SysID
	case *webhook.CaseCreated:
		return "case " + e.SysID
	case *webhook.AttachmentAdded:
		return "file " + e.SysID
	case *webhook.TaskChanged:
		return e.Table + " " + e.SysID
	}
	return ""
}

// describe prints an event as a host's log would.
func describe(e webhook.Event) string {
	head := e.About()
	switch e := e.(type) {
	case *webhook.CommentAdded:
		return fmt.Sprintf("comment on %s by %s: %q", e.Record.SysID, head.By, e.Text)
	case *webhook.CaseCreated:
		return fmt.Sprintf("case %s created by %s", head.Number, head.By)
	case *webhook.CaseUpdated:
		return fmt.Sprintf("case %s updated: %v", head.Number, e.Changed)
	case *webhook.AttachmentAdded:
		return fmt.Sprintf("file %s added to %s", e.FileName, e.Record.SysID)
	case *webhook.TaskChanged:
		return fmt.Sprintf("%s %s changed: %v", head.Table, head.Number, e.Changed)
	}
	return fmt.Sprintf("%T %s", e, head.ID)
}

func keys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}
