// Command rules writes the Business Rules of the presets as an admin would paste them: one .js file for each script and
// a rules.json that says what to enter beside it. They are the same bytes that provision installs.
//
//	go run ./examples/rules -out DIR -instance acme -vendor x_acme -label Acme -url https://hooks.example.com/sn/t-1
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// presets by the name of the flag.
var presets = map[string][]func(provision.Settings) (provision.Spec, error){
	"helpdesk": {provision.Helpdesk},
	"agent":    {provision.Agent},
	"all":      {provision.Helpdesk, provision.Agent},
}

func run(args []string, out io.Writer) error {
	// The secret itself is in no file: an admin enters it in the property.
	settings := provision.Settings{Secret: webhook.NewKey()}
	flags := flag.NewFlagSet("rules", flag.ContinueOnError)
	flags.SetOutput(out)
	dir := flags.String("out", "", "directory to write to (required)")
	preset := flags.String("preset", "all", "helpdesk, agent or all")
	settingFlags(flags, &settings)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || presets[*preset] == nil {
		flags.Usage()
		return fmt.Errorf("rules: -out and a known -preset are needed")
	}
	var book Book
	for _, p := range presets[*preset] {
		spec, err := p(settings)
		if err != nil {
			return err
		}
		book.add(spec)
	}
	if err := book.write(*dir); err != nil {
		return err
	}
	for _, r := range book.Rules {
		fmt.Fprintf(out, "%s  %s on %s\n", r.Script, r.Name, r.Table)
	}
	return nil
}

func settingFlags(flags *flag.FlagSet, s *provision.Settings) {
	flags.StringVar(&s.Instance, "instance", "acme", "the instance's name, the only one on which the scripts send")
	flags.StringVar(&s.Vendor, "vendor", "x_acme", "prefix of properties and events")
	flags.StringVar(&s.Label, "label", "Acme", "your name in rule names")
	flags.StringVar(&s.CallbackURL, "url", "https://hooks.example.com/servicenow/acme", "where events go")
	flags.Func("delivery", "direct (default) or queued", func(v string) error {
		s.Delivery = provision.Delivery(v)
		return nil
	})
	flags.IntVar(&s.Order, "order", provision.DefaultOrder, "order of the rules, below 1000")
	flags.DurationVar(&s.Timeout, "timeout", provision.DefaultTimeout, "how long the instance waits for an answer")
	listFlag(flags, "classes", "classes of the task rule (default the six task classes)", &s.Classes)
	flags.BoolVar(&s.SubClasses, "sub-classes", false, "allow what extends those classes too")
	listFlag(flags, "watch", "columns of which one must change for an update to be sent", &s.Watch)
	listFlag(flags, "columns", "columns to send by value", &s.Columns)
	flags.StringVar(&s.CaseTable, "case-table", "sn_customerservice_case", "table of the case rule")
	flags.BoolVar(&s.CaseOnTask, "case-on-task", false, "put the case rule on task, with a condition for cases")
	flags.BoolVar(&s.Text, "text", false, "send the text of comments")
	flags.BoolVar(&s.WorkNotes, "work-notes", false, "send work notes too")
	flags.BoolVar(&s.Deletes, "deletes", false, "send deletions too")
	flags.BoolVar(&s.Domain, "domain", false, "send sys_domain")
	flags.StringVar(&s.SkipUser, "skip-user", "", "our own user name, whose comments and attachments are not sent")
	flags.BoolVar(&s.SkipTasks, "skip-tasks", false, "do not send that user's changes to tasks and cases either")
	flags.StringVar(&s.Canary, "canary", "", "sys_id of the record whose changes arrive as pings")
}

func listFlag(flags *flag.FlagSet, name, usage string, to *[]string) {
	flags.Func(name, usage+", separated by commas", func(v string) error {
		*to = strings.Split(v, ",")
		return nil
	})
}

// Book is rules.json: everything that an admin enters beside the scripts.
type Book struct {
	// Instance is the value of the property instance_name on the only instance on which the scripts send.
	Instance      string            `json:"instance"`
	Delivery      string            `json:"delivery"`
	Rules         []Rule            `json:"rules"`
	Properties    []Property        `json:"properties"`
	Events        []Event           `json:"events,omitempty"`
	ScriptActions []Action          `json:"script_actions,omitempty"`
	files         map[string]string // name to text
}

// Rule is one Business Rule as its form wants it. Delete, Filter and the like are always there, also when empty.
type Rule struct {
	provision.Rule
	Advanced   bool              `json:"advanced"`
	Active     bool              `json:"active"`
	Delivery   string            `json:"delivery"`
	Script     string            `json:"script"` // the file beside this one
	SHA256     string            `json:"script_sha256"`
	Properties map[string]string `json:"properties"` // property names by key
}

// Property is one System Property. Secrets are in no file.
type Property struct {
	Key     string `json:"key"`
	Name    string `json:"name"`
	Type    string `json:"type"`
	Value   string `json:"value"`
	Private bool   `json:"private"`
	Enter   string `json:"enter"` // what to enter as its value
}

// entries says what belongs into a property, by its key.
var entries = map[string]string{
	"callback_url": "the https URL that events are posted to; blank switches the rules off",
	"secret":       "the signing secret, whsec_ and the base64 text of 24 to 64 bytes; without it nothing is sent",
	"old_secret":   "while a secret rotates, the one before; otherwise blank, or no property at all",
}

// Event is an entry of the event registry, for queued delivery. Its table stays empty: several rules queue it.
type Event struct {
	Name  string `json:"name"`
	Enter string `json:"enter"`
}

// Action is the script action of queued delivery.
type Action struct {
	Name   string `json:"name"`
	Event  string `json:"event"`
	Active bool   `json:"active"`
	Script string `json:"script"`
	SHA256 string `json:"script_sha256"`
	Enter  string `json:"enter"`
}

func (b *Book) add(spec provision.Spec) {
	if b.files == nil {
		b.files = map[string]string{}
	}
	b.Instance, b.Delivery = spec.Instance, string(spec.Delivery)
	names := map[string]string{}
	first := len(b.Properties) == 0 // the presets share properties, event and script action names
	for _, p := range spec.Properties {
		names[p.Key] = p.Name
		if first {
			b.Properties = append(b.Properties,
				Property{Key: p.Key, Name: p.Name, Type: p.Type, Value: p.Value, Private: true, Enter: entries[p.Key]})
		}
	}
	for _, r := range spec.Rules {
		file := r.Key + ".js"
		b.files[file] = r.Script
		b.Rules = append(b.Rules, Rule{Rule: r, Advanced: true, Active: true, Delivery: b.Delivery, Script: file,
			SHA256: provision.ScriptHash(r.Script), Properties: names})
	}
	for _, e := range spec.Events {
		if first {
			b.Events = append(b.Events, Event{Name: e.Name,
				Enter: "System Policy > Events > Registry: the event name; no table, no queue"})
		}
	}
	for _, a := range spec.Actions {
		file := "delivery_of_" + spec.Rules[0].Key + ".js"
		b.files[file] = a.Script
		b.ScriptActions = append(b.ScriptActions, Action{Name: a.Name, Event: a.Event, Active: true, Script: file,
			SHA256: provision.ScriptHash(a.Script),
			Enter:  "System Policy > Events > Script Actions: name, event name, active, the script; no condition"})
	}
}

func (b *Book) write(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // people read it
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return err
	}
	b.files["rules.json"] = text.String()
	for name, content := range b.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
