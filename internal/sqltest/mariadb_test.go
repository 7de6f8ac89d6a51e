package sqltest

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	_ "github.com/go-sql-driver/mysql"
)

// mariadb starts a MariaDB of its own for the test, on an empty directory and without its privilege tables, and returns
// a data source name. SQLTEST_MYSQL names a running server, MySQL or MariaDB, to be used instead.
func mariadb(t *testing.T) string {
	t.Helper()
	if dsn := os.Getenv("SQLTEST_MYSQL"); dsn != "" {
		return dsn
	}
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		if server = "/usr/sbin/mariadbd"; !exists(server) {
			t.Skip("no mariadbd in PATH or /usr/sbin, and SQLTEST_MYSQL is not set: MySQL and MariaDB are not tested")
		}
	}
	dir, err := os.MkdirTemp("", "sqltest-") // see postgres
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := freePort(t)
	var log bytes.Buffer
	cmd := exec.Command(server, "--no-defaults", "--datadir="+dir, "--skip-grant-tables", "--port="+strconv.Itoa(port),
		"--bind-address=127.0.0.1", "--socket="+filepath.Join(dir, "socket"), "--pid-file="+filepath.Join(dir, "pid"))
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = unprivileged(t, dir), dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("mariadbd:\n%s", log.Bytes())
		}
	})
	at := fmt.Sprintf("root@tcp(127.0.0.1:%d)/", port)
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

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
