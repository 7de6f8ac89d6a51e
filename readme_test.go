package servicenow_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every Go block of the README stands, line for line, in a file that the tests compile and run.
func TestReadmeCodeIsCompiled(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	compiled := flat(string(source))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("the README shows no code")
	}
	for _, b := range blocks {
		if block := flat(string(b[1])); !strings.Contains(compiled, block) {
			t.Errorf("this block of the README is not in example_readme_test.go:\n%s", b[1])
		}
	}
}

// flat removes indentation and blank lines.
func flat(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
