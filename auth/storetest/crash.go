package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

// RunCrash is point 9: a process is killed in the middle of its writes, again and again, and each time a store opened
// afterwards holds the last record that was acknowledged or the one after it. command starts a process that calls
// [WriteForever] over the same backing, with its standard output; usually the test binary starts itself. Stores in
// memory have nothing to check here.
func RunCrash(t *testing.T, open Open, command func(*testing.T) *exec.Cmd) {
	t.Helper()
	for i := range 10 {
		acknowledged := killed(t, command(t), time.Duration(5+7*i)*time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		s := open()
		r, _, err := s.Load(ctx, crashTenant)
		if err != nil {
			t.Fatalf("after kill %d: %v", i, err)
		}
		n, text, _ := strings.Cut(string(r.Connection), " ")
		got, err := strconv.Atoi(n)
		if err != nil || text != filler {
			t.Fatalf("after kill %d: the record is neither old nor new", i)
		}
		if got != acknowledged && got != acknowledged+1 {
			t.Errorf("after kill %d: write %d is stored, %d was acknowledged", i, got, acknowledged)
		}
		// A database server may still execute what the killed process sent: Update copes with that.
		if _, err := auth.Update(ctx, s, crashTenant, func(*auth.Record) error { return nil }); err != nil {
			t.Errorf("after kill %d: no write is possible: %v", i, err)
		}
		cancel()
	}
}

const crashTenant = "crash"

// filler makes a record longer than one write of most file systems.
var filler = strings.Repeat("0123456789abcdef", 1024)

// WriteForever writes numbered records and acknowledges each on out, until it fails or is killed.
func WriteForever(s auth.TokenStore, out io.Writer) error {
	ctx := context.Background()
	r, v, err := s.Load(ctx, crashTenant)
	if err != nil && !errors.Is(err, auth.ErrNotFound) {
		return err
	}
	number, _, _ := strings.Cut(string(r.Connection), " ")
	n, _ := strconv.Atoi(number)
	for {
		n++
		r.Connection = []byte(strconv.Itoa(n) + " " + filler)
		if v, err = s.CompareAndSwap(ctx, crashTenant, v, r); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, n); err != nil {
			return err
		}
	}
}

// killed runs cmd, kills it (SIGKILL where there is one) some time after its first write, and returns the last write
// that it acknowledged.
func killed(t *testing.T, cmd *exec.Cmd, after time.Duration) int {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	last := 0
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			break // the last line may be cut
		}
		if last == 0 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		last = n
	}
	_ = cmd.Wait() // it was killed
	if last == 0 {
		t.Fatal("the writing process acknowledged nothing")
	}
	return last
}
