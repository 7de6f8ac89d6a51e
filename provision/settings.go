package provision

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// Delivery is how a rule gets its event out of the instance.
type Delivery string

const (
	// Direct sends from the rule with executeAsync: one attempt, and nobody waits for it.
	Direct Delivery = "direct"
	// Queued lets the rule queue an event, and a script action send it and try again after 30 seconds, 2 and 10
	// minutes, an hour and 6 hours. It needs an event registration and a script action, which only an admin may write.
	Queued Delivery = "queued"
)

// The defaults of Settings.
const (
	// DefaultOrder is below 1000: rules from there on run after notifications, and for active records only.
	DefaultOrder = 950
	// DefaultTimeout is how long the instance waits for the receiver.
	DefaultTimeout = 10 * time.Second
)

// backoff is when a queued event is tried again, in seconds. It covers an hour of downtime with an attempt left.
var backoff = []int{30, 120, 600, 3600, 21600}

// Settings are what hosts decide. Only Instance, Vendor, CallbackURL and Secret are required.
type Settings struct {
	// Instance is the instance's name, "acme" for acme.service-now.com. The scripts send nothing where the property
	// instance_name differs, so that a clone of the instance stays silent.
	Instance string
	// Vendor is the prefix of everything installed, "x_acme". It needs no scope of that name.
	Vendor string
	// Label names the vendor to people, in rule names and descriptions. Empty is Vendor.
	Label string
	// CallbackURL is where events go: https, and without a secret in it, because the instance logs host and path.
	CallbackURL string
	// Secret signs. OldSecret, while a secret rotates, signs as well.
	Secret, OldSecret webhook.Key
	// Delivery is Direct if empty.
	Delivery Delivery
	// Order of the rules; zero is DefaultOrder.
	Order int
	// Timeout for the receiver's answer; zero is DefaultTimeout.
	Timeout time.Duration

	// Classes is the allow-list of the task rule; nil is TaskClasses, and an empty list allows all. SubClasses also allows
	// the classes that extend those of the list, as customers make them.
	Classes    []string
	SubClasses bool
	// CaseTable is the table of the case rule; empty is sn_customerservice_case.
	CaseTable string
	// CaseOnTask puts the case rule on task at once, with a condition for cases, for instances on which a rule on the
	// case table is stored and never fires. One that is refused or altered goes there by itself.
	CaseOnTask bool
	// Watch, if not empty, lets the task and case rules send an update only when one of these columns changed.
	Watch []string
	// Columns are sent by value with tasks and cases. Rules ignore access controls, so the default is none: the
	// receiver reads the record with its own rights.
	Columns []string
	// Text sends the text of comments, cut at 8000 characters. It ignores access controls too.
	Text bool
	// WorkNotes lets internal notes leave the instance beside comments.
	WorkNotes bool
	// Deletes sends deletions as well.
	Deletes bool
	// Domain sends the record's sys_domain, for instances with domain separation.
	Domain bool
	// Filters adds an encoded query to the condition of a rule, by rule key.
	Filters map[string]string
	// SkipUser is our own user's name: its comments and attachments are not sent. Its changes to tasks and cases are,
	// because platform logic runs in the same transaction; the receiver tells by Head.Actor. SkipTasks drops those too.
	SkipUser  string
	SkipTasks bool
	// Canary is the sys_id of a record whose changes arrive as webhook.Ping, whoever makes them.
	Canary string
	// Names replaces the name of a rule or a property, by its key: "task", "case", "comment", "attachment";
	// "callback_url", "secret", "old_secret".
	Names map[string]string
	// Legacy are rules that an earlier version installed, by exact name and table. They are deactivated and deleted.
	Legacy []Legacy
}

// Legacy names a rule to be removed.
type Legacy struct {
	Name  string `json:"name"`
	Table string `json:"table"`
}

// TaskClasses are the classes that the task rule sends unless told otherwise.
var TaskClasses = []string{"incident", "sc_request", "sc_req_item", "sc_task", "change_request", "problem"}

var (
	vendorName   = ident.Named(`^[a-z][a-z0-9_]*$`, 2, 25)
	identifier   = ident.Named(`^[a-z][a-z0-9_]*$`, 1, 80)
	instanceName = ident.Named(`^[a-z0-9][a-z0-9-]*$`, 1, 63)
	recordID     = ident.Named(`^[0-9A-Za-z]+$`, 1, 32)
	propertyName = ident.Named(`^[A-Za-z][A-Za-z0-9_.-]*$`, 1, 100)
)

// withDefaults also checks. It never quotes a secret.
func (s Settings) withDefaults() (Settings, error) {
	if s.Delivery == "" {
		s.Delivery = Direct
	}
	if s.Label == "" {
		s.Label = s.Vendor
	}
	if s.Order == 0 {
		s.Order = DefaultOrder
	}
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	if s.Classes == nil {
		s.Classes = TaskClasses
	}
	if s.CaseTable == "" {
		s.CaseTable = "sn_customerservice_case"
	}
	return s, errors.Join(s.checkNames(), s.checkURL(), s.checkNumbers())
}

func (s Settings) checkNames() error {
	var errs []error
	refuse := func(format string, args ...any) { errs = append(errs, fmt.Errorf("provision: "+format, args...)) }
	if !instanceName.MatchString(s.Instance) {
		refuse("Instance must be the instance's name, \"acme\" for acme.service-now.com")
	}
	if !vendorName.MatchString(s.Vendor) {
		refuse("Vendor must be a prefix of lower-case letters, digits and _, as \"x_acme\"")
	}
	if len(s.Label) > 40 || strings.ContainsAny(s.Label, "^\r\n{}") {
		refuse("Label must be at most 40 characters without ^, braces and line breaks")
	}
	for _, names := range [][]string{s.Classes, {s.CaseTable}, s.Watch, s.Columns} {
		for _, n := range names {
			if !identifier.MatchString(n) {
				refuse("%.40q is not the name of a table or column", n)
			}
		}
	}
	if name, ok := s.distinctProperties(); !ok {
		refuse("%.40q is not the name of a property, or stands for two of them", name)
	}
	if s.Canary != "" && !recordID.MatchString(s.Canary) {
		refuse("Canary must be a sys_id")
	}
	if s.SkipTasks && s.SkipUser == "" {
		refuse("SkipTasks needs SkipUser")
	}
	return errors.Join(errs...)
}

// distinctProperties finds a property name that cannot be one, or is given twice.
func (s Settings) distinctProperties() (wrong string, ok bool) {
	seen := map[string]bool{}
	for _, key := range propertyKeys {
		name := s.propertyName(key)
		if seen[name] || !propertyName.MatchString(name) {
			return name, false
		}
		seen[name] = true
	}
	return "", true
}

func (s Settings) checkURL() error {
	u, err := url.Parse(s.CallbackURL)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("provision: CallbackURL must be an https URL without user info and fragment")
	case strings.ContainsAny(s.CallbackURL, " ${}"):
		return errors.New("provision: CallbackURL must not contain blanks, $ or braces: is a placeholder left in it?")
	}
	return nil
}

func (s Settings) checkNumbers() error {
	switch {
	case s.Secret.IsZero():
		return errors.New("provision: Secret is missing: make one with webhook.NewKey")
	case s.Delivery != Direct && s.Delivery != Queued:
		return fmt.Errorf("provision: unknown delivery %.20q", string(s.Delivery))
	case s.Order < 1 || s.Order >= 1000:
		return errors.New("provision: Order must be below 1000: from there on rules skip inactive records")
	case s.Timeout < time.Second || s.Timeout > 30*time.Second:
		return errors.New("provision: Timeout must be between 1 and 30 seconds")
	}
	return nil
}
