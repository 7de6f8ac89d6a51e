package table

// CatalogTask is a row of the table sc_task: work to be done for an ordered item.
type CatalogTask struct {
	Task

	Request     Ref `json:"request,omitzero"`
	RequestItem Ref `json:"request_item,omitzero"`
	ScCatalog   Ref `json:"sc_catalog,omitzero"`
}

// CatalogTasks is the table sc_task.
func CatalogTasks(s *Service) Table[CatalogTask] { return Of[CatalogTask](s, "sc_task") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r CatalogTask) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *CatalogTask) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
