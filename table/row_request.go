package table

// Request is a row of the table sc_request: an order of the service catalog.
type Request struct {
	Task

	RequestedFor        Ref     `json:"requested_for,omitzero"`
	RequestState        Choice  `json:"request_state,omitzero"`
	Stage               Choice  `json:"stage,omitzero"`
	Price               Decimal `json:"price,omitzero"`
	DeliveryAddress     Text    `json:"delivery_address,omitzero"`
	SpecialInstructions Text    `json:"special_instructions,omitzero"`
}

// Requests is the table sc_request. Inserting into it is often refused:
// orders are placed with the Service Catalog API.
func Requests(s *Service) Table[Request] { return Of[Request](s, "sc_request") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Request) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Request) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
