package servicenow_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/seed-a66f7fd3/servicenow"

// deps lists everything that a package compiles, itself included, as a host that imports it would.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

// The arrows of the house run down only: which rooms a package may compile. What stands under internal is nobody's
// room, and may be used by all, as long as it needs none itself.
func TestImportsRunDown(t *testing.T) {
	allowed := map[string][]string{
		"auth": {}, "table": {}, "webhook": {},
		"casesvc": {"table"}, "account": {"table"}, "attachment": {"table"}, "knowledge": {"table"},
		"provision": {"table", "webhook"},
		// What the rooms beside table share.
		"internal/page": {"table"},
		"internal/rest": {}, "internal/instance": {}, "internal/remedy": {}, "internal/rows": {}, "internal/ident": {},
		"internal/transfer": {}, "internal/atomicfile": {}, "internal/sqlstore": {},
	}
	for pkg, rooms := range allowed {
		t.Run(pkg, func(t *testing.T) {
			for _, dep := range deps(t, module+"/"+pkg) {
				own, ours := strings.CutPrefix(dep, module+"/")
				room, _, _ := strings.Cut(own, "/")
				if !ours || own == pkg || room == pkg || slices.Contains(rooms, room) {
					continue
				}
				if _, known := allowed[own]; room == "internal" && known {
					continue
				}
				t.Errorf("%s must not import %s", pkg, own)
			}
		})
	}
}

// The request path knows nobody but the address of an instance and what to say of a failure.
func TestRequestPathStandsAlone(t *testing.T) {
	for _, dep := range deps(t, module+"/internal/rest") {
		own, ours := strings.CutPrefix(dep, module+"/")
		if ours && !slices.Contains([]string{"internal/rest", "internal/instance", "internal/remedy"}, own) {
			t.Errorf("internal/rest imports %s", own)
		}
	}
}

// A host that imports the SDK compiles the SDK and its four libraries: no test double, no JavaScript engine, no driver.
func TestHostCompilesLittle(t *testing.T) {
	allowed := []string{
		"github.com/google/go-querystring", "github.com/hashicorp/go-retryablehttp", "github.com/hashicorp/go-cleanhttp",
		"golang.org/x/oauth2", "golang.org/x/time", "golang.org/x/sync", "golang.org/x/sys",
	}
	std := stdPackages(t)
	for _, dep := range deps(t, module) {
		own, ours := strings.CutPrefix(dep, module)
		switch {
		case ours && (strings.HasPrefix(own, "/servicenowtest") || strings.HasPrefix(own, "/examples")):
			t.Errorf("the root must not import %s", dep)
		case ours, std[dep], strings.HasPrefix(dep, "vendor/"):
		case !slices.ContainsFunc(allowed, func(m string) bool { return dep == m || strings.HasPrefix(dep, m+"/") }):
			t.Errorf("importing the SDK compiles %s, which is not on the list", dep)
		}
	}
}

// A service that only receives webhooks compiles no HTTP library of ours or of others beside net/http.
func TestWebhookCompilesStandardLibraryOnly(t *testing.T) {
	std := stdPackages(t)
	for _, dep := range deps(t, module+"/webhook") {
		if !std[dep] && !strings.HasPrefix(dep, "vendor/") && !strings.HasPrefix(dep, module+"/webhook") {
			t.Errorf("webhook compiles %s", dep)
		}
	}
}

func stdPackages(t *testing.T) map[string]bool {
	t.Helper()
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatalf("go list std: %v", err)
	}
	std := map[string]bool{}
	for _, p := range strings.Fields(string(out)) {
		std[p] = true
	}
	return std
}

// TestTopLevel holds the card: what stands at the top of the repository, and nothing else.
func TestTopLevel(t *testing.T) {
	out, err := exec.Command("git", "ls-tree", "--name-only", "-d", "HEAD").Output()
	if err != nil {
		t.Skipf("not in a git checkout: %v", err)
	}
	want := []string{
		".ci", "account", "attachment", "auth", "casesvc", "examples", "internal", "knowledge", "provision",
		"servicenowtest", "table", "testdata", "webhook",
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, want) {
		t.Errorf("folders at the top level\n got %v\nwant %v", got, want)
	}
}
