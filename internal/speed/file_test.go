package speed

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
)

const fileSize = 256 << 20

func serveFile(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-zeros")
	w.Header().Set("Content-Length", strconv.Itoa(fileSize))
	buf := make([]byte, 256<<10)
	for sent := 0; sent < fileSize; sent += len(buf) {
		if _, err := w.Write(buf); err != nil {
			return // the reader may go away
		}
	}
}

func takeFile(w http.ResponseWriter, r *http.Request) {
	n, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, make([]byte, 256<<10))
	if r.PathValue("way") == "upload" {
		n = fileSize // the parts around the file are not counted here
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"result":{"sys_id":"%032x","size_bytes":"%d"}}`, 1, n)
}

// BenchmarkFile moves a file of 256 MiB: how fast beside a plain io.Copy of the same bytes over the same kind of
// connection, by the time of day and by CPU time, and the most memory that the process held.
func BenchmarkFile(b *testing.B) {
	h := newHost(b, withoutC)
	for _, what := range []string{"download", "upload", "upload form"} {
		for _, tls := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/tls=%v", what, tls), func(b *testing.B) {
				for b.Loop() {
					f := h.run(b, what, tls, 0, 5)
					b.ReportMetric(float64(f.FloorWall)/float64(f.Wall), "speed/copy")
					b.ReportMetric(float64(f.FloorCPU)/float64(f.CPU), "CPU-of-copy/CPU")
					b.ReportMetric(float64(fileSize)/f.Wall.Seconds()/(1<<20), "MiB/s")
					b.ReportMetric(float64(f.Peak)/1e6, "peak-MB")
					b.ReportMetric(0, "ns/op")
				}
			})
		}
	}
}
