package attachment_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// zeros is a file of n bytes that nobody has to keep.
func zeros(n int64) io.ReadCloser { return io.NopCloser(io.LimitReader(endless{}, n)) }

type endless struct{}

func (endless) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// store is the other end for files of any size: it reads what is sent, and sends what is asked for.
func store(size int64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/{id}/file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-zeros")
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		io.Copy(w, zeros(size)) // the reader may go away
	})
	mux.HandleFunc("POST "+base+"/{way}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if r.PathValue("way") == "upload" {
			n = size // the parts around the file are not counted here
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"result":{"sys_id":%q,"size_bytes":"%d"}}`, fileID, n)
	})
	return mux
}

// loopback sends what is meant for the instance to a server on this machine.
type loopback struct {
	to   *url.URL
	base http.RoundTripper
}

func (l loopback) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = l.to.Scheme, l.to.Host
	return l.base.RoundTrip(r)
}

type nobody struct{}

func (nobody) Authorize(context.Context, http.Header) (any, error) { return nil, nil }
func (nobody) Refused(any) bool                                    { return false }

func serve(tb testing.TB, handler http.Handler) (*attachment.Service, *http.Client) {
	tb.Helper()
	server := httptest.NewServer(handler)
	to, err := url.Parse(server.URL)
	if err != nil {
		tb.Fatal(err)
	}
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext}
	tb.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	in, err := instance.Parse("acme")
	if err != nil {
		tb.Fatal(err)
	}
	client := &http.Client{Transport: loopback{to, transport}}
	conn, err := rest.New(rest.Config{Instance: in, Credential: nobody{}, HTTPClient: client})
	if err != nil {
		tb.Fatal(err)
	}
	return attachment.New(conn, table.New(conn)), client
}

// transfers are the three ways of a file, each drained at its end.
func transfers(tb testing.TB, svc *attachment.Service, size int64) map[string]func() error {
	f := attachment.NewFile{Name: "zeros.bin", Size: size, Source: func() (io.ReadCloser, error) { return zeros(size), nil }}
	return map[string]func() error{
		"down": func() error {
			d, err := svc.Open(tb.Context(), fileID)
			if err != nil {
				return err
			}
			defer d.Close()
			if n, err := io.Copy(io.Discard, d); n != size || err != nil {
				return fmt.Errorf("%d bytes, %w", n, err)
			}
			return nil
		},
		"up":           func() error { return second(svc.Upload(tb.Context(), record, f)) },
		"up in a form": func() error { return second(svc.UploadForm(tb.Context(), record, f)) },
	}
}

// A file is never in memory, whatever its size: what is allocated on the way of 64 MiB, in all and on both ends, is
// less than a sixteenth of it. (256 MiB in less than 16 MB is the same measure; BenchmarkTransfer takes that size.)
func TestFilesAreNotHeldInMemory(t *testing.T) {
	const size = 64 << 20
	svc, _ := serve(t, store(size))
	for name, transfer := range transfers(t, svc, size) {
		if err := transfer(); err != nil { // the first one pays for connections and pools
			t.Fatalf("%s: %v", name, err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := transfer(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > size/16 {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, got, size)
		}
	}
}

// A connection that dies half-way is not the end of a file, whatever the server announced.
func TestADownloadThatBreaksOffIsAnError(t *testing.T) {
	for name, announce := range map[string]func(http.Header){
		"with a length": func(h http.Header) { h.Set("Content-Length", "100") },
		"with metadata": func(h http.Header) {
			h.Set("X-Attachment-Metadata", strings.Join(strings.Fields(metadata("incident", "a/b", "100")), " "))
		},
	} {
		svc, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			announce(w.Header())
			io.WriteString(w, "only this") // and a clean end, as a proxy makes one that gave up
		}))
		d, err := svc.Open(t.Context(), fileID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(d)
		if string(b) != "only this" || err != io.ErrUnexpectedEOF {
			t.Errorf("%s: read %q, %v", name, b, err)
		}
		d.Close()
	}
}

// BenchmarkTransfer compares with copying the same bytes over the same transport without the SDK; "ratio" is how fast
// we are beside that, and "alloc/MB" what was allocated on both ends.
func BenchmarkTransfer(b *testing.B) {
	const size = 256 << 20
	svc, client := serve(b, store(size))
	plain := map[string]func() error{
		"down": func() error { return drain(client.Get("https://acme.service-now.com" + base + "/" + fileID + "/file")) },
	}
	up := func() error {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "https://acme.service-now.com"+base+"/file", zeros(size))
		if err != nil {
			return err
		}
		r.ContentLength = size
		return drain(client.Do(r))
	}
	plain["up"], plain["up in a form"] = up, up
	for name, ours := range transfers(b, svc, size) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			var spent, bare time.Duration
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				spent += took(b, ours)
				b.StopTimer()
				bare += took(b, plain[name])
				b.StartTimer()
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(bare)/float64(spent), "ratio")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/1e6, "alloc/MB")
		})
	}
}

func took(b *testing.B, do func() error) time.Duration {
	begun := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

func drain(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
