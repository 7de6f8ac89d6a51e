package knowledge

import (
	"strings"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Results is one page of a search. It can be written down as JSON and read again without loss.
type Results struct {
	Meta Meta  `json:"meta,omitzero"`
	Hits []Hit `json:"articles,omitzero"`

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads a page as the API sends it.
func (r *Results) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, r) }

// MarshalJSON writes the page as it was read.
func (r Results) MarshalJSON() ([]byte, error) { return table.MarshalRow(r) }

// Meta is what the instance says about a page of results: which part it is, and what was asked for. Its numbers are
// JSON numbers.
type Meta struct {
	Start    table.Int  `json:"start,omitzero"`
	End      table.Int  `json:"end,omitzero"`   // where the next page starts; it may lie beyond the last article
	Count    table.Int  `json:"count,omitzero"` // how many articles there are in all: an estimate
	Query    table.Text `json:"query,omitzero"`
	Filter   table.Text `json:"filter,omitzero"`
	KB       table.Text `json:"kb,omitzero"`
	Fields   table.Text `json:"fields,omitzero"`
	Language table.Text `json:"language,omitzero"`
	// SearchID names this search, where it was one. [Service.Get] takes it, so that the instance counts which result
	// was read.
	SearchID table.Text `json:"ts_query_id,omitzero"`

	Extra table.Extra // members without a field, "status" among them
}

// UnmarshalJSON reads the member meta as the API sends it.
func (m *Meta) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, m) }

// MarshalJSON writes the member as it was read.
func (m Meta) MarshalJSON() ([]byte, error) { return table.MarshalRow(m) }

// Hit is an article in a list of results.
type Hit struct {
	ID      table.Text `json:"id,omitzero"` // "kb_knowledge:" and the sys_id; see ArticleID and Table
	Number  table.Text `json:"number,omitzero"`
	Title   table.Text `json:"title,omitzero"`
	Snippet table.Text `json:"snippet,omitzero"` // a piece of the text, the words found between <B> and </B>
	Link    table.Text `json:"link,omitzero"`    // for a portal's page: a query string without a host
	// Rank is the place in this search, which featured and most viewed articles do not have. Score is how well it
	// fits: featured articles have -1, most viewed ones the number of views. Both are numbers in the documentation's
	// examples and Score is a text in its tables.
	Rank   table.Decimal    `json:"rank,omitzero"`
	Score  table.Decimal    `json:"score,omitzero"`
	Fields map[string]Field `json:"fields,omitzero"` // the columns asked for

	Extra table.Extra // members without a field, such as the "tags" of most viewed articles
}

// UnmarshalJSON reads a result as the API sends it.
func (h *Hit) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, h) }

// MarshalJSON writes the result as it was read.
func (h Hit) MarshalJSON() ([]byte, error) { return table.MarshalRow(h) }

// ArticleID is the sys_id of the article, which the API sends behind the name of its table.
func (h Hit) ArticleID() string {
	_, id, found := strings.Cut(h.ID.String(), ":")
	if !found {
		return h.ID.String()
	}
	return id
}

// Table is the table of the article, "kb_knowledge" or one that extends it, or "" where the API did not say.
func (h Hit) Table() string {
	name, _, found := strings.Cut(h.ID.String(), ":")
	if !found {
		return ""
	}
	return name
}
