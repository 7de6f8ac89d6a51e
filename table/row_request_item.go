package table

// RequestItem is a row of the table sc_req_item: one item of an order.
type RequestItem struct {
	Task

	Request      Ref     `json:"request,omitzero"`
	CatItem      Ref     `json:"cat_item,omitzero"`
	RequestedFor Ref     `json:"requested_for,omitzero"`
	Quantity     Int     `json:"quantity,omitzero"`
	Price        Decimal `json:"price,omitzero"`
	Stage        Choice  `json:"stage,omitzero"`
	ScCatalog    Ref     `json:"sc_catalog,omitzero"`
}

// RequestItems is the table sc_req_item.
func RequestItems(s *Service) Table[RequestItem] { return Of[RequestItem](s, "sc_req_item") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r RequestItem) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *RequestItem) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
