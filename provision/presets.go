package provision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// scriptVersion is raised with every change of the scripts; webhook.Head.Version tells a host that a rule is outdated.
const scriptVersion = 1

// blueprint is what the presets say about a rule; everything else follows from Settings.
type blueprint struct {
	key, file, noun string
	table           func(Settings) string
	update          bool
	filter          func(Settings) table.Query
	fallback        bool
}

// helpdesk is the support platform's three rules, in the order in which its setup guide names them.
var helpdesk = []blueprint{
	{key: "comment", file: "comment.js", noun: "comment", table: always("sys_journal_field"), update: true,
		filter: journalFilter},
	{key: "case", file: "task.js", noun: "case", table: caseTable, update: true, filter: noFilter, fallback: true},
	{key: "attachment", file: "attachment.js", noun: "attachment", table: always("sys_attachment"),
		filter: attachmentFilter},
}

// agent is the IT agent's one rule: rules on a parent table run for all of its classes.
var agent = []blueprint{
	{key: "task", file: "task.js", noun: "task", table: always("task"), update: true, filter: classFilter},
}

// Helpdesk is the support platform's preset: comments and attachments of cases, and cases themselves.
func Helpdesk(s Settings) (Spec, error) { return build(s, helpdesk) }

// Agent is the IT agent's preset: one rule on task for the classes allowed.
func Agent(s Settings) (Spec, error) { return build(s, agent) }

func build(s Settings, plans []blueprint) (Spec, error) {
	s, err := s.withDefaults()
	if err != nil {
		return Spec{}, err
	}
	spec := Spec{Vendor: s.Vendor, Label: s.Label, Instance: s.Instance, Delivery: s.Delivery, Legacy: s.Legacy,
		Properties: []Property{
			{Key: keyURL, Name: s.propertyName(keyURL), Type: "string", Value: s.CallbackURL},
			{Key: keySecret, Name: s.propertyName(keySecret), Type: "password2", Secret: s.Secret},
			{Key: keyOldSecret, Name: s.propertyName(keyOldSecret), Type: "password2", Secret: s.OldSecret},
		}}
	for _, b := range plans {
		r, err := s.rule(b)
		if err != nil {
			return Spec{}, err
		}
		spec.Rules = append(spec.Rules, r)
	}
	if s.Delivery == Queued {
		if err := s.queue(&spec, plans); err != nil {
			return Spec{}, err
		}
	}
	return spec, s.unknownKeys(plans)
}

// The keys of properties.
const (
	keyURL       = "callback_url"
	keySecret    = "secret"
	keyOldSecret = "old_secret"
)

var propertyKeys = []string{keyURL, keySecret, keyOldSecret}

// propertyName is the host's own name for a property, or ours.
func (s Settings) propertyName(key string) string {
	switch {
	case s.Names[key] != "":
		return s.Names[key]
	case key == keyURL:
		return s.Vendor + "." + key
	}
	return s.Vendor + "." + map[string]string{keySecret: "webhook_secret", keyOldSecret: "webhook_secret_old"}[key]
}

func (s Settings) eventName() string { return s.Vendor + ".webhook" }

func (s Settings) rule(b blueprint) (Rule, error) {
	c := s.ruleConfig(b)
	script, err := render(b.file, s.Delivery, c)
	if err != nil {
		return Rule{}, err
	}
	r := Rule{
		Key: b.key, Name: s.Label + ": " + b.noun + " webhook", Table: b.table(s), When: "after", Order: s.Order,
		Insert: true, Update: b.update, Delete: s.Deletes, Script: script,
	}
	if name := s.Names[b.key]; name != "" {
		r.Name = name
	}
	if b.file == "task.js" { // the others never look
		r.Watch, r.SkipActor = s.Watch, c.SkipActor
	}
	if r.Filter, err = s.condition(b, b.filter(s)); err != nil {
		return Rule{}, err
	}
	if b.fallback {
		f := Fallback{Table: "task"}
		query := table.All(table.Where("sys_class_name", table.Is, r.Table), b.filter(s))
		if f.Filter, err = s.condition(b, query); err != nil {
			return Rule{}, err
		}
		r.Fallback = &f
		if s.CaseOnTask {
			r.Table, r.Filter, r.Fallback = f.Table, f.Filter, nil
		}
	}
	return r, nil
}

// condition adds the host's own filter to ours, and lets the canary through.
func (s Settings) condition(b blueprint, q table.Query) (string, error) {
	ours, err := q.Encode()
	if err != nil {
		return "", fmt.Errorf("provision: the condition of rule %s: %w", b.key, err)
	}
	if strings.ContainsAny(s.Filters[b.key], "\r\n") || strings.Contains(s.Filters[b.key], "^NQ") {
		return "", fmt.Errorf("provision: the filter of rule %s has a line break or ^NQ, which would open the condition",
			b.key)
	}
	return joinConditions(ours, s.Filters[b.key]), nil
}

func joinConditions(conditions ...string) string {
	var out []string
	for _, c := range conditions {
		if c = strings.TrimSuffix(strings.Trim(c, "^"), "^EQ"); c != "" {
			out = append(out, c)
		}
	}
	return strings.Join(out, "^")
}

func always(name string) func(Settings) string { return func(Settings) string { return name } }
func caseTable(s Settings) string              { return s.CaseTable }
func noFilter(Settings) table.Query            { return table.Query{} }

func classFilter(s Settings) table.Query {
	switch {
	case len(s.Classes) == 0:
		return table.Query{}
	case !s.SubClasses:
		return table.Where("sys_class_name", table.In, s.Classes...)
	}
	q := table.Where("sys_class_name", table.InstanceOf, s.Classes[0])
	for _, c := range s.Classes[1:] {
		q = q.Or("sys_class_name", table.InstanceOf, c)
	}
	return q
}

// journalFilter keeps work notes inside unless asked: without a condition on element they would leave the instance.
func journalFilter(s Settings) table.Query {
	q := table.Where("element", table.Is, "comments")
	if s.WorkNotes {
		q = q.Or("element", table.Is, "work_notes")
	}
	q = q.And("name", table.Is, s.CaseTable)
	return s.skip(q, "element_id")
}

// attachmentFilter names the parent's table exactly, which also leaves out inline images, whose table_name has a
// prefix.
func attachmentFilter(s Settings) table.Query {
	return s.skip(table.Where("table_name", table.Is, s.CaseTable), "table_sys_id")
}

// skip leaves out our own user's rows, which are written at once and never changed by others, except on the canary.
func (s Settings) skip(q table.Query, parent string) table.Query {
	if s.SkipUser == "" {
		return q
	}
	q = q.And("sys_created_by", table.IsNot, s.SkipUser)
	if s.Canary != "" {
		q = q.Or(parent, table.Is, s.Canary)
	}
	return q
}

// config is what a script may know. Its members are the names that the scripts use.
type config struct {
	ManagedBy string `json:"managedBy"`
	Version   int    `json:"version"`
	Source    string `json:"source"`
	Instance  string `json:"instance"`
	URL       string `json:"urlProperty"`
	Secret    string `json:"secretProperty"`
	OldSecret string `json:"oldSecretProperty"`
	Event     string `json:"event,omitempty"`
	TimeoutMs int64  `json:"timeoutMs"`
}

// kindConfig is what the description of one kind of event needs.
type kindConfig struct {
	Type    string   `json:"type"`
	Canary  string   `json:"canary"`
	Columns []string `json:"columns"`
	Domain  bool     `json:"domain"`
	Text    bool     `json:"text"`
}

type ruleConfig struct {
	Rule string `json:"rule"`
	config
	kindConfig
	Watch     []string `json:"watch"`
	SkipActor string   `json:"skipActor"`
}

type actionConfig struct {
	config
	Backoff []int                 `json:"backoffSeconds"`
	Rules   map[string]kindConfig `json:"rules"`
}

func (s Settings) config() config {
	c := config{
		ManagedBy: s.Vendor, Version: scriptVersion, Source: s.eventName(), Instance: s.Instance,
		URL: s.propertyName(keyURL), Secret: s.propertyName(keySecret), OldSecret: s.propertyName(keyOldSecret),
		TimeoutMs: int64(s.Timeout / time.Millisecond),
	}
	if s.Delivery == Queued {
		c.Event = s.eventName()
	}
	return c
}

func (s Settings) kindConfig(b blueprint) kindConfig {
	return kindConfig{Type: b.noun, Canary: s.Canary, Columns: notNil(s.Columns), Domain: s.Domain, Text: s.Text}
}

func (s Settings) ruleConfig(b blueprint) ruleConfig {
	c := ruleConfig{Rule: b.key, config: s.config(), kindConfig: s.kindConfig(b), Watch: notNil(s.Watch)}
	if s.SkipTasks {
		c.SkipActor = s.SkipUser
	}
	return c
}

// notNil is never null, whose length a script cannot take.
func notNil(names []string) []string { return append([]string{}, names...) }

// queue adds what queued delivery needs besides its rules: one event and one script action for all of them.
func (s Settings) queue(spec *Spec, plans []blueprint) error {
	c := actionConfig{config: s.config(), Backoff: backoff, Rules: map[string]kindConfig{}}
	for _, b := range plans {
		c.Rules[b.key] = s.kindConfig(b)
	}
	script, err := render("queued.js", Queued, c)
	if err != nil {
		return err
	}
	spec.Events = []Registration{{Key: "event", Name: s.eventName()}}
	spec.Actions = []ScriptAction{
		{Key: "action", Name: s.Label + ": webhook delivery", Event: s.eventName(), Script: script}}
	return nil
}

// unknownKeys finds settings for what the preset does not have: most likely a slip.
func (s Settings) unknownKeys(plans []blueprint) error {
	rules := map[string]bool{}
	for _, b := range plans {
		rules[b.key] = true
	}
	var errs []error
	for k := range s.Filters {
		if !rules[k] {
			errs = append(errs, fmt.Errorf("provision: Filters: this preset has no rule %.40q", k))
		}
	}
	for k := range s.Names {
		if !rules[k] && !slices.Contains(propertyKeys, k) {
			errs = append(errs, fmt.Errorf("provision: Names: this preset has no rule and no property %.40q", k))
		}
	}
	return errors.Join(errs...)
}
