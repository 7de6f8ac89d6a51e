package table_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// counter counts what is sent.
type counter struct {
	base http.RoundTripper
	sent atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.base.RoundTrip(r)
}

// cost is a call and how many requests its doc comment says it makes.
type cost struct {
	call     string // receiver and name
	when     string
	requests int64
	do       func(ctx context.Context, s *table.Service, ids []string) error
}

func drained[T any](list func(func(T, error) bool)) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// costs are the calls of this package on a table of five incidents.
var costs = []cost{
	{"Table.Get", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		_, err := table.Incidents(s).Get(ctx, ids[0])
		return err
	}},
	{"Call.Do", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		_, err := table.Incidents(s).GetCall(ids[0]).Do(ctx)
		return err
	}},
	{"Table.First", "", 1, func(ctx context.Context, s *table.Service, _ []string) error {
		_, err := table.Incidents(s).First(ctx, table.Query{})
		return err
	}},
	{"Table.Exists", "", 1, func(ctx context.Context, s *table.Service, _ []string) error {
		_, err := table.Incidents(s).Exists(ctx, table.Query{})
		return err
	}},
	{"Table.List", "the last page is short", 3 + 1, func(ctx context.Context, s *table.Service, _ []string) error {
		return drained(table.Incidents(s).List(ctx, table.ListOptions{PageSize: 2}))
	}},
	{"Table.List", "the last page is full", 1 + 2, func(ctx context.Context, s *table.Service, _ []string) error {
		return drained(table.Incidents(s).List(ctx, table.ListOptions{PageSize: 5}))
	}},
	{"Table.List", "as many as the limit says", 2, func(ctx context.Context, s *table.Service, _ []string) error {
		return drained(table.Incidents(s).List(ctx, table.ListOptions{PageSize: 2, Limit: 4}))
	}},
	{"Table.Count", "", 1, func(ctx context.Context, s *table.Service, _ []string) error {
		_, err := table.Incidents(s).Count(ctx, table.Query{})
		return err
	}},
	{"Table.Stats", "", 1, func(ctx context.Context, s *table.Service, _ []string) error {
		_, err := table.Incidents(s).Stats(ctx, table.StatsOptions{Count: true, GroupBy: []string{"urgency"}})
		return err
	}},
	{"Table.Create", "", 1, func(ctx context.Context, s *table.Service, _ []string) error {
		_, err := table.Incidents(s).Create(ctx, table.Set("urgency", table.NewChoice("1")))
		return err
	}},
	{"Table.Update", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		_, err := table.Incidents(s).Update(ctx, ids[0], table.Set("urgency", table.NewChoice("2")))
		return err
	}},
	{"Table.AddComment", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		return table.Incidents(s).AddComment(ctx, ids[0], "x")
	}},
	{"Table.AddWorkNote", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		return table.Incidents(s).AddWorkNote(ctx, ids[0], "x")
	}},
	{"Table.Upsert", "there is none yet", 3, func(ctx context.Context, s *table.Service, _ []string) error {
		_, _, err := table.Incidents(s).Upsert(ctx, "correlation_id", "x", table.Set("urgency", table.NewChoice("1")))
		return err
	}},
	{"AsClass", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		task := table.Task{System: table.System{SysID: table.NewText(ids[0]), ClassName: table.NewText("incident")}}
		_, err := table.AsClass(ctx, s, task)
		return err
	}},
	{"Batch.Send", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		b := s.Batch()
		for _, id := range ids {
			table.Add(b, table.Incidents(s).GetCall(id))
		}
		return b.Send(ctx)
	}},
	{"Feed.Fetch", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		return drained(table.Incidents(s).Feed(table.FeedOptions{}).Fetch(ctx, ids...))
	}},
	{"Table.Delete", "", 1, func(ctx context.Context, s *table.Service, ids []string) error {
		return table.Incidents(s).Delete(ctx, ids[0])
	}},
}

func TestCallsCostTheRequestsTheySay(t *testing.T) {
	for _, c := range costs {
		t.Run(c.call+"/"+c.when, func(t *testing.T) {
			s := servicenowtest.NewServer(t)
			ids := incidents(t, s, 5)
			hc := s.HTTPClient()
			t.Cleanup(hc.CloseIdleConnections)
			count := &counter{base: hc.Transport}
			client, err := servicenow.New(s.Instance(), servicenow.WithHTTPClient(&http.Client{Transport: count}),
				servicenow.WithBasicAuth(servicenowtest.AdminUser, servicenowtest.AdminPassword))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.do(t.Context(), client.Tables, ids); err != nil {
				t.Fatal(err)
			}
			if n := count.sent.Load(); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

// Every call that can reach the instance says in its doc comment how many requests it makes, and a test counts them.
func TestEveryCallSaysItsRequests(t *testing.T) {
	// What a feed and a census ask depends on what happened: TestFeed… and TestCensus… count it.
	counted := map[string]bool{"JoinJournal": true, "Feed.Changes": true, "Feed.Follow": true, "Feed.Tracking": true, "Table.Census": true}
	for _, c := range costs {
		counted[c.call] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || !takesContext(f) {
				continue
			}
			name := strings.TrimPrefix(receiver(f)+"."+f.Name.Name, ".")
			if strings.HasSuffix(receiver(f), "Checkpoints") {
				continue // a store of the host's, not the instance
			}
			if !counted[name] {
				t.Errorf("nothing counts the requests of %s", name)
			}
			if !strings.Contains(strings.ToLower(f.Doc.Text()), "request") {
				t.Errorf("%s does not say how many requests it makes", name)
			}
		}
	}
}

func takesContext(f *ast.FuncDecl) bool {
	if len(f.Type.Params.List) == 0 {
		return false
	}
	s, ok := f.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Context"
}

// receiver is the type as its users see it: what stands in base is a method of Table, what in feed one of Feed.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if p, ok := of.(*ast.IndexExpr); ok {
		of = p.X
	}
	switch name := of.(*ast.Ident).Name; name {
	case "base":
		return "Table"
	case "feed":
		return "Feed"
	default:
		return name
	}
}
