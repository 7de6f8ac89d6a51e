package knowledge_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/knowledge"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	articleID = "0b48fd75474321009db4b5b08b9a71c2"
	fileID    = "fedf5614294f4010f877796e70786956"
	baseID    = "a7e8a78bff0221009b20ffffffffff17"
	base      = "/api/sn_km_api/knowledge/articles"
)

func connect(t *testing.T) (*wiretest.Wire, *knowledge.Service) {
	w := wiretest.New(t)
	return w, knowledge.New(w.Conn, w.Tables)
}

// hit is a result as the documentation has it; the score is a number in its example, a text in its description.
func hit(i int, score string) string {
	return fmt.Sprintf(`{"link":"?sys_kb_id=9e&id=kb_article_view&sysparm_rank=%[1]d","rank":%[1]d,"id":"kb_knowledge:%032[1]d",
		"title":"Windows","snippet":"Should I upgrade to <B>Windows</B>?","score":%[2]s,"number":"KB%07[1]d","fields":{"sys_class_name":
		{"display_value":"Knowledge","name":"sys_class_name","label":"Class","type":"sys_class_name","value":"kb_knowledge"}}}`, i, score)
}

// results is a page of hits from start, when there are count in all.
func results(start, end, count int, hits ...string) wiretest.Answer {
	return wiretest.Result(fmt.Sprintf(`{"meta":{"start":%d,"end":%d,"fields":"sys_class_name","query":"Windows","filter":"","kb":"",
		"language":"en","count":%d,"ts_query_id":"7976f36129c30410f877796e70786991","status":{"code":200}},"articles":[%s]}`,
		start, end, count, strings.Join(hits, ",")))
}

func TestSearch(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base, results(0, 2, 3, hit(1, "14.869"), hit(2, `"13.4826"`)), results(2, 4, 3, hit(3, "-1")))
	o := knowledge.SearchOptions{
		Text: "Windows", Filter: table.Where("active", table.Is, "true"),
		List: knowledge.ListOptions{
			Fields: []string{"short_description", "sys_class_name"}, Bases: []string{baseID}, Languages: []string{"en",
				"fr"}, PageSize: 2,
		},
	}
	var got []string
	for h, err := range svc.Search(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(h.Number, " ", h.Rank, " ", h.Score, " ", h.Table(), " ", h.ArticleID()[31:], " ",
			h.Fields["sys_class_name"].DisplayValue))
	}
	want := "KB0000001 1 14.869 kb_knowledge 1 Knowledge|KB0000002 2 13.4826 kb_knowledge 2 Knowledge|KB0000003 3 -1 kb_knowledge 3 Knowledge"
	if g := strings.Join(got, "|"); g != want {
		t.Errorf("got %s", g)
	}
	line := "GET " + base + "?fields=short_description,sys_class_name&filter=active=true&kb=" + baseID + "&language=en,fr&limit=2&"
	w.Expect(line+"query=Windows", line+"offset=2&query=Windows")
}

func TestListsEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		answers     []wiretest.Answer
		limit       int
		hits, calls int
	}{
		"counted":             {[]wiretest.Answer{results(0, 2, 2, hit(1, "1"), hit(2, "1"))}, 0, 2, 1},
		"the end lies beyond": {[]wiretest.Answer{results(0, 3, 2, hit(1, "1"), hit(2, "1"))}, 0, 2, 1},
		"not counted":         {[]wiretest.Answer{results(0, 0, 0, hit(1, "1")), results(0, 0, 0)}, 0, 1, 2},
		"hidden in between": {[]wiretest.Answer{results(0, 2, 5, hit(1, "1")), results(2, 4, 5), results(4, 6, 5, hit(5,
			"1"))}, 0, 2, 3},
		"moved while we read": {[]wiretest.Answer{results(0, 2, 4, hit(1, "1"), hit(2, "1")), results(2, 4, 4, hit(2, "1"),
			hit(3, "1"))}, 0, 3, 2},
		"limited":                    {[]wiretest.Answer{results(0, 2, 9, hit(1, "1"), hit(2, "1"))}, 1, 1, 1},
		"nothing":                    {[]wiretest.Answer{results(0, 30, 0)}, 0, 0, 1},
		"an instance without a clue": {[]wiretest.Answer{results(0, 0, 9)}, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			for path, list := range map[string]func(*knowledge.Service, knowledge.ListOptions) iter.Seq2[knowledge.Hit, error]{
				"/featured": func(s *knowledge.Service, o knowledge.ListOptions) iter.Seq2[knowledge.Hit, error] {
					return s.Featured(t.Context(), o)
				},
				"/most_viewed": func(s *knowledge.Service, o knowledge.ListOptions) iter.Seq2[knowledge.Hit, error] {
					return s.MostViewed(t.Context(), o)
				},
			} {
				w, svc := connect(t)
				w.On(http.MethodGet, base+path, tt.answers...)
				n := 0
				for _, err := range list(svc, knowledge.ListOptions{Limit: tt.limit}) {
					if n++; err != nil {
						t.Fatal(err)
					}
				}
				if n != tt.hits || len(w.Sent()) != tt.calls {
					t.Errorf("%s: %d hits by %v", path, n, w.Sent())
				}
			}
		})
	}
}

func TestSearchPage(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base, results(5, 7, 19, hit(6, "1")))
	page, err := svc.SearchPage(t.Context(), knowledge.SearchOptions{}, 5)
	if err != nil || page.Meta.Count.Int64() != 19 || page.Meta.SearchID.String() != "7976f36129c30410f877796e70786991" || len(page.Hits) != 1 {
		t.Errorf("got %+v, %v", page, err)
	}
	w.Expect("GET " + base + "?limit=30&offset=5")
}

// article is one as the documentation has it.
const article = `{"content":"<p>Spam</p>\r\n","template":false,"number":"KB0000011","sys_id":"` + articleID + `",
	"short_description":"How to Deal with Spam","display_attachments":true,"attachments":[
	{"sys_id":"` + fileID + `","file_name":"attachment.txt","size_bytes":"75","state":"available_conditionally"}],
	"embedded_content":[],"language":"en","languages":[{"label":"French","language":"fr","sys_id":"` + baseID + `"}],
	"fields":{"author":{"display_value":"Ada","name":"author","label":"Author","type":"reference","value":"x"}}}`

func TestGet(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/"+articleID, wiretest.Result(article))
	w.On(http.MethodGet, base+"/KB0000011", wiretest.Result(`{"sys_id":"`+articleID+`","template":true,"template_table":"kb_template_faq",
		"content":[{"label":"Question","content":"?"}]}`))
	a, err := svc.Get(t.Context(), articleID)
	if err != nil || a.Content.String() != "<p>Spam</p>\r\n" || a.Sections() != nil || a.Template.Bool() || !a.DisplayAttachments.Bool() ||
		a.Attachments[0].SizeBytes.Int64() != 75 || a.Translations[0].Language.String() != "fr" ||
		a.Fields["author"].DisplayValue.String() != "Ada" {
		t.Errorf("got %+v, %v", a, err)
	}
	a, err = svc.Get(t.Context(), "KB0000011", knowledge.GetOptions{
		Fields: []string{"author"}, Language: "fr", SearchID: "7976", SearchRank: 26.426, CountView: true,
	})
	if err != nil || !a.Template.Bool() || string(a.Sections()) != `[{"label":"Question","content":"?"}]` {
		t.Errorf("got %+v, %v", a, err)
	}
	w.Expect("GET "+base+"/"+articleID,
		"GET "+base+"/KB0000011?fields=author&language=fr&search_id=7976&search_rank=26.426&update_view=true")
}

func TestOpenAttachment(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/"+articleID+"/attachments/"+fileID, wiretest.Answer{
		Body: "0123", Header: map[string]string{"Content-Type": "image/gif"},
	})
	c, err := svc.OpenAttachment(t.Context(), articleID, fileID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if b, err := io.ReadAll(c); string(b) != "0123" || err != nil || c.Size != 4 || c.ContentType != "image/gif" {
		t.Errorf("got %+v: %q, %v", c, b, err)
	}
	w.Expect("GET " + base + "/" + articleID + "/attachments/" + fileID)
}

func TestWhatCannotBeIsNotSent(t *testing.T) {
	w, svc := connect(t)
	ctx := t.Context()
	page := func(o knowledge.SearchOptions) error { return second(svc.SearchPage(ctx, o, 0)) }
	for name, err := range map[string]error{
		"hostile id":          second(svc.Get(ctx, "../../now/table/sys_user")),
		"language of a row":   second(svc.Get(ctx, articleID, knowledge.GetOptions{Language: "fr"})),
		"search without rank": second(svc.Get(ctx, articleID, knowledge.GetOptions{SearchID: "x"})),
		"fields":              second(svc.Get(ctx, articleID, knowledge.GetOptions{Fields: []string{"a,b"}})),
		"attachment":          second(svc.OpenAttachment(ctx, articleID, "..")),
		"negative offset":     second(svc.SearchPage(ctx, knowledge.SearchOptions{}, -1)),
		"negative page":       page(knowledge.SearchOptions{List: knowledge.ListOptions{PageSize: -1}}),
		"no base":             page(knowledge.SearchOptions{List: knowledge.ListOptions{Bases: []string{"x,y"}}}),
		"no language":         page(knowledge.SearchOptions{List: knowledge.ListOptions{Languages: []string{"e"}}}),
		"script":              page(knowledge.SearchOptions{Filter: table.Where("a", table.Is, "javascript:1")}),
		"empty change":        second(svc.Create(ctx, table.Changes{})),
		"no draft":            second(svc.Create(ctx, table.Set("workflow_state", table.NewChoice("published")))),
		"state":               second(svc.Update(ctx, articleID, table.Set("workflow_state", table.NewChoice("published")))),
		"update":              second(svc.Update(ctx, "KB1", table.Set("text", table.NewText("x")))),
		"publish":             second(svc.Publish(ctx, "KB1")),
		"replacement":         second(svc.Publish(ctx, articleID, knowledge.MoveOptions{Replacement: articleID})),
		"no replacement":      second(svc.Retire(ctx, articleID, knowledge.MoveOptions{Replacement: "x"})),
		"no title":            second(svc.Create(ctx, table.ArticleChanges{Text: table.NewText("x")})),
	} {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, err := range svc.Search(ctx, knowledge.SearchOptions{List: knowledge.ListOptions{Limit: -1}}) {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("negative limit: %v", err)
		}
	}
	w.Expect()
}

func second[T any](_ T, err error) error { return err }
