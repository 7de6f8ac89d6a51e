//go:build unix

package dbserver

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Postgres starts a PostgreSQL with an empty database. Without initdb and postgres the test is skipped.
func Postgres(t testing.TB) *Server {
	t.Helper()
	initdb := program("initdb", "/usr/lib/postgresql/*/bin/initdb")
	server := program("postgres", "/usr/lib/postgresql/*/bin/postgres")
	if initdb == "" || server == "" {
		t.Skip("no initdb and postgres in PATH or /usr/lib/postgresql: PostgreSQL is not tested")
	}
	dir, as := folder(t)
	data, port := filepath.Join(dir, "data"), freePort(t)
	run := exec.Command(initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync") //nolint:gosec // a program of this machine
	run.SysProcAttr, run.Dir = as, dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s := &Server{DSN: "postgres://tester@127.0.0.1:" + port + "/postgres?sslmode=disable", stop: syscall.SIGINT}
	s.command = func() *exec.Cmd {
		cmd := exec.Command(server, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", //nolint:gosec // as above
			"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=100")
		cmd.SysProcAttr, cmd.Dir = as, dir
		return cmd
	}
	return s.run(t)
}

// Crash ends a PostgreSQL as a crash does: every session dies in the middle of what it does, and the next start recovers
// from the log.
func (s *Server) Crash(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()
}
