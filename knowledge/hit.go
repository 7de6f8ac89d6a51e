package knowledge

import (
	"encoding/json"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Field is the value of a column that was asked for by name, with what a form would show.
type Field struct {
	Name         string      `json:"name"`
	Label        string      `json:"label"`
	Type         string      `json:"type"` // the platform's own type: "string", "glide_date", "sys_class_name"
	Value        table.Value `json:"value"`
	DisplayValue table.Value `json:"display_value"`
}

// Hit is an article in a list of results.
type Hit struct {
	// ArticleID is the sys_id. The API sends it behind the name of its table, which Table keeps.
	ArticleID string
	Table     string // kb_knowledge, or "" where the API did not say
	Number    string
	Title     string
	Snippet   string // a piece of the text, the words found between <B> and </B>
	Link      string // for a portal's page: a query string without a host
	// Rank is the place in this search; Score how well it fits. Featured articles have the score -1, most viewed ones
	// the number of views. Both are numbers or texts, depending on the release.
	Rank   table.Decimal
	Score  table.Decimal
	Fields map[string]Field // the columns asked for
}

// UnmarshalJSON reads a result as the API sends it.
func (h *Hit) UnmarshalJSON(b []byte) error {
	var sent struct {
		ID      string           `json:"id"`
		Number  string           `json:"number"`
		Title   string           `json:"title"`
		Snippet string           `json:"snippet"`
		Link    string           `json:"link"`
		Rank    table.Decimal    `json:"rank"`
		Score   table.Decimal    `json:"score"`
		Fields  map[string]Field `json:"fields"`
	}
	if err := json.Unmarshal(b, &sent); err != nil {
		return err
	}
	*h = Hit{
		ArticleID: sent.ID, Number: sent.Number, Title: sent.Title, Snippet: sent.Snippet, Link: sent.Link,
		Rank: sent.Rank, Score: sent.Score, Fields: sent.Fields,
	}
	if name, id, ok := strings.Cut(sent.ID, ":"); ok {
		h.Table, h.ArticleID = name, id
	}
	return nil
}

// Results is one page of a search.
type Results struct {
	Meta Meta  `json:"meta"`
	Hits []Hit `json:"articles"`
}

// Meta is what the instance says about a page of results: which part it is, and what was asked for.
type Meta struct {
	Start    int    `json:"start"`
	End      int    `json:"end"`   // where the next page starts; it may lie beyond the last article
	Count    int    `json:"count"` // how many articles there are in all: an estimate
	Query    string `json:"query"`
	Filter   string `json:"filter"`
	KB       string `json:"kb"`
	Fields   string `json:"fields"`
	Language string `json:"language"`
	// SearchID names this search. [Service.Get] takes it, so that the instance counts which result was read.
	SearchID string `json:"ts_query_id"`
}
