package speed

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// figures are what the host prints.
type figures struct {
	CPU, Wall           time.Duration
	FloorCPU, FloorWall time.Duration
	Mallocs, Allocated  uint64
	Peak                int64
	Held                uint64
}

// host is the program in the folder host, built as a host is built: without the race detector, whatever runs the tests.
type host struct {
	program string
	plain   *httptest.Server
	secure  *httptest.Server
	file    string // with the certificate of secure
}

func newHost(tb testing.TB, env ...string) host {
	tb.Helper()
	dir := tb.TempDir()
	h := host{program: filepath.Join(dir, "host"), file: filepath.Join(dir, "certificate.pem")}
	build := exec.CommandContext(tb.Context(), "go", "build", "-o", h.program, "./host")
	build.Env = append(os.Environ(), env...)
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	h.plain, h.secure = instance(tb)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.secure.Certificate().Raw})
	if err := os.WriteFile(h.file, certificate, 0o600); err != nil {
		tb.Fatal(err)
	}
	return h
}

// run has one thing measured by a process of its own.
func (h host) run(tb testing.TB, what string, tls bool, pageSize, passes int) figures {
	tb.Helper()
	args := []string{"-what", what, "-page", strconv.Itoa(pageSize), "-passes", strconv.Itoa(passes),
		"-rows", strconv.Itoa(listRows), "-bytes", strconv.Itoa(fileSize)}
	if tls {
		args = append(args, "-address", h.secure.Listener.Addr().String(), "-certificate", h.file)
	} else {
		args = append(args, "-address", h.plain.Listener.Addr().String())
	}
	var said, trouble bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), h.program, args...)
	cmd.Stdout, cmd.Stderr = &said, &trouble
	if err := cmd.Run(); err != nil {
		tb.Fatalf("%s: %v\n%s", what, err, trouble.String())
	}
	var f figures
	if err := json.Unmarshal(said.Bytes(), &f); err != nil {
		tb.Fatal(err)
	}
	return f
}
