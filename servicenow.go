package servicenow

import "github.com/seed-a66f7fd3/servicenow/internal/instance"

// Instance is a validated ServiceNow origin: https://NAME.service-now.com or https://NAME.servicenowservices.com.
// Nothing else is representable; [ParseInstance] makes one. The zero Instance is refused by every constructor.
//
// Methods: Host, Name, Origin, String (the origin), URL, IsZero, MarshalText, UnmarshalText.
type Instance = instance.Instance

// ErrInstance is what every refusal of [ParseInstance] wraps.
var ErrInstance = instance.Err

// ParseInstance accepts exactly a bare https origin of a ServiceNow domain, in any letter case, and, as a courtesy to
// forms, a bare instance name ("acme"). A refusal names what is wrong and what is right.
func ParseInstance(s string) (Instance, error) { return instance.Parse(s) }
