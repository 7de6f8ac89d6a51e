package sqltest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
)

func (d database) tokens(t *testing.T) *auth.SQLStore {
	t.Helper()
	return auth.NewSQLStore(d.open(t), d.dialect)
}

// tokenBacking empties the table for each test. Every handle has a pool of its own, as a replica has.
func (d database) tokenBacking(t *testing.T) storetest.Open {
	t.Helper()
	d.drop(t, "servicenow_connection")
	if err := d.tokens(t).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return func() auth.TokenStore { return d.tokens(t) }
}

func runTokens(t *testing.T, d database) {
	t.Run("store", func(t *testing.T) { storetest.Run(t, d.tokenBacking) })
	t.Run("refresh", func(t *testing.T) { storetest.RunRefresh(t, d.tokenBacking) })
	t.Run("sealed", func(t *testing.T) { storetest.Run(t, sealed(t, d.tokenBacking)) })
	t.Run("9 a killed process", func(t *testing.T) {
		storetest.RunCrash(t, d.tokenBacking(t), func(t *testing.T) *exec.Cmd {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "SQLTEST_CHILD_DATABASE="+d.dialect.String(), "SQLTEST_CHILD_DSN="+d.dsn)
			return cmd
		})
	})
	t.Run("migrations", func(t *testing.T) { checkMigrations(t, d) })
	t.Run("a newer row", func(t *testing.T) { checkNewer(t, d) })
}

func sealed(t *testing.T, inner storetest.Backing) storetest.Backing {
	t.Helper()
	key, err := auth.GenerateKey("k1")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) storetest.Open {
		open := inner(t)
		return func() auth.TokenStore { return auth.Encrypted(open(), keys) }
	}
}

// checkMigrations lets many replicas start at once over an empty database, and once more over a full one.
func checkMigrations(t *testing.T, d database) {
	d.drop(t, "servicenow_connection")
	for range 2 {
		migrateAtOnce(t, func() migrator { return d.tokens(t) })
		_, err := auth.Update(t.Context(), d.tokens(t), "acme", func(r *auth.Record) error { r.Failures++; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if r, _, err := d.tokens(t).Load(t.Context(), "acme"); err != nil || r.Failures != 2 {
		t.Errorf("%v, %v: a second migration must change nothing", r, err)
	}
}

// checkNewer: a row that a newer version of the library wrote is an error, and stays as it is.
func checkNewer(t *testing.T, d database) {
	open := d.tokenBacking(t)
	s := open()
	v, err := s.CompareAndSwap(t.Context(), "acme", "", auth.Record{Token: []byte(rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.open(t).Exec("UPDATE servicenow_connection SET format = 99"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Load(t.Context(), "acme"); !errors.Is(err, auth.ErrSchema) {
		t.Errorf("Load: %v, want ErrSchema", err)
	}
	_, err = s.CompareAndSwap(t.Context(), "acme", v, auth.Record{})
	if !errors.Is(err, auth.ErrSchema) && !errors.Is(err, auth.ErrConflict) {
		t.Errorf("CompareAndSwap: %v", err)
	}
	if err := s.Delete(context.Background(), "acme", v); !errors.Is(err, auth.ErrSchema) &&
		!errors.Is(err, auth.ErrConflict) {
		t.Errorf("Delete: %v", err)
	}
}

func TestUnknownDialect(t *testing.T) {
	err := auth.NewSQLStore(database{auth.SQLite, ":memory:"}.open(t), 0).Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "unknown dialect") {
		t.Errorf("%v", err)
	}
}
