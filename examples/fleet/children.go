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

	ctx    context.Context // the children's own life
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	living map[string]*os.Process
	peak   map[string]int // kilobytes of memory
}

func newChildren(ctx context.Context, env ...string) *children {
	k := &children{env: env, log: os.Stderr, living: map[string]*os.Process{}, peak: map[string]int{}}
	k.ctx, k.cancel = context.WithCancel(ctx)
	return k
}

// end asks all children to end, and waits for them.
func (k *children) end() {
	k.cancel()
	k.wg.Wait()
}

// start runs a child until the end.
func (k *children) start(name string, args ...string) {
	k.wg.Go(func() {
		for k.ctx.Err() == nil {
			cmd := exec.CommandContext(k.ctx, os.Args[0], args...) //nolint:gosec // this program
			cmd.Env, cmd.Stderr = append(os.Environ(), k.env...), k.log
			cmd.Cancel = func() error { k.measure(name); return cmd.Process.Signal(syscall.SIGTERM) }
			cmd.WaitDelay = 10 * time.Second
			if cmd.Start() == nil {
				k.set(name, cmd.Process)
				_ = cmd.Wait()
				k.set(name, nil)
			}
			pause(k.ctx, 100*time.Millisecond)
		}
	})
}

func (k *children) set(name string, p *os.Process) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.living[name] = p
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
