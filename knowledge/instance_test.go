package knowledge_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/knowledge"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestAnArticleFromDraftToRetirement(t *testing.T) {
	in := roomtest.New(t, servicenowtest.WithUser("kb.admin", "kb-password", []string{"admin"}, ""))
	kb := in.Connect("kb.admin", "kb-password")
	ctx := t.Context()
	base := in.Insert("kb_knowledge_base", map[string]string{"title": "IT", "active": "true"})
	a, err := kb.Knowledge.Create(ctx, table.ArticleChanges{
		ShortDescription: table.NewText("Zebra VPN"), Text: table.NewText("<p>zebra</p>"), KnowledgeBase: table.RefTo(base),
		ValidTo: table.NewDate(2100, time.January, 1),
	})
	if err != nil || !a.WorkflowState.Is(table.ArticleDraft) {
		t.Fatalf("got %+v, %v", a, err)
	}
	id := a.SysID.String()
	if _, err := kb.Knowledge.Update(ctx, id, table.Set("meta", table.NewText("vpn"))); err != nil {
		t.Error(err)
	}
	moved, err := kb.Knowledge.Publish(ctx, id)
	if err != nil || moved.State != table.ArticlePublished || moved.Approval {
		t.Fatalf("got %+v, %v", moved, err)
	}
	hits := 0
	for hit, err := range in.Knowledge.Search(ctx, knowledge.SearchOptions{Text: "zebra"}) {
		if hits++; err != nil || hit.ArticleID() != id || hit.Title.String() != "Zebra VPN" {
			t.Errorf("got %+v, %v", hit, err)
		}
	}
	read, err := in.Knowledge.Get(ctx, a.Number.String())
	if hits != 1 || err != nil || read.SysID.String() != id || !strings.Contains(read.Content.String(), "zebra") {
		t.Errorf("%d hits; got %+v, %v", hits, read, err)
	}
	if moved, err = kb.Knowledge.Retire(ctx, id); err != nil || moved.State != table.ArticleRetired {
		t.Errorf("got %+v, %v", moved, err)
	}
	if _, err := kb.Knowledge.Update(ctx, id, table.Set("meta", table.NewText("x"))); !errors.Is(err, servicenow.ErrConflict) {
		t.Errorf("a retired article was edited: %v", err)
	}
}
