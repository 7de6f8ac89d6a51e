package sqltest

import (
	"context"
	"database/sql"
	"os"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/seed-a66f7fd3/servicenow/internal/dbserver"
)

// postgres starts a PostgreSQL of its own for the test and returns its data source name.
func postgres(t *testing.T) string {
	t.Helper()
	dsn := dbserver.Postgres(t).DSN
	waitFor(t, "pgx", dsn)
	return dsn
}

// mariadb starts a MariaDB of its own for the test and returns its data source name. SQLTEST_MYSQL names a running
// server, MySQL or MariaDB, to be used instead.
func mariadb(t *testing.T) string {
	t.Helper()
	if dsn := os.Getenv("SQLTEST_MYSQL"); dsn != "" {
		return dsn
	}
	at := dbserver.MariaDB(t).DSN
	waitFor(t, "mysql", at)
	db, err := sql.Open("mysql", at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE sqltest"); err != nil {
		t.Fatal(err)
	}
	return at + "sqltest"
}

func waitFor(t *testing.T, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the database does not come up: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
