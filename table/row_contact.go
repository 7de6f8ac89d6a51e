package table

// Contact is a row of the table customer_contact: a user of a customer's account.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html
type Contact struct {
	User

	Account Ref `json:"account,omitzero"`
}

// Contacts is the table customer_contact.
func Contacts(s *Service) Table[Contact] { return Of[Contact](s, "customer_contact") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Contact) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Contact) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
