package servicenowtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html
func TestKnowledge(t *testing.T) {
	b := newBench(t)
	base := b.seed("kb_knowledge_base", row{"title": "IT"})
	vpn := b.seed("kb_knowledge", row{"number": "KB1", "short_description": "VPN setup", "text": "<p>Set up the <i>vpn</i></p>",
		"workflow_state": "published", "kb_knowledge_base": base, "display_attachments": "true", "sys_view_count": "3"})
	b.seed("kb_knowledge",
		row{"number": "KB2", "short_description": "Printer", "text": "about the vpn", "workflow_state": "published", "featured": "true", "sys_view_count": "9"},
		row{"number": "KB3", "short_description": "VPN draft", "workflow_state": "draft"},
		row{"number": "KB4", "short_description": "VPN deutsch", "workflow_state": "published", "language": "de"})
	file, err := b.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: "kb_knowledge", SysID: vpn, FileName: "a.png",
		ContentType: "image/png"}, strings.NewReader("png"))
	if err != nil {
		t.Fatal(err)
	}
	articles := "/api/sn_km_api/knowledge/articles"
	found := func(query string) string {
		t.Helper()
		a := b.get(articles + query).want(200)
		var numbers []string
		for i := 0; a.value(fmt.Sprintf("result/articles/%d", i)) != "<absent>"; i++ {
			numbers = append(numbers, a.value(fmt.Sprintf("result/articles/%d/number", i)))
		}
		return strings.Join(numbers, " ")
	}
	for query, want := range map[string]string{"?query=vpn": "KB1 KB2", "?query=vpn&limit=1": "KB1",
		"?query=vpn&limit=1&offset=1": "KB2", "?query=printer%20vpn": "KB2", "?query=nothing": "",
		"?filter=short_description=Printer": "KB2", "?kb=" + base: "KB1", "?language=de": "KB4",
		"?query=vpn&language=all": "KB1 KB4 KB2", "/featured": "KB2", "/most_viewed": "KB2 KB1"} {
		if got := found(query); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	a := b.get(articles + "?query=vpn&fields=short_description&fields=sys_class_name").want(200)
	for path, want := range map[string]string{"meta/start": "0", "meta/end": "30", "meta/count": "2", "meta/query": "vpn",
		"meta/fields": "short_description,sys_class_name", "meta/language": "en", "meta/status/code": "200",
		"articles/0/id": "kb_knowledge:" + vpn, "articles/0/rank": "1", "articles/0/title": "VPN setup",
		"articles/0/fields/short_description/label":      "Short description",
		"articles/0/fields/sys_class_name/display_value": "Knowledge",
		"articles/0/fields/sys_class_name/type":          "sys_class_name"} {
		a.is("result/"+path, want)
	}
	if !strings.Contains(a.Body, "<B>vpn</B>") {
		t.Errorf("the snippet does not mark the word: %s", a.Body)
	}
	one := b.get(articles + "/KB1").want(200)
	one.is("result/sys_id", vpn).is("result/content", "<p>Set up the <i>vpn</i></p>").is("result/template", "false").
		is("result/display_attachments", "true").is("result/attachments/0/file_name", "a.png").
		is("result/attachments/0/size_bytes", "3").is("result/embedded_content", "[]")
	b.get(articles + "/" + vpn).want(200)
	b.get(articles + "/KB3").want(404)
	b.get(articles + "/KB9").want(404)
	views := func() string { r, _ := b.db.Get("kb_knowledge", vpn); return r.Get("sys_view_count") }
	for _, query := range []string{"?update_view=true", "?update_view=false", "?update_view"} { // whatever its value
		before := views()
		b.get(articles + "/KB1" + query).want(200)
		if views() == before {
			t.Errorf("%s counted no view", query)
		}
	}
	if used := b.db.Find("kb_use", "article", vpn); len(used) != 3 || used[0].Get("user") != b.who.UserID {
		t.Errorf("kb_use has %d rows of the three views", len(used))
	}
	if got := b.do("GET", articles+"/"+vpn+"/attachments/"+file, "", "Accept", "*/*").want(200); got.Body != "png" {
		t.Errorf("attachment %q", got.Body)
	}
	b.get(articles + "/" + vpn + "/attachments/none").want(404)
	mine := b.seed("user_criteria", row{"name": "me", "user": b.who.UserID})
	if _, err := b.db.Update(db.Session{}, "kb_knowledge", vpn, row{"cannot_read_user_criteria": mine}); err != nil {
		t.Fatal(err)
	}
	b.get(articles + "/KB1").want(404)
}

// The members that come and go. https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html
func TestKnowledgeMembers(t *testing.T) {
	b := newBench(t)
	b.seed("kb_knowledge",
		row{"number": "KB1", "short_description": "b", "workflow_state": "published", "sys_view_count": "4"},
		row{"number": "KB2", "short_description": "a", "workflow_state": "published", "sys_view_count": "4"},
		row{"number": "KB3", "short_description": "never viewed", "workflow_state": "published"},
		row{"number": "KB4", "short_description": "outlived", "workflow_state": "published", "sys_view_count": "9",
			"valid_to": "2026-03-03"},
		row{"number": "KB5", "short_description": "c", "workflow_state": "published", "language": "de"})
	const articles = "/api/sn_km_api/knowledge/articles"
	for _, c := range []struct{ name, path, member, want string }{
		{"end is where the page would end", "?limit=2", "meta/end", "2"},
		{"also past the last article", "?limit=5&offset=3", "meta/end", "8"},
		{"count is of all pages", "?limit=1", "meta/count", "4"},
		{"no fields unless asked for", "?limit=1", "articles/0/fields", "<absent>"},
		{"fields that were asked for", "?limit=1&fields=number", "articles/0/fields/number/value", "KB1"},
		{"a search ranks", "?query=outlived", "articles/0/rank", "1"},
		{"a list does not", "/featured", "meta/ts_query_id", "<absent>"},
		{"featured is a query called homepage", "/featured", "meta/query", "homepage"},
		{"most viewed tells its filter", "/most_viewed", "meta/filter", mostViewed},
		{"views, then titles", "/most_viewed", "articles/0/number", "KB2"},
		{"views are the score", "/most_viewed", "articles/0/score", "4"},
		{"tags", "/most_viewed", "articles/0/tags", "[]"},
		{"neither never viewed nor outlived", "/most_viewed", "meta/count", "2"},
		{"the caller's language", "", "meta/language", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.get(articles+c.path).want(200).is("result/"+c.member, c.want)
		})
	}
	b.t = t
	b.get(articles+"/KB1").want(200).is("result/attachments", "<absent>").is("result/embedded_content", "<absent>").
		is("result/display_attachments", "false")
	if _, err := b.db.Update(db.Session{}, "sys_user", b.who.UserID, row{"preferred_language": "de"}); err != nil {
		t.Fatal(err)
	}
	b.get(articles).want(200).is("result/meta/language", "de").is("result/articles/0/number", "KB5")
}
