package table

// Consumer is a row of the table csm_consumer: a customer who is a person. A consumer is no user; User points at one.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html
type Consumer struct {
	System

	Number            Text   `json:"number,omitzero"`
	Name              Text   `json:"name,omitzero"`
	Prefix            Text   `json:"prefix,omitzero"`
	FirstName         Text   `json:"first_name,omitzero"`
	MiddleName        Text   `json:"middle_name,omitzero"`
	LastName          Text   `json:"last_name,omitzero"`
	Suffix            Text   `json:"suffix,omitzero"`
	Title             Text   `json:"title,omitzero"`
	Email             Text   `json:"email,omitzero"`
	BusinessPhone     Text   `json:"business_phone,omitzero"`
	HomePhone         Text   `json:"home_phone,omitzero"`
	MobilePhone       Text   `json:"mobile_phone,omitzero"`
	Fax               Text   `json:"fax,omitzero"`
	Gender            Choice `json:"gender,omitzero"`
	Street            Text   `json:"street,omitzero"`
	City              Text   `json:"city,omitzero"`
	State             Text   `json:"state,omitzero"`
	Country           Text   `json:"country,omitzero"`
	Zip               Text   `json:"zip,omitzero"`
	TimeZone          Text   `json:"time_zone,omitzero"`
	TimeFormat        Text   `json:"time_format,omitzero"`
	DateFormat        Text   `json:"date_format,omitzero"`
	PreferredLanguage Text   `json:"preferred_language,omitzero"`
	Notification      Choice `json:"notification,omitzero"`
	Notes             Text   `json:"notes,omitzero"`
	Photo             Text   `json:"photo,omitzero"`
	Active            Bool   `json:"active,omitzero"`
	Primary           Bool   `json:"primary,omitzero"`
	Household         Ref    `json:"household,omitzero"`
	User              Ref    `json:"user,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Consumers is the table csm_consumer.
func Consumers(s *Service) Table[Consumer] { return Of[Consumer](s, "csm_consumer") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Consumer) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Consumer) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
