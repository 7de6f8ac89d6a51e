package servicenowtest

import (
	"cmp"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

const defaultArticles = 30

// addKnowledge mounts the Knowledge Management API, whose parameters have no sysparm_ prefix:
// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html
func (a *api) addKnowledge() {
	const base, versions = "sn_km_api/knowledge/articles", "- v1"
	a.add(http.MethodGet, base, versions, (*call).searchArticles)
	a.add(http.MethodGet, base+"/featured", versions, (*call).featuredArticles)
	a.add(http.MethodGet, base+"/most_viewed", versions, (*call).mostViewedArticles)
	a.add(http.MethodGet, base+"/*", versions, (*call).getArticle)
	a.add(http.MethodGet, base+"/*/attachments/*", versions, (*call).articleAttachment)
}

// hit is an article a search found.
type hit struct {
	db.Row
	score float64
}

func (c *call) searchArticles() {
	words := strings.Fields(strings.ToLower(c.q.Get("query")))
	var hits []hit
	for _, r := range c.articles(c.q.Get("filter")) {
		if score := relevance(r, words); score > 0 || len(words) == 0 {
			hits = append(hits, hit{r, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	c.showArticles(hits, asked{query: c.q.Get("query"), filter: c.q.Get("filter"), words: words, searchID: c.db.NewID()})
}

func (c *call) featuredArticles() {
	var hits []hit
	for _, r := range c.articles("featured=true") {
		hits = append(hits, hit{r, -1})
	}
	c.showArticles(hits, asked{query: "homepage"})
}

// mostViewed is the filter that the answer of most_viewed prints.
const mostViewed = "workflow_state=published^valid_to>=javascript:gs.beginningOfToday()^active=true" +
	"^sys_class_name!=kb_knowledge_block^sys_view_count>0^ORDERBYDESCsys_view_count^ORDERBYshort_description"

// mostViewedArticles: the score of an article is its number of views, and there is a list of tags.
func (c *call) mostViewedArticles() {
	var hits []hit
	for _, r := range c.articles(mostViewed) {
		views, _ := strconv.ParseFloat(r.Get("sys_view_count"), 64)
		hits = append(hits, hit{r, views})
	}
	c.showArticles(hits, asked{filter: mostViewed, tags: true})
}

// articles are the published ones the caller may read, of the knowledge bases and languages that are asked for.
func (c *call) articles(filter string) []db.Row {
	res, err := c.db.Query(c.s, db.Query{Table: "kb_knowledge", Encoded: filter, Regime: c.regime(), WithRules: true,
		SplitCarets: c.quirk.SplitCarets, Visible: func(r db.Row) bool { return c.mayReadArticle(r) }})
	if err != nil {
		return nil
	}
	bases := strings.Split(c.q.Get("kb"), ",")
	languages := strings.Split(c.languages(), ",")
	return slices.DeleteFunc(res.Rows, func(r db.Row) bool {
		base := bases[0] == "" || slices.Contains(bases, r.Get("kb_knowledge_base"))
		language := languages[0] == "all" || slices.Contains(languages, r.Get("language"))
		return !base || !language
	})
}

// languages are those asked for, or the caller's own.
func (c *call) languages() string {
	me, _ := c.db.Get("sys_user", c.s.UserID)
	return cmp.Or(c.q.Get("language"), me.Get("preferred_language"), "en")
}

// mayReadArticle: published, and admitted by the user criteria of the article, of which deny wins over allow.
func (c *call) mayReadArticle(r db.Row) bool {
	if r.Get("workflow_state") != "published" || !c.policy.canReadRow(c.s, r) {
		return false
	}
	if c.meetsAny(r.Get("cannot_read_user_criteria")) {
		return false
	}
	allow := r.Get("can_read_user_criteria")
	return allow == "" || c.meetsAny(allow)
}

func (c *call) meetsAny(criteria string) bool {
	for _, id := range strings.Split(criteria, ",") {
		row, ok := c.db.Get("user_criteria", id)
		if !ok || row.Get("active") != "true" {
			continue
		}
		if slices.Contains(strings.Split(row.Get("user"), ","), c.s.UserID) {
			return true
		}
		for _, role := range strings.Split(row.Get("role"), ",") {
			if r, ok := c.db.Get("sys_user_role", role); ok && c.s.HasRole(r.Get("name")) {
				return true
			}
		}
		for _, m := range c.db.Find("sys_user_grmember", "user", c.s.UserID) {
			if slices.Contains(strings.Split(row.Get("group"), ","), m.Get("group")) {
				return true
			}
		}
	}
	return false
}

// relevance counts where the words occur; all of them have to.
func relevance(r db.Row, words []string) (score float64) {
	title, text := strings.ToLower(r.Get("short_description")), strings.ToLower(plainHTML(r.Get("text"))+" "+r.Get("meta"))
	for _, w := range words {
		n := 3*float64(strings.Count(title, w)) + float64(strings.Count(text, w))
		if n == 0 {
			return 0
		}
		score += n
	}
	return score
}

var tags = regexp.MustCompile(`<[^>]*>`)

func plainHTML(s string) string { return html.UnescapeString(tags.ReplaceAllString(s, " ")) }

// asked is what a list of articles answers to.
type asked struct {
	query, filter string
	words         []string
	searchID      string // of a search, which also ranks its articles
	tags          bool
}

// showArticles cuts the page. The end it tells is where the page would end, whether or not there are so many articles:
// the page on this API prints end 5 beside count 2.
func (c *call) showArticles(hits []hit, by asked) {
	limit, offset := defaultArticles, 0
	if n, err := strconv.Atoi(c.q.Get("limit")); err == nil && n > 0 {
		limit = n
	}
	if n, err := strconv.Atoi(c.q.Get("offset")); err == nil && n > 0 {
		offset = n
	}
	fields := strings.Join(c.q["fields"], ",") // the page repeats the parameter, and the echo is a comma list
	count := len(hits)
	window := hits[min(offset, count):min(offset+limit, count)]
	meta := map[string]any{"start": offset, "end": offset + limit, "count": count, "fields": fields, "query": by.query,
		"filter": by.filter, "kb": c.q.Get("kb"), "language": c.languages(), "status": map[string]any{"code": 200}}
	if by.searchID != "" {
		meta["ts_query_id"] = by.searchID
	}
	list := make([]any, len(window))
	for i, h := range window {
		list[i] = c.article(h, offset+i+1, fields, by)
	}
	c.result(http.StatusOK, map[string]any{"meta": meta, "articles": list})
}

func (c *call) article(h hit, rank int, fields string, by asked) map[string]any {
	out := map[string]any{"id": "kb_knowledge:" + h.SysID(), "number": h.Get("number"),
		"title": h.Get("short_description"), "snippet": snippet(plainHTML(h.Get("text")), by.words), "score": h.score,
		"link": "?id=kb_article_view&sys_kb_id=" + h.SysID()}
	if fields != "" {
		out["fields"] = c.articleFields(h.Row, fields)
	}
	if by.tags {
		out["tags"] = []any{}
	}
	if by.searchID != "" {
		out["rank"] = rank
		out["link"] = "?sys_kb_id=" + h.SysID() + "&id=kb_article_view&sysparm_rank=" + strconv.Itoa(rank) +
			"&sysparm_tsqueryId=" + by.searchID
	}
	return out
}

// snippet marks the words that were searched for.
func snippet(text string, words []string) string {
	for _, w := range words {
		text = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(w)).ReplaceAllString(text, "<B>$0</B>")
	}
	if r := []rune(text); len(r) > 400 {
		return string(r[:400])
	}
	return text
}

func (c *call) articleFields(r db.Row, fields string) map[string]any {
	out := map[string]any{}
	for _, name := range strings.Split(fields, ",") {
		column, ok := r.Table().Column(name)
		if !ok || !c.policy.canReadColumn(c.s, r.Class(), name) {
			continue
		}
		out[name] = map[string]any{"name": name, "label": column.Label, "type": column.Type, "value": r.Get(name),
			"display_value": c.db.DisplayCell(c.s, r, name)}
	}
	return out
}
