package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/knowledge"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func Example() {
	instance, _ := roomtest.Start()
	defer instance.Close()
	base := instance.Insert("kb_knowledge_base", map[string]string{"title": "IT"})
	sn := instance.Connect(servicenowtest.AdminUser, servicenowtest.AdminPassword)
	ctx := context.Background()

	draft, err := sn.Knowledge.Create(ctx, table.ArticleChanges{
		ShortDescription: table.NewText("VPN setup"),
		Text:             table.NewText("<p>Use the zebra profile.</p>"),
		KnowledgeBase:    table.RefTo(base),
		ValidTo:          table.NewDate(2100, time.January, 1),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	moved, err := sn.Knowledge.Publish(ctx, draft.SysID.String()) // or puts it before those who approve
	fmt.Println(moved.State, moved.Approval, err)

	for hit, err := range sn.Knowledge.Search(ctx, knowledge.SearchOptions{Text: "zebra"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		article, err := sn.Knowledge.Get(ctx, hit.ArticleID())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(hit.Title, article.Content)
	}
	// Output:
	// published false <nil>
	// VPN setup <p>Use the zebra profile.</p>
}

// What an article's state does not allow is told before anything is written.
func ExampleService_Update() {
	instance, _ := roomtest.Start()
	defer instance.Close()
	id := instance.Insert(knowledge.Table, map[string]string{
		"short_description": "Old VPN", "workflow_state": table.ArticleRetired,
	})
	sn := instance.Connect(servicenowtest.AdminUser, servicenowtest.AdminPassword)

	_, err := sn.Knowledge.Update(context.Background(), id, table.ArticleChanges{Meta: table.NewText("vpn")})
	if refused, ok := errors.AsType[*knowledge.StateError](err); ok {
		fmt.Println("cannot", refused.Step, "what is", refused.State)
	}
	// Output: cannot edit what is retired
}

func ExampleService_SearchPage() {
	instance, sn := roomtest.Start()
	defer instance.Close()
	page, err := sn.Knowledge.SearchPage(context.Background(), knowledge.SearchOptions{Text: "zebra"}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(page.Hits), "of", page.Meta.Count)
	// Output: 0 of 0
}
