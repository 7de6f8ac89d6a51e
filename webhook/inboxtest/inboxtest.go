// Package inboxtest checks implementations of webhook.Inbox, ours and a host's own, against one suite.
package inboxtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// Run checks an inbox. open makes a new, empty one for each test, with a lease that does not end during it.
func Run(t *testing.T, open func(t *testing.T) webhook.Inbox) {
	t.Run("an id is fresh once", func(t *testing.T) {
		in := open(t)
		claim(t, in, "a", "1", webhook.Fresh)
		claim(t, in, "a", "1", webhook.Busy)
		must(t, in.Confirm(t.Context(), "a", "1"))
		claim(t, in, "a", "1", webhook.Done)
	})
	t.Run("tenants and ids do not mix", func(t *testing.T) {
		in := open(t)
		claim(t, in, "a", "1", webhook.Fresh)
		claim(t, in, "b", "1", webhook.Fresh)
		claim(t, in, "a", "2", webhook.Fresh)
		claim(t, in, "a1", "", webhook.Fresh)
		claim(t, in, "", "a1", webhook.Fresh)
	})
	t.Run("a released id is fresh again", func(t *testing.T) {
		in := open(t)
		claim(t, in, "a", "1", webhook.Fresh)
		must(t, in.Release(t.Context(), "a", "1"))
		claim(t, in, "a", "1", webhook.Fresh)
	})
	t.Run("what is done cannot be released", func(t *testing.T) {
		in := open(t)
		claim(t, in, "a", "1", webhook.Fresh)
		must(t, in.Confirm(t.Context(), "a", "1"))
		must(t, in.Release(t.Context(), "a", "1"))
		claim(t, in, "a", "1", webhook.Done)
	})
	t.Run("releasing and confirming what was never claimed is no error", func(t *testing.T) {
		in := open(t)
		must(t, in.Release(t.Context(), "a", "1"))
		must(t, in.Confirm(t.Context(), "a", "2"))
		claim(t, in, "a", "1", webhook.Fresh)
	})
	t.Run("one of many claims wins", func(t *testing.T) { race(t, open(t)) })
}

func race(t *testing.T, in webhook.Inbox) {
	for i := range 20 {
		id := fmt.Sprint(i)
		var wg sync.WaitGroup
		var mu sync.Mutex
		fresh := 0
		for range 8 {
			wg.Go(func() {
				c, err := in.Claim(context.WithoutCancel(t.Context()), "a", id)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if c == webhook.Fresh {
					fresh++
				}
			})
		}
		wg.Wait()
		if fresh != 1 {
			t.Fatalf("%d of 8 claims of one id were fresh", fresh)
		}
	}
}

func claim(t *testing.T, in webhook.Inbox, tenant, id string, want webhook.Claim) {
	t.Helper()
	got, err := in.Claim(t.Context(), tenant, id)
	if err != nil || got != want {
		t.Fatalf("Claim(%q, %q) is %d, want %d: %v", tenant, id, got, want, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
