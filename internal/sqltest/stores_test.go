package sqltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
)

const sqlitePragmas = "?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)"

// The test binary starts itself as the process that is killed while it writes.
func TestMain(m *testing.M) {
	if dsn := os.Getenv("SQLTEST_CHILD_DSN"); dsn != "" {
		db, err := sql.Open(os.Getenv("SQLTEST_CHILD_DRIVER"), dsn)
		if err == nil {
			err = storetest.WriteForever(auth.NewSQLStore(db, dialects[os.Getenv("SQLTEST_CHILD_DRIVER")]), os.Stdout)
		}
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

var dialects = map[string]auth.Dialect{"pgx": auth.PostgreSQL, "mysql": auth.MySQL, "sqlite": auth.SQLite}

// database is one database server, or one file.
type database struct{ driver, dsn string }

func (d database) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(8)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (d database) store(t *testing.T) *auth.SQLStore {
	t.Helper()
	return auth.NewSQLStore(d.open(t), dialects[d.driver])
}

// backing empties the table for each test. Every handle has a pool of its own, as a replica has.
func (d database) backing(t *testing.T) storetest.Open {
	t.Helper()
	db := d.open(t)
	if _, err := db.Exec("DROP TABLE IF EXISTS servicenow_connection"); err != nil {
		t.Fatal(err)
	}
	if err := auth.NewSQLStore(db, dialects[d.driver]).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return func() auth.TokenStore { return d.store(t) }
}

func (d database) run(t *testing.T) {
	t.Run("store", func(t *testing.T) { storetest.Run(t, d.backing) })
	t.Run("refresh", func(t *testing.T) { storetest.RunRefresh(t, d.backing) })
	t.Run("sealed", func(t *testing.T) { storetest.Run(t, sealed(t, d.backing)) })
	t.Run("9 a killed process", func(t *testing.T) {
		storetest.RunCrash(t, d.backing(t), func(t *testing.T) *exec.Cmd {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "SQLTEST_CHILD_DRIVER="+d.driver, "SQLTEST_CHILD_DSN="+d.dsn)
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

func TestSQLite(t *testing.T) {
	database{"sqlite", filepath.Join(t.TempDir(), "tokens.db") + sqlitePragmas}.run(t)
}

func TestPostgreSQL(t *testing.T) { database{"pgx", postgres(t)}.run(t) }

func TestMySQL(t *testing.T) { database{"mysql", mariadb(t)}.run(t) }

// checkMigrations lets many replicas start at once over an empty database, and once more over a full one.
func checkMigrations(t *testing.T, d database) {
	if _, err := d.open(t).Exec("DROP TABLE IF EXISTS servicenow_connection"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var wg sync.WaitGroup
		for range 6 {
			s := d.store(t)
			wg.Go(func() {
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		_, err := auth.Update(t.Context(), d.store(t), "acme", func(r *auth.Record) error { r.Failures++; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if r, _, err := d.store(t).Load(t.Context(), "acme"); err != nil || r.Failures != 2 {
		t.Errorf("%v, %v: a second migration must change nothing", r, err)
	}
}

// checkNewer: a row that a newer version of the library wrote is an error, and stays as it is.
func checkNewer(t *testing.T, d database) {
	open := d.backing(t)
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
	err := auth.NewSQLStore(database{"sqlite", ":memory:"}.open(t), 0).Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "unknown dialect") {
		t.Errorf("%v", err)
	}
}
