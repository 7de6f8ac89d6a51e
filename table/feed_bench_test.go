package table_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// BenchmarkBackfillLatency: a backfill whose pages take a fixed time each, 4 at a time. It prints how many times the
// latency limit (pages x latency / 4) it takes, of which 1.1 is the most.
func BenchmarkBackfillLatency(b *testing.B) {
	const rows, page, latency, parallel = 8000, 20, 40 * time.Millisecond, 4
	w := newWorld(b)
	for i := range rows {
		w.insert("incident", fmt.Sprint("row ", i))
		w.clock.Advance(37 * time.Second)
	}
	w.before = func(req *http.Request) (*http.Response, func(*http.Response)) {
		if strings.HasSuffix(req.URL.Path, "/incident") {
			time.Sleep(latency)
		}
		return nil, nil
	}
	limit := time.Duration(rows/page/parallel) * latency
	for b.Loop() {
		began, n := time.Now(), 0
		o := table.FeedOptions{PageSize: page, Parallel: parallel, Fields: []string{"number"}, WithoutDeletes: true}
		for _, err := range table.Incidents(w.connectWide()).Feed(o).Changes(b.Context(), table.Checkpoint{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != rows {
			b.Fatalf("%d rows came, want %d", n, rows)
		}
		b.ReportMetric(float64(time.Since(began))/float64(limit), "x-latency-limit")
	}
}

// connectWide is a connection whose limit has been found out before.
func (w *world) connectWide() *table.Service {
	conn, err := rest.New(rest.Config{Instance: w.server.Instance(), HTTPClient: &http.Client{Transport: w},
		Credential: basic{servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword}, RetryMax: -1, MaxInFlight: 16})
	if err != nil {
		w.tb.Fatal(err)
	}
	return table.New(conn)
}

// BenchmarkFeedMemory: how much the heap grows while a table is pulled, at 10 and at 100 pages: it is to be the same.
func BenchmarkFeedMemory(b *testing.B) {
	for _, pages := range []int{10, 100} {
		b.Run(fmt.Sprint(pages, "_pages"), func(b *testing.B) {
			w := newWorld(b)
			const page = 100
			for i := range pages * page {
				w.insert("incident", fmt.Sprint("row ", i))
				w.clock.Advance(time.Minute)
			}
			for b.Loop() {
				var before, now runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				most, n := uint64(0), 0
				for _, err := range table.Incidents(w.svc).Feed(table.FeedOptions{PageSize: page, WithoutDeletes: true}).
					Changes(b.Context(), table.Checkpoint{}) {
					if err != nil {
						b.Fatal(err)
					}
					if n++; n%(page*pages/10) == 0 {
						runtime.GC()
						runtime.ReadMemStats(&now)
						most = max(most, now.HeapAlloc)
					}
				}
				b.ReportMetric((float64(most)-float64(before.HeapAlloc))/1e6, "MB-held")
			}
		})
	}
}
