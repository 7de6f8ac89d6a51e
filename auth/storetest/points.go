package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

func checkLoad(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	mustMiss(t, ctx, s, "acme")
	v := mustSwap(t, ctx, s, "acme", "", full())
	mustHold(t, ctx, s, "acme", v, full())
	seen := map[auth.Version]bool{v: true}
	for range 5 {
		v = mustSwap(t, ctx, s, "acme", v, full()) // equal content, another version
		if seen[v] {
			t.Fatal("a version came again")
		}
		seen[v] = true
	}
	mustHold(t, ctx, s, "acme", v, full())
	v = mustSwap(t, ctx, s, "acme", v, auth.Record{})
	mustHold(t, ctx, s, "acme", v, auth.Record{})
}

func checkCreate(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	v := mustSwap(t, ctx, s, "acme", "", record("first"))
	_, err := s.CompareAndSwap(ctx, "acme", "", record("second"))
	mustConflict(t, "create over an existing record", err)
	mustHold(t, ctx, s, "acme", v, record("first"))
}

func checkSwap(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	_, err := s.CompareAndSwap(ctx, "acme", "never", record("none"))
	mustConflict(t, "swap where there is no record", err)
	mustMiss(t, ctx, s, "acme")
	first := mustSwap(t, ctx, s, "acme", "", record("first"))
	second := mustSwap(t, ctx, s, "acme", first, record("second"))
	_, err = s.CompareAndSwap(ctx, "acme", first, record("third"))
	mustConflict(t, "swap with an old version", err)
	mustHold(t, ctx, s, "acme", second, record("second"))
}

func checkRace(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	v := mustSwap(t, ctx, s, "acme", "", record("first"))
	var wg sync.WaitGroup
	results := make(chan error, 100)
	for i := range 100 {
		wg.Go(func() {
			_, err := s.CompareAndSwap(ctx, "acme", v, record(strconv.Itoa(i)))
			results <- err
		})
	}
	wg.Wait()
	close(results)
	winners := 0
	for err := range results {
		if err == nil {
			winners++
		} else {
			mustConflict(t, "a swap that lost", err)
		}
	}
	if winners != 1 {
		t.Errorf("%d of 100 swaps with one version won, want 1", winners)
	}
}

// checkCounter raises a counter from two handles; auth.Update is the loop that the library itself uses.
func checkCounter(t *testing.T, open Open) {
	ctx, _ := begin(t, open)
	const workers, each = 10, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			s := open()
			for range each {
				_, err := auth.Update(ctx, s, "acme", func(r *auth.Record) error {
					n, _ := strconv.Atoi(string(r.Connection))
					r.Connection = []byte(strconv.Itoa(n + 1))
					return nil
				})
				if err != nil {
					t.Errorf("worker %d: %v", w, err)
					return
				}
			}
		})
	}
	wg.Wait()
	r, _, err := open().Load(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(r.Connection); got != strconv.Itoa(workers*each) {
		t.Errorf("counter is %s after %d raises", got, workers*each)
	}
}

func checkDelete(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	if err := s.Delete(ctx, "acme", "any"); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}
	first := mustSwap(t, ctx, s, "acme", "", record("first"))
	second := mustSwap(t, ctx, s, "acme", first, record("second"))
	mustConflict(t, "delete with an old version", s.Delete(ctx, "acme", first))
	mustHold(t, ctx, s, "acme", second, record("second"))
	for range 2 {
		if err := s.Delete(ctx, "acme", second); err != nil {
			t.Errorf("delete: %v", err)
		}
		mustMiss(t, ctx, s, "acme")
	}
	_, err := s.CompareAndSwap(ctx, "acme", second, record("ghost"))
	mustConflict(t, "swap after delete", err)
	again := mustSwap(t, ctx, s, "acme", "", record("again"))
	if again == first || again == second {
		t.Error("a version came again after delete")
	}
	mustConflict(t, "delete with a version from before", s.Delete(ctx, "acme", second))
	mustHold(t, ctx, s, "acme", again, record("again"))
}

// tenants are hard to keep apart: for SQL patterns and collations, file systems, and key separators.
func tenants() []string {
	list := []string{
		"acme", "Acme", "ACME", "acme ", " acme", "acme.", "acme/", "a/cme", "../acme", "..", ".", "acme%", "acm_", "%",
		"_", "'", "''", `"`, `\`, "a\\cme", "acme:1", "acme|1", "a\tb", "a\nb", "con", "nul.json", "é", "e\u0301",
		"ß", "ss",
		"日本", "acme\u200b", "-", "--", "0", "00", "null", strings.Repeat("x", 255), strings.Repeat("x", 254),
		strings.Repeat("%", 255),
	}
	for c := byte(1); c < 0x80; c++ {
		list = append(list, "byte "+string(rune(c))+" end")
	}
	return list
}

func checkTenants(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	versions := map[string]auth.Version{}
	for _, tenant := range tenants() {
		if versions[tenant] == "" {
			versions[tenant] = mustSwap(t, ctx, s, tenant, "", record(tenant))
		}
	}
	for tenant, v := range versions {
		mustHold(t, ctx, s, tenant, v, record(tenant))
	}
	for _, tenant := range []string{"acme", "%", "_", "'"} {
		if err := s.Delete(ctx, tenant, versions[tenant]); err != nil {
			t.Errorf("Delete(%q): %v", tenant, err)
		}
		delete(versions, tenant)
		mustMiss(t, ctx, s, tenant)
	}
	for tenant, v := range versions {
		mustHold(t, ctx, s, tenant, v, record(tenant))
	}
	for _, bad := range []string{"", "a\x00b", "a\xffb", strings.Repeat("x", 256)} {
		if _, err := s.CompareAndSwap(ctx, bad, "", record("bad")); !errors.Is(err, auth.ErrTenant) {
			t.Errorf("CompareAndSwap with the tenant %.20q: %v, want ErrTenant", bad, err)
		}
		if _, _, err := s.Load(ctx, bad); !errors.Is(err, auth.ErrTenant) {
			t.Errorf("Load of the tenant %.20q: %v, want ErrTenant", bad, err)
		}
	}
}

func checkContents(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	random := make([]byte, 4096)
	_, _ = rand.Read(random)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	offset := time.FixedZone("east", 5*3600+1800)
	for i, r := range []auth.Record{
		{},
		{Token: []byte{}},
		{Token: []byte{0}},
		{Token: every, Connection: every},
		{Connection: random},
		{Token: bytes.Repeat([]byte("t"), 64<<10), Connection: bytes.Repeat([]byte{0xff}, 64<<10)},
		{AccessExpiry: time.Date(2030, 1, 2, 3, 4, 5, 999999999, offset), NotBefore: time.Unix(0, 0)},
		{RefreshExpiry: time.Date(2199, 12, 31, 23, 59, 59, 0, time.UTC)},
		{Refused: "a code of the instance's own 'quoted'", Lease: auth.Lease{Holder: "é'\"%"}},
	} {
		tenant := fmt.Sprintf("content-%d", i)
		v := mustSwap(t, ctx, s, tenant, "", r)
		mustHold(t, ctx, s, tenant, v, r)
	}
	r := record("caller's")
	v := mustSwap(t, ctx, s, "slices", "", r)
	clear(r.Token)
	got, _, err := s.Load(ctx, "slices")
	if err != nil {
		t.Fatal(err)
	}
	clear(got.Token)
	mustHold(t, ctx, s, "slices", v, record("caller's"))
}

func checkCancelled(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	v := mustSwap(t, ctx, s, "acme", "", record("first"))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	start := time.Now()
	_, swap := s.CompareAndSwap(ended, "acme", v, record("second"))
	_, _, load := s.Load(ended, "acme")
	del := s.Delete(ended, "acme", v)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("a cancelled context returned after %v", took)
	}
	for what, err := range map[string]error{"CompareAndSwap": swap, "Load": load, "Delete": del} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", what, err)
		}
	}
	mustHold(t, ctx, s, "acme", v, record("first"))

	// Cancelled at any moment, the record is the old one or the new one.
	for i := range 20 {
		brief, stop := context.WithTimeout(ctx, time.Duration(i)*50*time.Microsecond)
		_, _ = s.CompareAndSwap(brief, "acme", v, record("second"))
		stop()
		got, now, err := s.Load(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got, record("first")) && !equal(got, record("second")) {
			t.Fatal("a cancelled swap left something between old and new")
		}
		v = now
	}
}

func checkHandles(t *testing.T, open Open) {
	ctx, a := begin(t, open)
	b := open()
	v := mustSwap(t, ctx, a, "acme", "", record("a"))
	for i := range 20 {
		mustHold(t, ctx, b, "acme", v, lastOf(i))
		v = mustSwap(t, ctx, b, "acme", v, record("b"+strconv.Itoa(i)))
		mustHold(t, ctx, a, "acme", v, record("b"+strconv.Itoa(i)))
		v = mustSwap(t, ctx, a, "acme", v, record("a"+strconv.Itoa(i)))
	}
	if err := b.Delete(ctx, "acme", v); err != nil {
		t.Errorf("delete by the other handle: %v", err)
	}
	mustMiss(t, ctx, a, "acme")
}

// lastOf is what handle a wrote before round i.
func lastOf(i int) auth.Record {
	if i == 0 {
		return record("a")
	}
	return record("a" + strconv.Itoa(i-1))
}

// checkReaders reads from one handle what another one writes, long enough that a write is no single step.
func checkReaders(t *testing.T, open Open) {
	ctx, writer := begin(t, open)
	long := strings.Repeat("0123456789abcdef", 4096)
	v := mustSwap(t, ctx, writer, "acme", "", record("0 "+long))
	done := make(chan struct{})
	var wg sync.WaitGroup
	reader := open()
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			r, _, err := reader.Load(ctx, "acme")
			if err != nil {
				t.Errorf("while another writes: %v", err)
				return
			}
			number, text, _ := strings.Cut(strings.TrimPrefix(string(r.Connection), "connection "), " ")
			if text != long || !equal(r, record(number+" "+long)) {
				t.Error("a reader saw something between old and new")
				return
			}
		}
	})
	for i := range 50 {
		v = mustSwap(t, ctx, writer, "acme", v, record(strconv.Itoa(i)+" "+long))
	}
	close(done)
	wg.Wait()
}
