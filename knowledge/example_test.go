package knowledge_test

import (
	"context"
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

	draft, err := sn.Knowledge.Create(ctx, knowledge.Draft{
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
		article, err := sn.Knowledge.Get(ctx, hit.ArticleID)
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
