package servicenow_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages whose calls reach an instance's APIs, with the types that have them.
var rooms = map[string][]string{
	".":          {"Users", "Tasks", "Email"},
	"table":      {"Table", "base", "Batch"},
	"casesvc":    {"Service"},
	"account":    {"Service"},
	"attachment": {"Service"},
	"knowledge":  {"Service"},
}

var (
	vendorLink = regexp.MustCompile(`https://www\.servicenow\.com/docs/r/\S+\.html`)
	counted    = regexp.MustCompile(`(?i)\b(one|two|three|four) requests?\b|\bdescribes (the first page of |one page of )?\[|` +
		`\[\S+\] for a batch`)
)

// Every public call says how many requests it sends and where the vendor describes what they do. That the number is
// right is shown by the tests of the calls, which expect the requests one by one.
func TestCallsTellTheirRequestsAndTheVendorsPage(t *testing.T) {
	calls := 0
	for dir, types := range rooms {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range parsed.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || !f.Name.IsExported() || !isCall(f, types) {
					continue
				}
				calls++
				if doc := f.Doc.Text(); !vendorLink.MatchString(doc) || !counted.MatchString(strings.ReplaceAll(doc, "\n", " ")) {
					t.Errorf("%s: %s does not tell its requests, or the vendor's page:\n%s", file, f.Name, doc)
				}
			}
		}
	}
	if calls < 80 {
		t.Errorf("found only %d calls", calls)
	}
}

// isCall reports a method of one of the types that takes a context, or that describes a call for a batch.
func isCall(f *ast.FuncDecl, types []string) bool {
	if f.Recv == nil || !slices.Contains(types, typeName(f.Recv.List[0].Type)) {
		return false
	}
	if params := f.Type.Params.List; len(params) > 0 && typeName(params[0].Type) == "Context" {
		return true
	}
	return f.Type.Results != nil && typeName(f.Type.Results.List[0].Type) == "Call"
}

// typeName is the last part of a type's name, without pointers, packages and type parameters.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return typeName(e.X)
	}
	return ""
}
