//go:build unix

package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// work is what a task measures, and what of it net/http alone does.
type work struct {
	ours, floor func()
	held        func() uint64 // bytes still in use at the worst of some moments in the middle of it; nil is not looked at
}

// figures are what came of it: of one pass, the least of those measured. What else the machine does only adds to it.
type figures struct {
	CPU, Wall           time.Duration
	FloorCPU, FloorWall time.Duration
	Mallocs, Allocated  uint64
	Peak                int64  // bytes: the most memory that the process ever held, or 0 where the system does not tell
	Held                uint64 // bytes in use in the middle of it beyond those before it, with all garbage collected
}

func figuresOf(w work, passes int) figures {
	var ours, floor []spent
	w.floor()
	w.ours() // the first pays for connections, pools and plans
	for range passes {
		floor = append(floor, measure(w.floor))
		ours = append(ours, measure(w.ours))
	}
	f := figures{
		CPU: least(ours, spent.byCPU), Wall: least(ours, spent.byWall),
		FloorCPU: least(floor, spent.byCPU), FloorWall: least(floor, spent.byWall),
		Mallocs: ours[passes-1].mallocs, Allocated: ours[passes-1].bytes, Peak: peak(),
	}
	if before := inUse(); w.held != nil {
		f.Held = max(w.held(), before) - before
	}
	return f
}

// inUse is what the heap holds that is not garbage, however seldom the collector gets to run.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// spent is what one pass cost.
type spent struct {
	cpu, wall      time.Duration
	mallocs, bytes uint64
}

func (s spent) byCPU() time.Duration  { return s.cpu }
func (s spent) byWall() time.Duration { return s.wall }

func measure(do func()) spent {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, beganCPU := time.Now(), cpu()
	do()
	s := spent{cpu: cpu() - beganCPU, wall: time.Since(began)}
	runtime.ReadMemStats(&after)
	s.mallocs, s.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return s
}

func least(all []spent, by func(spent) time.Duration) time.Duration {
	m := by(all[0])
	for _, s := range all {
		m = min(m, by(s))
	}
	return m
}

func cpu() time.Duration {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak reads what Linux tells. What getrusage calls so is inherited from the process that started this one.
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	check(err)
	return kilobytes << 10
}
