package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells a person how far the program is: on a terminal one line that is redrawn, elsewhere plain lines that a
// log keeps. It never writes to standard output, which belongs to -json.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	open     bool // a redrawn line stands on the terminal
	drawn    time.Time
}

func newProgress(f *os.File) *progress {
	return &progress{w: f, terminal: term.IsTerminal(int(f.Fd()))}
}

// say writes a line of its own.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// step announces the next part of the job.
func (p *progress) step(format string, args ...any) { p.say("\n"+format, args...) }

// redraw replaces the running line, on a terminal only and at most ten times a second.
func (p *progress) redraw(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.terminal || time.Since(p.drawn) < 100*time.Millisecond {
		return
	}
	p.clear()
	fmt.Fprintf(p.w, format, args...)
	p.open, p.drawn = true, time.Now()
}

func (p *progress) clear() {
	if p.open {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.open = false
	}
}
