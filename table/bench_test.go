//go:build unix

package table_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const (
	benchRows    = 50_000
	benchColumns = 30
	servesRows   = "SERVICENOW_BENCH_SERVER"
)

// benchRow is a row of 30 text fields.
type benchRow struct {
	SysID table.Text `json:"sys_id"`
	C01   table.Text `json:"column_01"`
	C02   table.Text `json:"column_02"`
	C03   table.Text `json:"column_03"`
	C04   table.Text `json:"column_04"`
	C05   table.Text `json:"column_05"`
	C06   table.Text `json:"column_06"`
	C07   table.Text `json:"column_07"`
	C08   table.Text `json:"column_08"`
	C09   table.Text `json:"column_09"`
	C10   table.Text `json:"column_10"`
	C11   table.Text `json:"column_11"`
	C12   table.Text `json:"column_12"`
	C13   table.Text `json:"column_13"`
	C14   table.Text `json:"column_14"`
	C15   table.Text `json:"column_15"`
	C16   table.Text `json:"column_16"`
	C17   table.Text `json:"column_17"`
	C18   table.Text `json:"column_18"`
	C19   table.Text `json:"column_19"`
	C20   table.Text `json:"column_20"`
	C21   table.Text `json:"column_21"`
	C22   table.Text `json:"column_22"`
	C23   table.Text `json:"column_23"`
	C24   table.Text `json:"column_24"`
	C25   table.Text `json:"column_25"`
	C26   table.Text `json:"column_26"`
	C27   table.Text `json:"column_27"`
	C28   table.Text `json:"column_28"`
	C29   table.Text `json:"column_29"`
}

// benchBody is n rows from the row with this number on, about 1,200 bytes each.
func benchBody(w io.Writer, from, n int) {
	b := bufio.NewWriterSize(w, 64<<10)
	defer b.Flush()
	b.WriteString(`{"result":[`)
	for i := from; i < from+n; i++ {
		if i > from {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `{"sys_id":"%032x"`, i)
		for c := 1; c < benchColumns; c++ {
			fmt.Fprintf(b, `,"column_%02d":"value of %06d, %02d"`, c, i, c)
		}
		b.WriteByte('}')
	}
	b.WriteString(`]}`)
}

// serveRows is the other process: an instance with 50,000 rows that knows limits and keys, and writes prepared bytes.
func serveRows() {
	pages := map[[2]int][]byte{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("sysparm_limit"))
		from := 0
		if _, key, ok := strings.Cut(r.URL.Query().Get("sysparm_query"), "sys_id>"); ok {
			last, _ := strconv.ParseInt(key[:32], 16, 64)
			from = int(last) + 1
		}
		n := min(limit, benchRows-from)
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.Header().Set("X-Total-Count", strconv.Itoa(benchRows-from))
		body, ok := pages[[2]int{from, n}]
		if !ok {
			var made strings.Builder
			benchBody(&made, from, n)
			body = []byte(made.String())
			pages[[2]int{from, n}] = body
		}
		w.Write(body)
	}))
	os.Stdout.Write(append(server.Certificate().Raw, []byte(server.Listener.Addr().String())...))
	os.Stdout.Close()
	io.Copy(io.Discard, os.Stdin) // until the benchmark ends
	os.Exit(0)
}

func init() {
	if os.Getenv(servesRows) != "" {
		serveRows()
	}
}

// benchService starts the other process and reaches it under the instance's name.
func benchService(b *testing.B) (*table.Service, *http.Client) {
	b.Helper()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), servesRows+"=1")
	stdin, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stdin.Close(); server.Wait() })
	said, err := io.ReadAll(stdout)
	if err != nil {
		b.Fatal(err)
	}
	at := strings.LastIndex(string(said), "127.0.0.1:")
	certificate, err := x509.ParseCertificate(said[:at])
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, string(said[at:]))
		},
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"},
	}
	b.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	in, err := instance.Parse("https://acme.service-now.com")
	if err != nil {
		b.Fatal(err)
	}
	conn, err := rest.New(rest.Config{Instance: in, Credential: bearer{}, HTTPClient: client})
	if err != nil {
		b.Fatal(err)
	}
	return table.New(conn), client
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkList reads 50,000 rows of 30 text fields from another process: the CPU time of a row, its allocations, and
// how many times the CPU time of reading and discarding the same bytes that is.
//
//	go test ./table -run '^$' -bench List -benchtime 3x
func BenchmarkList(b *testing.B) {
	s, client := benchService(b)
	discard := func(size int) {
		for from := 0; from < benchRows; from += size {
			url := fmt.Sprintf("https://acme.service-now.com/?sysparm_limit=%d&sysparm_query=sys_id>%032x", size,
				from-1)
			if from == 0 {
				url = fmt.Sprintf("https://acme.service-now.com/?sysparm_limit=%d", size)
			}
			resp, err := client.Get(url)
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	for _, size := range []int{1_000, 10_000, benchRows} {
		discard(size) // the server prepares its pages
		var floor float64
		b.Run(fmt.Sprintf("discard/%d", size), func(b *testing.B) {
			began := cpu()
			for b.Loop() {
				discard(size)
			}
			floor = float64(cpu()-began) / float64(b.N) / benchRows
			b.ReportMetric(floor/1e3, "CPU-µs/row")
			b.ReportMetric(float64(peak())/(1<<20), "peak-MB")
		})
		o := table.ListOptions{PageSize: size}
		b.Run(fmt.Sprintf("typed/%d", size), func(b *testing.B) {
			benchList(b, floor, table.Of[benchRow](s,
				"u_bench"), o)
		})
		b.Run(fmt.Sprintf("record/%d", size), func(b *testing.B) {
			benchList(b, floor, table.Of[table.Record](s,
				"u_bench"), o)
		})
	}
}

func benchList[T any](b *testing.B, floor float64, t table.Table[T], o table.ListOptions) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := cpu()
	for b.Loop() {
		n := 0
		for _, err := range t.List(b.Context(), o) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchRows {
			b.Fatalf("%d rows", n)
		}
	}
	spent := float64(cpu()-began) / float64(b.N) / benchRows
	runtime.ReadMemStats(&after)
	b.ReportMetric(spent/1e3, "CPU-µs/row")
	b.ReportMetric(spent/floor, "×discard")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N)/benchRows, "allocs/row")
	b.ReportMetric(float64(peak())/(1<<20), "peak-MB")
}

// peak is the most memory this process ever held.
func peak() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Maxrss * 1024
}
