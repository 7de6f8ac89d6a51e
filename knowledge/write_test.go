package knowledge_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/knowledge"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const rows = "/api/now/v2/table/kb_knowledge"

// place is where an article stands, with columns of its knowledge base.
func place(state string, columns ...string) wiretest.Answer {
	text := `{"sys_id":{"value":"` + articleID + `"},"workflow_state":{"display_value":"Any","value":"` + state + `"}`
	for i := 0; i+1 < len(columns); i += 2 {
		text += `,"kb_knowledge_base.` + columns[i] + `":{"display_value":"` + columns[i+1] + `","value":"` + columns[i+1] + `"}`
	}
	return wiretest.Result(text + "}")
}

func at(state string) wiretest.Answer {
	return wiretest.Result(`{"sys_id":"` + articleID + `","workflow_state":"` + state + `"}`)
}

func TestCreateMakesADraft(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPost, rows, wiretest.Answer{Status: 201, Body: `{"result":{"sys_id":"` + articleID +
		`","workflow_state":"draft"}}`})
	a, err := svc.Create(t.Context(), table.ArticleChanges{
		ShortDescription: table.NewText("VPN"), KnowledgeBase: table.RefTo(baseID), Text: table.NewText("<p>VPN</p>"),
	})
	if err != nil || a.SysID.String() != articleID {
		t.Errorf("got %+v, %v", a, err)
	}
	if body := w.Sent()[0].Body; len(w.Sent()) != 1 ||
		body != `{"short_description":"VPN","text":"\u003cp\u003eVPN\u003c/p\u003e","kb_knowledge_base":"`+baseID+`"}` {
		t.Errorf("body %s", body)
	}
	_, err = svc.Create(t.Context(), table.ArticleChanges{Text: table.NewText("x")})
	if missing, ok := errors.AsType[*table.MissingError](err); !ok || !slices.Equal(missing.Columns, []string{"short_description",
		"kb_knowledge_base"}) {
		t.Errorf("got %v", err)
	}
}

func TestUpdateLeavesWhatCannotBeEdited(t *testing.T) {
	text := table.Set("text", table.NewText("x"))
	for state, ok := range map[string]bool{
		table.ArticleDraft: true, table.ArticleReview: true, table.ArticlePublished: true,
		table.ArticleRetired: false, table.ArticlePendingRetirement: false, table.ArticleOutdated: false,
	} {
		w, svc := connect(t)
		w.On(http.MethodGet, rows+"/"+articleID, place(state))
		w.On(http.MethodPatch, rows+"/"+articleID, at(state))
		_, err := svc.Update(t.Context(), articleID, text)
		if _, refused := errors.AsType[*knowledge.StateError](err); refused == ok || ok && err != nil {
			t.Errorf("%s: %v", state, err)
		}
		if n := len(w.Sent()); ok && n != 2 || !ok && n != 1 {
			t.Errorf("%s: %d requests", state, n)
		}
	}
}

func TestPublishGoesByTheWorkflow(t *testing.T) {
	const instant, approval = "Knowledge - Instant Publish", "Knowledge - Approval Publish"
	for name, tt := range map[string]struct {
		at      wiretest.Answer
		options []knowledge.MoveOptions
		written string // "" is nothing
		after   string
		want    knowledge.Moved
		err     any
	}{
		"instant": {
			at: place("draft", "workflow", instant), written: "published", after: "published",
			want: knowledge.Moved{State: "published", Workflow: instant},
		},
		"approval": {
			at: place("draft", "workflow", approval), written: "review", after: "review",
			want: knowledge.Moved{State: "review", Approval: true, Workflow: approval},
		},
		"a flow comes before a workflow": {
			at: place("draft", "workflow", instant, "publish_flow", approval), written: "review", after: "review",
			want: knowledge.Moved{State: "review", Approval: true, Workflow: approval},
		},
		"a base without one": {
			at: place("draft", "workflow", ""), written: "published", after: "published", want: knowledge.Moved{State: "published"},
		},
		"a rule of the instance asks for approval": {
			at: place("draft", "workflow", instant), written: "published", after: "review",
			want: knowledge.Moved{State: "review", Approval: true, Workflow: instant},
		},
		"the instance leaves it as it was": {
			at: place("draft", "workflow", instant), written: "published", after: "draft", err: new(*table.IgnoredError),
		},
		"the instance's own workflow": {at: place("draft", "workflow", "Acme"), err: new(*knowledge.WorkflowError)},
		"a base that cannot be read":  {at: place("draft"), err: new(*knowledge.WorkflowError)},
		"under review":                {at: place("review", "workflow", instant), err: new(*knowledge.StateError)},
		"retired":                     {at: place("retired", "workflow", instant), err: new(*knowledge.StateError)},
		"published already, no request": {at: place("published", "workflow", instant), want: knowledge.Moved{State: "published",
			Workflow: instant}},
		"the caller knows": {
			at: place("draft", "workflow",
				"Acme"), options: []knowledge.MoveOptions{{State: "review"}}, written: "review", after: "review",
			want: knowledge.Moved{State: "review", Approval: true, Workflow: "Acme"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, rows+"/"+articleID, tt.at)
			w.On(http.MethodPatch, rows+"/"+articleID, at(tt.after))
			got, err := svc.Publish(t.Context(), articleID, tt.options...)
			if tt.err != nil && !errors.As(err, tt.err) || tt.err == nil && (err != nil || got != tt.want) {
				t.Errorf("got %+v, %v", got, err)
			}
			if refused := errors.Is(err, rest.ErrConflict); tt.written == "" && tt.err != nil && !refused {
				t.Errorf("the class of %v", err)
			}
			sent := w.Sent()
			switch {
			case tt.written == "" && len(sent) != 1:
				t.Errorf("sent %v", sent)
			case tt.written != "" && (len(sent) != 2 || sent[1].Body != `{"workflow_state":"`+tt.written+`"}`):
				t.Errorf("sent %v", sent)
			}
		})
	}
}

func TestRetire(t *testing.T) {
	for workflow, want := range map[string]knowledge.Moved{
		"Knowledge - Instant Retire":  {State: "retired", Workflow: "Knowledge - Instant Retire"},
		"Knowledge - Approval Retire": {State: "pending_retirement", Approval: true, Workflow: "Knowledge - Approval Retire"},
	} {
		w, svc := connect(t)
		w.On(http.MethodGet, rows+"/"+articleID, place("published", "retire_workflow", workflow, "workflow", "Acme"))
		w.On(http.MethodPatch, rows+"/"+articleID, at(want.State))
		got, err := svc.Retire(t.Context(), articleID, knowledge.MoveOptions{Replacement: fileID})
		if err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		if body := w.Sent()[1].Body; body != `{"workflow_state":"`+want.State+`","replacement_article":"`+fileID+`"}` {
			t.Errorf("body %s", body)
		}
	}
	for state, done := range map[string]bool{"draft": false, "retired": true, "pending_retirement": false} {
		w, svc := connect(t)
		w.On(http.MethodGet, rows+"/"+articleID, place(state, "retire_workflow", ""))
		if _, err := svc.Retire(t.Context(), articleID); (err == nil) != done || len(w.Sent()) != 1 {
			t.Errorf("%s: %v", state, err)
		}
	}
}
