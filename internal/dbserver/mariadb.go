//go:build unix

package dbserver

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// MariaDB starts a MariaDB on an empty directory and without its privilege tables; its DSN names no database. Without
// mariadbd the test is skipped.
func MariaDB(t testing.TB) *Server {
	t.Helper()
	server := program("mariadbd", "/usr/sbin/mariadbd")
	if server == "" {
		t.Skip("no mariadbd in PATH or /usr/sbin: MySQL and MariaDB are not tested")
	}
	dir, as := folder(t)
	port := freePort(t)
	s := &Server{DSN: "root@tcp(127.0.0.1:" + port + ")/", stop: syscall.SIGTERM}
	s.command = func() *exec.Cmd {
		cmd := exec.Command(server, "--no-defaults", "--datadir="+dir, "--skip-grant-tables", "--port="+port, //nolint:gosec // a program of this machine
			"--bind-address=127.0.0.1", "--socket="+filepath.Join(dir, "socket"), "--pid-file="+filepath.Join(dir, "pid"))
		cmd.SysProcAttr, cmd.Dir = as, dir
		return cmd
	}
	return s.run(t)
}
