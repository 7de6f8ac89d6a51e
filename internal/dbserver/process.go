//go:build unix

// Package dbserver starts real database servers for tests: each in a temporary directory, on a loopback port, and as an
// unprivileged user where the test runs as root. It knows no driver: who uses it opens the database, and waits until it
// answers.
package dbserver

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Server is one server process with its data.
type Server struct {
	// DSN is the data source name, in the words of the server's usual driver.
	DSN string

	stop    syscall.Signal // a fast and orderly end
	command func() *exec.Cmd
	cmd     *exec.Cmd
	log     bytes.Buffer
}

// Start starts the server, for the first time or again after [Server.Crash].
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.cmd = s.command()
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// run starts the server and ends it with the test.
func (s *Server) run(t testing.TB) *Server {
	t.Helper()
	s.Start(t)
	t.Cleanup(func() {
		_ = s.cmd.Process.Signal(s.stop)
		_ = s.cmd.Wait()
		if t.Failed() {
			t.Logf("the database server:\n%s", s.log.Bytes())
		}
	})
	return s
}

// folder makes a directory for a server, and says as whom the server must run. It is not t.TempDir, whose parents are
// closed to that user.
func folder(t testing.TB) (dir string, as *syscall.SysProcAttr) {
	t.Helper()
	dir, err := os.MkdirTemp("", "dbserver-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir, unprivileged(t, dir)
}

// unprivileged gives dir to another user when the test runs as root, which PostgreSQL refuses.
func unprivileged(t testing.TB, dir string) *syscall.SysProcAttr {
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
	t.Skip("running as root, and there is no other user to run a database server: it is not tested")
	return nil
}

// program finds a program in PATH or in one of the patterns, or returns "".
func program(name string, patterns ...string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, p := range patterns {
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
