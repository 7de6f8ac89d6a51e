package provision

import (
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// Spec is the wanted state of an instance, as data: [Helpdesk] and [Agent] make it, and it marshals and prints without
// secrets.
type Spec struct {
	// Vendor is the marker by which records are recognised as ours.
	Vendor string `json:"vendor"`
	// Label names the vendor to people.
	Label string `json:"label"`
	// Instance is the name of the only instance for which the scripts work.
	Instance   string     `json:"instance"`
	Delivery   Delivery   `json:"delivery"`
	Properties []Property `json:"properties"`
	Rules      []Rule     `json:"rules"`
	// Events and Actions are of queued delivery only.
	Events  []Registration `json:"events,omitempty"`
	Actions []ScriptAction `json:"actions,omitempty"`
	Legacy  []Legacy       `json:"legacy,omitempty"`
}

// Rule is a Business Rule, a row of sys_script.
type Rule struct {
	// Key names the rule in our marker, in event ids and in webhook.Head.Rule: "task", "case", "comment", "attachment".
	Key   string `json:"key"`
	Name  string `json:"name"`
	Table string `json:"table"`
	// When is "after": before it a record is not stored, and async rules cannot tell what changed.
	When   string `json:"when"`
	Order  int    `json:"order"`
	Insert bool   `json:"insert"`
	Update bool   `json:"update"`
	Delete bool   `json:"delete"`
	// Filter is the condition, an encoded query. The platform evaluates it before it loads the script.
	Filter string `json:"filter"`
	// Watch are the columns of which one must change for an update to be sent; empty is any. The script sees to it.
	Watch []string `json:"watch,omitempty"`
	// SkipActor is the user whose changes the script does not send.
	SkipActor string `json:"skip_actor,omitempty"`
	Script    string `json:"-"`
	// Fallback is where the same script goes when the instance refuses the rule on Table, or changes it: a table of an
	// application scope may not take an after rule from the global one.
	Fallback *Fallback `json:"fallback,omitempty"`
}

// Fallback is another table and the condition that selects the same records there.
type Fallback struct {
	Table  string `json:"table"`
	Filter string `json:"filter"`
}

// Property is a System Property, a row of sys_properties. Each write to that table flushes the instance's caches for
// minutes, so an equal value is never written again.
type Property struct {
	// Key is "callback_url", "secret" or "old_secret".
	Key  string `json:"key"`
	Name string `json:"name"`
	// Type is "string", or "password2" for a secret.
	Type string `json:"type"`
	// Value of a property that is no secret.
	Value string `json:"value,omitempty"`
	// Secret is written instead of Value. The property's description carries its Key.ID, because its value cannot be
	// read back. A zero Secret in an "old_secret" blanks the property if it is there, and creates none.
	Secret webhook.Key `json:"secret,omitzero"`
}

// Registration is an event's entry in the registry, a row of sysevent_register. An event that is not registered fails
// silently in an application scope.
type Registration struct {
	Key  string `json:"key"`
	Name string `json:"name"` // at most 40 characters, beyond which the platform cuts silently
}

// ScriptAction sends queued events, a row of sysevent_script_action.
type ScriptAction struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Event  string `json:"event"`
	Script string `json:"-"`
}
