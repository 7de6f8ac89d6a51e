package sqltest

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
)

const sqlitePragmas = "?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)"

// The test binary starts itself as the process that is killed while it writes.
func TestMain(m *testing.M) {
	if dsn := os.Getenv("SQLTEST_CHILD_DSN"); dsn != "" {
		dialect := map[string]auth.Dialect{
			"postgresql": auth.PostgreSQL, "mysql": auth.MySQL, "sqlite": auth.SQLite,
		}[os.Getenv("SQLTEST_CHILD_DATABASE")]
		db, err := sql.Open(drivers[dialect], dsn)
		if err == nil {
			err = storetest.WriteForever(auth.NewSQLStore(db, dialect), os.Stdout)
		}
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

var drivers = map[auth.Dialect]string{auth.PostgreSQL: "pgx", auth.MySQL: "mysql", auth.SQLite: "sqlite"}

// database is one database server, or one file.
type database struct {
	dialect auth.Dialect
	dsn     string
}

func (d database) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(drivers[d.dialect], d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(8)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (d database) drop(t *testing.T, table string) {
	t.Helper()
	if _, err := d.open(t).Exec("DROP TABLE IF EXISTS " + table); err != nil {
		t.Fatal(err)
	}
}

func TestSQLite(t *testing.T) {
	runAll(t, database{auth.SQLite, filepath.Join(t.TempDir(), "stores.db") + sqlitePragmas})
}

func TestPostgreSQL(t *testing.T) { runAll(t, database{auth.PostgreSQL, postgres(t)}) }

func TestMySQL(t *testing.T) { runAll(t, database{auth.MySQL, mariadb(t)}) }

func runAll(t *testing.T, d database) {
	t.Run("tokens", func(t *testing.T) { runTokens(t, d) })
	t.Run("checkpoints", func(t *testing.T) { runCheckpoints(t, d) })
	t.Run("inbox", func(t *testing.T) { runInbox(t, d) })
}

type migrator interface{ Migrate(context.Context) error }

// migrateAtOnce lets many replicas start at the same moment.
func migrateAtOnce(t *testing.T, open func() migrator) {
	t.Helper()
	var wg sync.WaitGroup
	for range 6 {
		m := open()
		wg.Go(func() {
			if err := m.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
