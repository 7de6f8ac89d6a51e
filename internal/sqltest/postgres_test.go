package sqltest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// postgres starts a PostgreSQL of its own for the test and returns its data source name.
func postgres(t *testing.T) string {
	t.Helper()
	initdb, server := binary("initdb"), binary("postgres")
	if initdb == "" || server == "" {
		t.Skip("no initdb and postgres in PATH or /usr/lib/postgresql: PostgreSQL is not tested")
	}
	// Not t.TempDir: its parents are closed to the user that runs the server when the test runs as root.
	dir, err := os.MkdirTemp("", "sqltest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	identity := unprivileged(t, dir)
	run := exec.Command(initdb, "-D", filepath.Join(dir, "data"), "-U", "tester", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync")
	run.SysProcAttr, run.Dir = identity, dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	var log bytes.Buffer
	cmd := exec.Command(server, "-D", filepath.Join(dir, "data"), "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=60")
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = identity, dir, &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("postgres:\n%s", log.Bytes())
		}
	})
	dsn := fmt.Sprintf("postgres://tester@127.0.0.1:%d/postgres?sslmode=disable", port)
	waitFor(t, "pgx", dsn)
	return dsn
}

func binary(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

// unprivileged gives dir to another user when the test runs as root, which PostgreSQL refuses.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	t.Skip("running as root, and there is no other user to run PostgreSQL: it is not tested")
	return nil
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
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
