package speed

import (
	"fmt"
	"testing"
)

// withoutC builds a host as for a container: the memory of a C library is not the SDK's.
const withoutC = "CGO_ENABLED=0"

// BenchmarkList reads 50,000 rows of 30 columns: the CPU time of a row, and how many times that of reading and
// discarding the same bytes it is; what is allocated for a row; the most memory that the process held.
func BenchmarkList(b *testing.B) {
	h := newHost(b, withoutC)
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

// What a host may count on however busy the machine is: the allocations of a row, and that in the middle of a list of
// 60 MB less than one megabyte is in use, whatever the size of its pages. CPU time and what a process holds at its most
// are for BenchmarkList: a test cannot tell a slow machine, or a collector that was kept waiting, from slow code.
func TestListIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program and reads 60 MB some times")
	}
	const most = 1 << 20
	h := newHost(t)
	for _, tc := range []struct {
		what   string
		size   int
		allocs float64
	}{{"cells", 1_000, 2}, {"cells", listRows, 2}, {"record", listRows, 3}, {"case both", 10_000, 2}} {
		f := h.run(t, tc.what, false, tc.size, 1)
		if allocs := float64(f.Mallocs) / listRows; allocs > tc.allocs {
			t.Errorf("%s by %d: %.2f allocations a row, at most %v", tc.what, tc.size, allocs, tc.allocs)
		}
		if f.Held > most {
			t.Errorf("%s by %d: %.1f MB in use", tc.what, tc.size, float64(f.Held)/1e6)
		}
		t.Logf("%s by %d: %d bytes in use", tc.what, tc.size, f.Held)
	}
}
