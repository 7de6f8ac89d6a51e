package knowledge

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Table is the table of articles: one row for each version.
const Table = "kb_knowledge"

const workflowState = "workflow_state"

// Create makes a draft of an article, through the Table API: w is a [table.ArticleChanges] as a rule. One request, never
// sent twice. The title and the knowledge base are required, and a *table.MissingError tells before anything is sent. An
// article begins as a draft; [Service.Publish] does the rest.
//
// See https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/create-knowledge-article.html.
func (s *Service) Create(ctx context.Context, w table.Writable, o ...table.WriteOptions) (table.Article, error) {
	const name = "knowledge.Create"
	body, err := table.NewBody(w)
	if err != nil {
		return table.Article{}, invalid(name, err)
	}
	if state := body.Value(workflowState).String(); state != "" && state != table.ArticleDraft {
		return table.Article{}, invalid(name, errNotADraft)
	}
	title := table.Column{Name: "short_description", Text: body.Value("short_description").String()}
	base := table.Column{Name: "kb_knowledge_base", Text: body.Value("kb_knowledge_base").String()}
	if err := table.Require("create an article", title, base); err != nil {
		return table.Article{}, err
	}
	return s.articles().Create(ctx, w, o...)
}

var (
	errNotADraft = errors.New("an article begins as a draft: Publish publishes it")
	errStateSet  = errors.New("workflow_state is not written: Publish and Retire move an article")
)

// Update changes the columns of an article that are set in w, through the Table API, and returns it as it then is. Two
// requests: an article that is retired, about to be, or outdated cannot be edited, and is a *StateError without
// anything being written.
//
// Where the instance keeps versions, a published article is changed by checking out a new version on the instance,
// which no API does; how it answers to a change here is its own affair. table.WriteOptions.CheckEcho finds what it did
// not take.
//
// See https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/article-versioning.html.
func (s *Service) Update(
	ctx context.Context, id string, w table.Writable, o ...table.WriteOptions,
) (table.Article, error) {
	const name = "knowledge.Update"
	body, err := table.NewBody(w)
	if err == nil && body.Value(workflowState).IsSet() {
		err = errStateSet
	}
	if err != nil {
		return table.Article{}, invalid(name, err)
	}
	place, err := s.place(ctx, id)
	if err != nil {
		return table.Article{}, err
	}
	switch place.state {
	case table.ArticleRetired, table.ArticlePendingRetirement, table.ArticleOutdated:
		return table.Article{}, &StateError{Step: "edit", State: place.state}
	}
	return s.articles().Update(ctx, id, w, o...)
}

func (s *Service) articles() table.Table[table.Article] { return table.Articles(s.tables) }

// StateError tells that an article cannot take a step from the state that it is in. Nothing was written. It is of the
// class ErrConflict.
type StateError struct {
	Step  string // "publish", "retire", "edit"
	State string // one of the constants table.ArticleDraft and so on
}

// Error names the step and the state.
func (e *StateError) Error() string {
	return fmt.Sprintf("servicenow: cannot %s an article in the state %q", e.Step, e.State)
}

// Is reports that the error is of the class ErrConflict.
func (e *StateError) Is(target error) bool { return target == rest.ErrConflict }
