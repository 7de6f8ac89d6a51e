package table_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// handed hands requests to a handler without a network, so that waiting is a matter of the clock alone.
type handed struct{ http.Handler }

func (h handed) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// TestBackfillTakesTheLatencyLimit: with pages that take 200 ms and 4 requests in flight, a backfill takes at most 1.1
// times the pages divided by 4, whether the rows are spread evenly or nine tenths of them stand in a tenth of the time.
// The clock is that of the test, so that a busy machine does not count.
func TestBackfillTakesTheLatencyLimit(t *testing.T) {
	const rows, page, latency, parallel = 20_000, 50, 200 * time.Millisecond, 4
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, stamp := range map[string]func(i int) time.Time{
		"even": func(i int) time.Time { return begin.Add(time.Duration(i) * 37 * time.Second) },
		"crowded": func(i int) time.Time { // one row an hour, and between them a rush
			if i < rows/20 {
				return begin.Add(time.Duration(i) * time.Hour)
			}
			if i < rows*19/20 {
				return begin.Add(rows/20*time.Hour + time.Duration(i-rows/20)*20*time.Second)
			}
			return begin.Add(rows/20*time.Hour + rows*18/20*20*time.Second + time.Duration(i-rows*19/20)*time.Hour)
		},
		"later is more": func(i int) time.Time { // density grows a hundredfold
			x := float64(i) / rows
			return begin.Add(time.Duration((1 - (1-x)*(1-x)) * 20_000 * float64(time.Hour)).Truncate(time.Second))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &synthetic{rows: rows, stamp: stamp, now: time.Now, delay: latency}
				svc := serviceOver(t, handed{s})
				for range table.Incidents(svc).Feed(table.FeedOptions{Limit: 1}).Changes(t.Context(), table.Checkpoint{}) {
					continue // finds out about the zone
				}
				o := table.FeedOptions{PageSize: page, Parallel: parallel, Fields: []string{"number"}, WithoutDeletes: true}
				began, n := time.Now(), 0
				var filled time.Duration
				for ch, err := range table.Incidents(svc).Feed(o).Changes(t.Context(), table.Checkpoint{}) {
					if err != nil {
						t.Fatal(err)
					}
					if n++; !ch.Next.Filled() {
						filled = time.Since(began)
					}
				}
				limit := time.Duration(rows/page/parallel) * latency
				ratio := float64(filled) / float64(limit)
				t.Logf("%d rows in %v, %.3f times the limit of %v", n, filled, ratio, limit)
				if n != rows || ratio > 1.1 {
					t.Errorf("%d rows took %.3f times the limit, want %d in at most 1.1", n, ratio, rows)
				}
			})
		})
	}
}

// The environment by which the test below starts itself as the process whose memory is measured.
const (
	memoryAddr = "SERVICENOW_MEMORY_ADDR"
	memoryCert = "SERVICENOW_MEMORY_CERT"
	memoryRows = "SERVICENOW_MEMORY_ROWS" // how many to pull; 0 connects and is idle
)

// TestFeedMemoryIsFlat pulls a long table in a process of its own, and demands that its peak is at most 32 MB above that
// of a process that only connects. SERVICENOW_ROWS=1000000 is the figure that is published.
func TestFeedMemoryIsFlat(t *testing.T) {
	if os.Getenv(memoryAddr) != "" {
		pullInThisProcess(t)
		return
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the peak of a process is read from /proc")
	}
	if raceDetector {
		t.Skip("the race detector multiplies what a process holds: run without -race, as the step of figures in .ci/run does")
	}
	rows := 60_000
	if n, err := strconv.Atoi(os.Getenv("SERVICENOW_ROWS")); err == nil {
		rows = n
	}
	begin := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &synthetic{rows: rows, now: time.Now, text: strings.Repeat("a short description ", 12),
		stamp: func(i int) time.Time { return begin.Add(time.Duration(i/4) * 100 * time.Second) }}
	server := httptest.NewTLSServer(s)
	defer server.Close()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	run := func(rows int) int {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFeedMemoryIsFlat$", "-test.v")
		cmd.Env = append(os.Environ(), memoryAddr+"="+server.Listener.Addr().String(), memoryCert+"="+string(cert),
			memoryRows+"="+strconv.Itoa(rows))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		_, peak, _ := strings.Cut(string(out), "peak of ")
		peak, _, _ = strings.Cut(peak, " kB")
		n, err := strconv.Atoi(strings.TrimSpace(peak))
		if err != nil {
			t.Fatalf("no peak in %s", out)
		}
		return n
	}
	idle, pulled := run(0), run(rows)
	over := float64(pulled-idle) / 1024
	t.Logf("%d rows: peak %.1f MB, idle %.1f MB, %.1f MB above", rows, float64(pulled)/1024, float64(idle)/1024, over)
	if over > 32 {
		t.Errorf("%.1f MB above an idle process, want at most 32", over)
	}
}

func pullInThisProcess(t *testing.T) {
	in, err := instance.Parse("https://acme.service-now.com")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(os.Getenv(memoryCert)))
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, os.Getenv(memoryAddr))
		},
	}
	defer transport.CloseIdleConnections()
	conn, err := rest.New(rest.Config{Instance: in, HTTPClient: &http.Client{Transport: transport}, Credential: bearer{}})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := strconv.Atoi(os.Getenv(memoryRows))
	n := 0
	for _, err := range table.Incidents(table.New(conn)).Feed(table.FeedOptions{Limit: max(want, 1)}).
		Changes(t.Context(), table.Checkpoint{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != max(want, 1) {
		t.Fatalf("%d rows came, want %d", n, want)
	}
	fmt.Println("peak of", peakKB(t), "kB")
}

func peakKB(t *testing.T) string {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if peak, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			return strings.TrimSpace(strings.TrimSuffix(peak, "kB"))
		}
	}
	t.Fatal("no VmHWM")
	return ""
}
