package table_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// The environment by which the test below starts itself as the process that is to be killed.
const (
	killInstance = "SERVICENOW_KILL_INSTANCE"
	killAddr     = "SERVICENOW_KILL_ADDR"
	killCert     = "SERVICENOW_KILL_CERT"
	killDir      = "SERVICENOW_KILL_DIR"
)

// TestP4KilledAtAnyMoment kills a process that follows a feed with SIGKILL at random moments, while others write, and
// starts it again from the checkpoint in its file. What it wrote down is whole in the end.
func TestP4KilledAtAnyMoment(t *testing.T) {
	if os.Getenv(killDir) != "" {
		followUntilKilled(t)
		return
	}
	kills := 100
	if testing.Short() {
		kills = 15
	}
	server := servicenowtest.NewServer(t)
	dir := t.TempDir()
	cert := filepath.Join(dir, "cert.pem")
	if err := os.WriteFile(cert, server.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	admin := server.As("admin")
	var ids []string
	write := func(n int) {
		for range n {
			switch rng := rand.IntN(4); {
			case rng == 0 && len(ids) > 20:
				i := rand.IntN(len(ids))
				if err := admin.Delete("incident", ids[i]); err != nil {
					t.Fatal(err)
				}
				ids = append(ids[:i], ids[i+1:]...)
			case rng == 1 && len(ids) > 0:
				values := map[string]string{"short_description": fmt.Sprint("changed ", rand.Int())}
				if err := admin.Update("incident", ids[rand.IntN(len(ids))], values); err != nil {
					t.Fatal(err)
				}
			default:
				id, err := admin.Insert("incident", map[string]string{"short_description": fmt.Sprint("new ", rand.Int())})
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
		}
	}
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestP4KilledAtAnyMoment$")
		cmd.Env = append(os.Environ(), killInstance+"="+server.Instance().Origin(), killAddr+"="+server.Addr(),
			killCert+"="+cert, killDir+"="+dir)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	write(200)
	killed := 0
	for range kills {
		cmd := start()
		write(5)
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed++
		}
	}
	if err := start().Wait(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, row := range server.Rows("incident", "") {
		want[row["sys_id"]] = row["sys_mod_count"] + " " + row["short_description"]
	}
	if diff := differences(want, readLog(t, dir)); diff != "" {
		t.Fatal(diff)
	}
	t.Logf("%d of %d processes were killed before they were done", killed, kills)
	if killed < kills/4 {
		t.Errorf("only %d of %d processes were killed in the middle", killed, kills)
	}
}

// followUntilKilled is the process: it appends each change to a log, and stores the checkpoint behind it.
func followUntilKilled(t *testing.T) {
	in, err := instance.Parse(os.Getenv(killInstance))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(os.Getenv(killCert))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, os.Getenv(killAddr))
		},
	}
	defer transport.CloseIdleConnections()
	conn, err := rest.New(rest.Config{Instance: in, HTTPClient: &http.Client{Transport: transport},
		Credential: basic{servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword}})
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv(killDir)
	store, err := table.NewFileCheckpoints(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, version, err := store.Load(t.Context(), "incidents")
	if err != nil && err != table.ErrNoCheckpoint {
		t.Fatal(err)
	}
	from, err := table.ParseCheckpoint(text)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	save := func(at table.Checkpoint) {
		if version, err = store.CompareAndSwap(t.Context(), "incidents", version, at.String()); err != nil {
			t.Fatal(err)
		}
	}
	feed := table.Incidents(table.New(conn)).Feed(table.FeedOptions{PageSize: 7, Advanced: save})
	for c, err := range feed.Changes(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		line := c.SysID + " " + string(c.Operation) + " " + c.Row.ModCount.String() + " " + c.Row.ShortDescription.String()
		if _, err := fmt.Fprintln(log, line); err != nil {
			t.Fatal(err)
		}
		save(c.Next)
	}
}

// readLog plays the log. A line is one write, which a kill does not cut in two.
func readLog(t *testing.T, dir string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		part := strings.SplitN(lines.Text(), " ", 3)
		if len(part) < 3 || len(part[0]) != 32 {
			t.Fatalf("a line of the log is %q", lines.Text())
		}
		if part[1] == string(table.Deleted) {
			delete(rows, part[0])
		} else {
			rows[part[0]] = part[2]
		}
	}
	return rows
}
