package servicenow

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

//go:embed setup_guide.md.tmpl
var setupGuideText string

var setupGuide = template.Must(template.New("setup guide").Funcs(template.FuncMap{
	"fence": fence, "selected": selected, "words": conditionWords,
}).Parse(setupGuideText))

// SetupGuide writes the steps of a customer's admin as Markdown, with the values of this very connection: the OAuth
// application and its redirect URL, scopes and access policies for each API and table, the integration user's roles,
// the webhooks as Provision would install them, for those who install by hand, and what to do when something does not
// work. Of s only Instance and Capability are required, because the rest is known after these steps. It does no I/O and
// holds no secret: the signing secret that a hand-made property needs comes from [Connector.SigningSecret].
//
// The steps are those of https://www.servicenow.com/docs/r/platform-security/authentication/new-inbound-integrations.html
// and .../create-api-access-policy.html.
func (c *Connector) SetupGuide(tenant string, s Settings) (string, error) {
	if err := s.validateGuide(); err != nil {
		return "", err
	}
	g := c.guide(s)
	if err := g.webhooks(c, tenant, s); err != nil {
		return "", err
	}
	g.policies(s.Capability)
	var b strings.Builder
	err := setupGuide.Execute(&b, g)
	return b.String(), err
}

// validateGuide is Validate for settings that are still to be filled in.
func (s Settings) validateGuide() error {
	by := s.PullBy
	if s.Capability.NeedsPullBy() && by == "" {
		by = Updated
	}
	if s.Instance.IsZero() {
		_, err := ParseInstance("")
		return err
	}
	if hasBlank(s.ClientID) || strings.Contains(s.ClientID, "`") {
		return &SettingError{"client_id", "has blanks or other characters in it that no client id has", "copy it again"}
	}
	if !scopes.MatchString(s.Scope) {
		return badScope()
	}
	return validateUse(s.Capability, by)
}

// guide is what the template says.
type guide struct {
	Label, Host, Origin                 string
	Environment, Capability, PullBy     string
	AsksPullBy                          bool
	RedirectURL                         string
	ClientID, Scope, RefreshTokenExpiry string
	APIs, Tables                        []guideNeed
	AdminTables                         string
	Roles                               []guideRole
	Scopes                              []guideScope
	Policies                            []guidePolicy
	Webhooks                            *guideWebhooks
	Troubles                            []guideTrouble
}

type (
	guideNeed struct {
		Name, Access, Why string
		Optional          bool
	}
	guideRole   struct{ Name, For string }
	guideScope  struct{ API, Scope, Methods string }
	guidePolicy struct {
		Name, API, Note string
		Tables          []string
		Write           bool
	}
	guideWebhooks struct {
		CallbackURL string
		Manual      bool
		provision.Spec
	}
	guideTrouble struct{ Seen, Do string }
)

// capabilityNames are as forms show them.
var capabilityNames = map[Capability]string{
	Helpdesk: "Helpdesk", CRM: "CRM", ContentManagement: "Content Management", TaskFamily: "Task family",
}

func (c *Connector) guide(s Settings) *guide {
	g := &guide{
		Label: c.label(), Host: s.Instance.Host(), Origin: s.Instance.Origin(), Environment: "Production",
		Capability: capabilityNames[s.Capability], AsksPullBy: s.Capability.NeedsPullBy(), PullBy: string(s.PullBy),
		RedirectURL: c.cfg.RedirectURL, ClientID: s.ClientID, Scope: s.Scope, Troubles: troubles(c.label()),
	}
	if s.Environment == Sandbox {
		g.Environment = "Sandbox"
	}
	if !s.RefreshTokenExpiry.IsZero() {
		g.RefreshTokenExpiry = s.RefreshTokenExpiry.UTC().Format("2006-01-02")
	}
	var adminTables []string
	for _, n := range guideNeeds(s.Capability) {
		entry := guideNeed{Name: n.Table, Access: n.Access.verbs(), Why: n.Why, Optional: n.Optional}
		if n.Table == "" {
			entry.Name = string(n.API)
			g.APIs = append(g.APIs, entry)
			continue
		}
		g.Tables = append(g.Tables, entry)
		if n.Role == roleAdmin {
			adminTables = append(adminTables, "`"+n.Table+"`")
		}
	}
	g.AdminTables = strings.Join(adminTables, ", ")
	g.roles(s.Capability)
	return g
}

// label names the product.
func (c *Connector) label() string {
	for _, name := range []string{c.cfg.Webhooks.Label, c.cfg.Webhooks.Vendor} {
		if name != "" {
			return name
		}
	}
	return "the integration"
}

// guideNeeds are the needs of a capability, and the tables that a pull takes beside them.
func guideNeeds(c Capability) []Need {
	needs := c.Needs()
	if c == ContentManagement {
		for _, shelf := range knowledgeShelves {
			shelf.Optional = true
			needs = append(needs, shelf)
		}
	}
	return needs
}

// roleUses says what a role brings.
var roleUses = map[string]string{
	roleITIL:      "tickets, and seeing users and roles",
	roleCSM:       "the Case, Account and Contact APIs",
	roleKnowledge: "knowledge articles; the knowledge bases' user criteria must include the user, too",
}

// roles lists the stock roles that the capability's needs name. Admin is not among them: nothing that the connection
// does every day needs it.
func (g *guide) roles(c Capability) {
	for _, name := range c.roles() {
		if use, ok := roleUses[name]; ok {
			g.Roles = append(g.Roles, guideRole{name, use})
		}
	}
	g.Roles = append(g.Roles, guideRole{"email_api_send", "only if e-mail is to be sent through the instance"})
}

// webhooks puts the very records into the guide that provisioning writes.
func (g *guide) webhooks(c *Connector, tenant string, s Settings) error {
	if c.cfg.WebhookURL == "" {
		return nil
	}
	// The scripts hold no secret. Any key makes the specification complete.
	conn := connection{Settings: s, SigningSecret: webhook.NewKey().Export()}
	spec, wanted, err := c.spec(tenant, conn)
	if err != nil || !wanted {
		return err
	}
	spec.Properties = slices.DeleteFunc(slices.Clone(spec.Properties), func(p provision.Property) bool {
		return p.Value == "" && p.Secret.IsZero() // for the time of a rotation only
	})
	g.Webhooks = &guideWebhooks{CallbackURL: c.webhookURL(tenant), Manual: s.ManualWebhooks, Spec: spec}
	return nil
}

// policies are one for each API, and for the Table API one for the tables that are read and one for those that are
// written as well, so that a right to write one table does not open the others.
func (g *guide) policies(c Capability) {
	read := guidePolicy{Name: g.Label + " Table API read access", API: string(TableAPI)}
	write := guidePolicy{Name: g.Label + " Table API read and write access", API: string(TableAPI), Write: true}
	scopes := map[bool]string{false: scopeName(g.Label, "read"), true: scopeName(g.Label, "write")}
	for _, n := range guideNeeds(c) {
		switch {
		case n.Table != "" && n.Access == ReadWrite:
			write.Tables = append(write.Tables, n.Table)
		case n.Table != "":
			read.Tables = append(read.Tables, n.Table)
		case n.API != TableAPI:
			p := guidePolicy{Name: g.Label + " " + string(n.API) + " access", API: string(n.API), Write: n.Access == ReadWrite}
			g.Policies = append(g.Policies, p)
		}
	}
	g.Policies = append(g.Policies, read)
	if len(write.Tables) > 0 {
		g.Policies = append(g.Policies, write)
	}
	for _, p := range g.Policies {
		methods := "GET"
		if p.Write {
			methods = "all"
		}
		g.Scopes = append(g.Scopes, guideScope{p.API, scopes[p.Write], methods})
	}
	if g.Webhooks != nil && !g.Webhooks.Manual {
		g.Policies = append(g.Policies, g.installPolicies()...)
	}
}

// installPolicies are what provisioning needs: it reads and writes its records in batches.
func (g *guide) installPolicies() []guidePolicy {
	note := "Only if " + g.Label + " is to install its webhooks itself, see step 7."
	tables := []string{"sys_script", "sys_properties"}
	if len(g.Webhooks.Actions) > 0 {
		tables = append(tables, "sysevent_register", "sysevent_script_action")
	}
	return []guidePolicy{
		{Name: g.Label + " Table API webhook access", API: string(TableAPI), Tables: tables, Write: true, Note: note},
		{Name: g.Label + " Batch API access", API: "Batch API", Write: true, Note: note},
	}
}

// scopeName is a scope of the product's name: lower case letters, digits and underscores.
func scopeName(label, access string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, label)
	return name + "_" + access
}

// fence is script as a block of code that nothing in it can end.
func fence(script string) string {
	marks := "```"
	for strings.Contains(script, marks) {
		marks += "`"
	}
	return marks + "javascript\n" + strings.TrimRight(script, "\n") + "\n" + marks
}

func selected(yes bool) string {
	if yes {
		return "selected"
	}
	return "not selected"
}

// conditionWords is an encoded query as the condition builder shows it. A condition with an operator that our own rules
// do not use stands as it is.
func conditionWords(query string) string {
	var out strings.Builder
	for i, condition := range strings.Split(query, "^") {
		condition, or := strings.CutPrefix(condition, "OR")
		if i > 0 && or {
			out.WriteString(" **or** ")
		} else if i > 0 {
			out.WriteString(" **and** ")
		}
		out.WriteString(oneCondition(condition))
	}
	return out.String()
}

func oneCondition(condition string) string {
	for _, op := range []struct{ encoded, words string }{{"!=", "is not"}, {"IN", "is one of"}, {"=", "is"}} {
		if column, value, ok := strings.Cut(condition, op.encoded); ok && value != "" && strings.ToLower(column) == column {
			return fmt.Sprintf("`%s` %s `%s`", column, op.words, value)
		}
	}
	return "`" + condition + "`"
}

// troubles are the rows of the products' troubleshooting pages, with the texts that errors and reports carry.
func troubles(label string) []guideTrouble {
	rows := []struct {
		seen  string
		cause remedy.Cause
	}{
		{"`instance_url must be a service-now.com or servicenowservices.com domain`", remedy.WrongDomain},
		{"the address is refused because of `http://`", remedy.HTTPNotHTTPS},
		{"`invalid_client`", remedy.InvalidClient},
		{"the window opens and closes at once, without asking", remedy.RedirectMismatch},
		{"`access_denied`", remedy.ConsentDenied},
		{"`invalid_scope`", remedy.InvalidScope},
		{"Test Connection says that the connection must be authorized again", remedy.Reauthorize},
		{"`Insufficient privileges` on tickets", remedy.MissingITIL},
		{"`403` on cases, accounts and contacts", remedy.MissingCSMIntegration},
		{"`403` on articles", remedy.MissingKnowledge},
		{"`403` when an e-mail is sent", remedy.MissingEmailAPISend},
		{"`Missing required api access scope`", remedy.AuthScope},
		{"everything is refused although the rights are there", remedy.AccessPolicy},
		{"connected, and webhooks do not arrive", remedy.WebhookSilent},
		{"the instance does not answer", remedy.Network},
		{"the instance answers in the browser and not to " + label, remedy.IPAllowList},
		{"a developer instance is asleep", remedy.Hibernating},
	}
	out := make([]guideTrouble, 0, len(rows))
	for _, r := range rows {
		out = append(out, guideTrouble{r.seen, remedy.For(r.cause)})
	}
	return out
}
