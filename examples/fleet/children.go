package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// children are processes of this very program that are started again when they die.
type children struct {
	env []string
	log io.Writer

	wg     sync.WaitGroup
	mu     sync.Mutex
	living map[string]*os.Process
	deaths map[string]int
	peak   map[string]int // kilobytes of memory
}

func newChildren(log io.Writer, env ...string) *children {
	return &children{
		env: env, log: log, living: map[string]*os.Process{}, deaths: map[string]int{}, peak: map[string]int{},
	}
}

// start runs a child until ctx ends, which ends the child too.
func (k *children) start(ctx context.Context, name string, args ...string) {
	k.wg.Go(func() {
		for ctx.Err() == nil {
			cmd := exec.CommandContext(ctx, os.Args[0], args...) //nolint:gosec // this program
			cmd.Env, cmd.Stderr = append(os.Environ(), k.env...), k.log
			cmd.Cancel = func() error { k.measure(name); return cmd.Process.Signal(syscall.SIGTERM) }
			cmd.WaitDelay = 10 * time.Second
			if cmd.Start() == nil {
				k.set(name, cmd.Process)
				_ = cmd.Wait()
				k.set(name, nil)
			}
			pause(ctx, 100*time.Millisecond)
		}
	})
}

func (k *children) set(name string, p *os.Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.living[name] = p
	if p == nil {
		k.deaths[name]++
	}
}

// kill is SIGKILL, and reports whether there was somebody to kill.
func (k *children) kill(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.living[name]
	return p != nil && p.Kill() == nil
}

// measure notes the child's peak memory, where the system tells it.
func (k *children) measure(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.living[name]
	if p == nil {
		return
	}
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(p.Pid) + "/status")
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			k.peak[name], _ = strconv.Atoi(strings.Fields(value)[0])
		}
	}
}
