package auth_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

func fileStore(t *testing.T) (*auth.FileStore, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "store")
	s, err := auth.NewFileStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// recordFile is the one file of the one tenant.
func recordFile(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) != 1 {
		t.Fatalf("files %v, %v", names, err)
	}
	return names[0]
}

func TestFileStoreFiles(t *testing.T) {
	s, dir := fileStore(t)
	if _, err := s.CompareAndSwap(t.Context(), "Acme/../x", "", auth.Record{Token: []byte("t")}); err != nil {
		t.Fatal(err)
	}
	name := recordFile(t, dir)
	if got := filepath.Base(name); got != "t-%41cme%2f%2e%2e%2fx.json" {
		t.Errorf("file %s", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info.Mode(), err)
	}
}

// A damaged file, a newer one, and one that was renamed by hand are errors, and are never overwritten.
func TestFileStoreLeavesWhatItCannotRead(t *testing.T) {
	for name, tt := range map[string]struct {
		content string
		want    error
	}{
		"empty":          {"", auth.ErrCorrupt},
		"cut":            {`{"key":"acme","version":"1","value":{"v":1,"token":"Y2FuY`, auth.ErrCorrupt},
		"another tenant": {`{"key":"other","version":"1","value":{"v":1}}`, auth.ErrCorrupt},
		"no version":     {`{"key":"acme","value":{"v":1}}`, auth.ErrCorrupt},
		"newer":          {`{"key":"acme","version":"1","value":{"v":2,"token":"canary"}}`, auth.ErrSchema},
		"not ours":       {`canary`, auth.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := fileStore(t)
			if _, err := s.CompareAndSwap(t.Context(), "acme", "", auth.Record{}); err != nil {
				t.Fatal(err)
			}
			file := recordFile(t, dir)
			if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, load := s.Load(t.Context(), "acme")
			_, create := s.CompareAndSwap(t.Context(), "acme", "", auth.Record{})
			_, swap := s.CompareAndSwap(t.Context(), "acme", "1", auth.Record{})
			for what, err := range map[string]error{"Load": load, "create": create, "swap": swap,
				"Delete": s.Delete(t.Context(), "acme", "1")} {
				if !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", what, err, tt.want)
				} else if strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: the error repeats the file", what)
				}
			}
			if now, err := os.ReadFile(file); err != nil || string(now) != tt.content {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

// What a killed process left beside the record is overwritten, not read.
func TestFileStoreIgnoresAHalfWrittenFile(t *testing.T) {
	s, dir := fileStore(t)
	v, err := s.CompareAndSwap(t.Context(), "acme", "", auth.Record{Token: []byte("old")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recordFile(t, dir)+".tmp", []byte(`{"key":"ac`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, _, err := s.Load(t.Context(), "acme"); err != nil || string(r.Token) != "old" {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := s.CompareAndSwap(t.Context(), "acme", v, auth.Record{Token: []byte("new")}); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestNewFileStoreRefusesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.NewFileStore(file); err == nil {
		t.Error("a file was taken for a directory")
	}
}
