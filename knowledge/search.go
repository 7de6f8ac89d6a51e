package knowledge

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// ListOptions shape a list of articles. The zero value asks for every article in the user's language.
type ListOptions struct {
	// Fields are columns of kb_knowledge to return with each article.
	Fields []string
	// Bases are the sys_ids of the knowledge bases to look in; none is all.
	Bases []string
	// Languages are two-letter codes, or "all". None is the language of the user's session.
	Languages []string
	// PageSize is how many articles to ask for at once; zero is 30, which is what the API does by itself.
	PageSize int
	// Limit ends the list after that many articles. Zero is no bound.
	Limit int
}

// SearchOptions say what to search for. The zero value is every article.
type SearchOptions struct {
	// Text is what a person would type. It may be empty.
	Text string
	// Filter is a query on kb_knowledge. The API documents the operators =, !=, LIKE, STARTSWITH and ENDSWITH.
	Filter table.Query
	// List shapes the list.
	List ListOptions
}

// defaultPage is the API's own.
const defaultPage = 30

// Search yields the articles that fit, best first. One request for each page; nothing is sent before it is ranged
// over.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) Search(ctx context.Context, o SearchOptions) iter.Seq2[Hit, error] {
	return s.walk(ctx, "knowledge.Search", nil, o)
}

// Featured yields the articles that the knowledge managers put in front. One request for each page.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) Featured(ctx context.Context, o ListOptions) iter.Seq2[Hit, error] {
	return s.walk(ctx, "knowledge.Featured", featured, SearchOptions{List: o})
}

// MostViewed yields the published articles that were viewed most, most first. One request for each page.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) MostViewed(ctx context.Context, o ListOptions) iter.Seq2[Hit, error] {
	return s.walk(ctx, "knowledge.MostViewed", mostViewed, SearchOptions{List: o})
}

// SearchPage reads one page of a search, from offset, with what the instance says about it. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) SearchPage(ctx context.Context, o SearchOptions, offset int) (*Results, error) {
	return s.SearchPageCall(o, offset).Do(ctx)
}

// SearchPageCall describes [Service.SearchPage], for a batch.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) SearchPageCall(o SearchOptions, offset int) table.Call[*Results] {
	return s.pageCall("knowledge.SearchPage", nil, o, offset)
}

// FeaturedPageCall describes one page of [Service.Featured], from offset, for a batch.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) FeaturedPageCall(o ListOptions, offset int) table.Call[*Results] {
	return s.pageCall("knowledge.FeaturedPage", featured, SearchOptions{List: o}, offset)
}

// MostViewedPageCall describes one page of [Service.MostViewed], from offset, for a batch.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) MostViewedPageCall(o ListOptions, offset int) table.Call[*Results] {
	return s.pageCall("knowledge.MostViewedPage", mostViewed, SearchOptions{List: o}, offset)
}

// The lists beside the search, by their names in a path.
var (
	featured   = []string{"featured"}
	mostViewed = []string{"most_viewed"}
)

// walk goes from page to page by what the instance says is next, or by what came. An article that moved meanwhile
// is not told twice.
func (s *Service) walk(ctx context.Context, name string, sub []string, o SearchOptions) iter.Seq2[Hit, error] {
	return func(yield func(Hit, error) bool) {
		seen, told := map[string]bool{}, 0
		for offset := 0; ; {
			page, err := s.pageCall(name, sub, o, offset).Do(ctx)
			if err != nil {
				yield(Hit{}, err)
				return
			}
			for _, hit := range page.Hits {
				id := hit.ArticleID()
				if seen[id] && id != "" {
					continue
				}
				seen[id] = true
				if told++; !yield(hit, nil) || told == o.List.Limit {
					return
				}
			}
			next, count := max(int(page.Meta.End.Int64()), offset+len(page.Hits)), int(page.Meta.Count.Int64())
			if next >= count && (count > 0 || len(page.Hits) == 0) || next <= offset {
				return
			}
			offset = next
		}
	}
}

func (s *Service) pageCall(name string, sub []string, o SearchOptions, offset int) table.Call[*Results] {
	params, err := o.params(offset)
	if err != nil {
		return table.Refused[*Results](invalid(name, err))
	}
	op := rest.Op{Name: name, Method: http.MethodGet, Path: articlePath(sub...), Query: params}
	return table.NewCall[*Results](s.conn, op)
}

func (o SearchOptions) params(offset int) (url.Values, error) {
	params := url.Values{}
	if o.Text != "" {
		params.Set("query", o.Text)
	}
	if err := o.Filter.EncodeValues("filter", &params); err != nil {
		return nil, err
	}
	if err := o.List.addTo(params); err != nil {
		return nil, err
	}
	if offset < 0 {
		return nil, errors.New("the offset must not be negative")
	}
	if offset > 0 {
		params.Set("offset", strconv.Itoa(offset))
	}
	return params, nil
}

// addTo sets the parameters without the prefix sysparm_, which this API does not have.
func (o ListOptions) addTo(params url.Values) error {
	if o.PageSize < 0 || o.Limit < 0 {
		return errors.New("page size and limit must not be negative")
	}
	for _, base := range o.Bases {
		if err := ident.SysID(base); err != nil {
			return fmt.Errorf("knowledge base: %w", err)
		}
	}
	for _, language := range o.Languages {
		if language != "all" && (len(language) < 2 || strings.ContainsAny(language, ", ")) {
			return fmt.Errorf("%.10q is not a language code", language)
		}
	}
	if err := setFields(params, o.Fields); err != nil {
		return err
	}
	for name, list := range map[string][]string{"kb": o.Bases, "language": o.Languages} {
		if len(list) > 0 {
			params.Set(name, strings.Join(list, ","))
		}
	}
	size := o.PageSize
	if size == 0 {
		size = defaultPage
	}
	if o.Limit > 0 {
		size = min(size, o.Limit)
	}
	params.Set("limit", strconv.Itoa(size))
	return nil
}

func setFields(params url.Values, fields []string) error {
	for _, field := range fields {
		if err := ident.Column(field); err != nil {
			return err
		}
	}
	if len(fields) > 0 {
		params.Set("fields", strings.Join(fields, ","))
	}
	return nil
}
