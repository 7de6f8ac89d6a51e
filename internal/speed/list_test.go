package speed

import (
	"fmt"
	"testing"
)

// BenchmarkList reads 50,000 rows of 30 columns: the CPU time of a row, and how many times that of reading and
// discarding the same bytes it is; what is allocated for a row; the most memory that the process held.
func BenchmarkList(b *testing.B) {
	h := newHost(b)
	for _, what := range []string{
		"discard", "cells", "strings", "record", "case", "case links", "case display", "case both", "record links",
		"record display", "record both",
	} {
		for _, size := range []int{1_000, 10_000, listRows} {
			b.Run(fmt.Sprintf("%s/%d", what, size), func(b *testing.B) { benchList(b, h, what, false, size) })
		}
	}
	for _, what := range []string{"discard", "cells", "record"} {
		b.Run(what+"/tls", func(b *testing.B) { benchList(b, h, what, true, 10_000) })
	}
}

func benchList(b *testing.B, h host, what string, tls bool, size int) {
	for b.Loop() {
		f := h.run(b, what, tls, size, 5)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(f.CPU)/1e3/listRows, "CPU-µs/row")
		b.ReportMetric(float64(f.FloorCPU)/1e3/listRows, "discard-µs/row")
		b.ReportMetric(float64(f.CPU)/float64(f.FloorCPU), "×discard")
		b.ReportMetric(float64(f.Mallocs)/listRows, "allocs/row")
		b.ReportMetric(float64(f.Allocated)/listRows, "bytes/row")
		b.ReportMetric(float64(f.Peak)/1e6, "peak-MB")
	}
}
