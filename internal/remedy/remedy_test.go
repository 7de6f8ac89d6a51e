package remedy_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// Every cause that a program can name has a text, and every text belongs to a cause that has a name.
func TestEveryCauseHasAText(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "causes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[remedy.Cause]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				named[remedy.Cause(strings.Trim(lit.Value, `"`))] = true
			}
		}
		return true
	})
	for c := range named {
		if remedy.For(c) == "" {
			t.Errorf("%s has no text", c)
		}
	}
	for _, c := range remedy.All() {
		if !named[c] {
			t.Errorf("the text of %s has no constant", c)
		}
	}
	if len(named) < 30 {
		t.Errorf("found only %d causes", len(named))
	}
}

func TestTextsAreOneSentenceForPeople(t *testing.T) {
	seen := make(map[string]remedy.Cause)
	for _, c := range remedy.All() {
		text := remedy.For(c)
		if strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n\t") || strings.ToLower(text[:1]) != text[:1] {
			t.Errorf("%s: %q: want one line in lower case without a full stop", c, text)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s have the same text", c, other)
		}
		seen[text] = c
	}
	if remedy.For("") != "" || remedy.For("nonsense") != "" {
		t.Error("an unknown cause has a text")
	}
}

func ExampleFor() {
	fmt.Println(remedy.For(remedy.MissingITIL))
	// Output:
	// give the integration user the role itil
}
