package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func event(t *testing.T, id, sysID string) webhook.Event {
	t.Helper()
	e, err := webhook.Parse(envelope(id, "task.updated", fmt.Sprintf(`"table":"incident","sys_id":%q,"operation":"update"`, sysID)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDispatcherKeepsTheOrderOfEachRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		got := map[string][]string{}
		var running, peak atomic.Int32
		d, err := webhook.NewDispatcher(3, 100, func(_ context.Context, e webhook.Event) error {
			peak.Store(max(peak.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			mu.Lock()
			defer mu.Unlock()
			got[e.About().SysID] = append(got[e.About().SysID], e.About().ID)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 20 {
			for r := range 5 {
				e := event(t, fmt.Sprintf("e%02d", i), fmt.Sprintf("r%d", r))
				wg.Go(func() {
					if err := d.Handle(t.Context(), e); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait() // each round is queued before the next
		}
		wg.Wait()
		d.Close()
		for r, ids := range got {
			for i, id := range ids {
				if id != fmt.Sprintf("e%02d", i) {
					t.Fatalf("%s: %v", r, ids)
				}
			}
		}
		if peak.Load() > 3 {
			t.Errorf("%d at once, with 3 workers", peak.Load())
		}
	})
}

func TestDispatcherBoundsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("no")
		d, err := webhook.NewDispatcher(1, 1, func(ctx context.Context, e webhook.Event) error {
			time.Sleep(time.Minute)
			if e.About().ID == "bad" {
				return failure
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := d.Handle(t.Context(), event(t, "bad", "r")); !errors.Is(err, failure) {
				t.Errorf("the function's error: %v", err)
			}
		})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wg.Go(func() {
			if err := d.Handle(short, event(t, "b", "r")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a caller that left: %v", err)
			}
		})
		synctest.Wait()
		if err := d.Handle(t.Context(), event(t, "c", "r")); !errors.Is(err, webhook.ErrBusy) {
			t.Errorf("a full queue: %v", err)
		}
		wg.Wait()
		d.Close()
		d.Close()
		if err := d.Handle(t.Context(), event(t, "d", "r")); !errors.Is(err, webhook.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestDispatcherHandsPanicsOn(t *testing.T) {
	d, err := webhook.NewDispatcher(1, 1, func(context.Context, webhook.Event) error { panic("host") })
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	defer func() {
		if recover() != "host" {
			t.Error("the panic was lost")
		}
	}()
	_ = d.Handle(t.Context(), event(t, "a", "r"))
}
