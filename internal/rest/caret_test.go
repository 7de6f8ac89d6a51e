package rest_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// caretInstance is what tells one instance from another: how many users it counts in the query with ^^ and in the one
// without, or the status with which it refuses both.
type caretInstance struct {
	doubled, plain int
	refuses        atomic.Int32
	asked, others  atomic.Int32
}

func (i *caretInstance) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/sys_user") {
		i.others.Add(1)
		return reply(200, `{"result":[]}`), nil
	}
	i.asked.Add(1)
	if status := int(i.refuses.Load()); status != 0 {
		return reply(status, `{"error":{"message":"User Not Authorized"}}`), nil
	}
	n := i.plain
	if strings.Contains(r.URL.Query().Get("sysparm_query"), "^^") {
		n = i.doubled
	}
	return reply(200, `{"result":[]}`, "X-Total-Count", strconv.Itoa(n)), nil
}

func list(query string) rest.Op {
	return rest.Op{Name: "table.List", Method: http.MethodGet, Path: []string{"api", "now", "v2", "table", "incident"},
		Query: url.Values{"sysparm_query": {query}}}
}

func TestCaretsAreSentWhereTheyAreReadAsSuch(t *testing.T) {
	for name, tc := range map[string]*struct {
		instance     caretInstance
		query        string
		wantErr      bool
		asked, calls int32 // of two calls
	}{
		"no caret":             {caretInstance{doubled: 0, plain: 9}, "a=b^c=d", false, 0, 2},
		"read as a caret":      {caretInstance{doubled: 9, plain: 9}, "a=b^^NQc=d", false, 1, 2},
		"read as two clauses":  {caretInstance{doubled: 0, plain: 9}, "a=b^^NQc=d", true, 2, 0},
		"nobody to be counted": {caretInstance{doubled: 0, plain: 0}, "a=b^^NQc=d", false, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, &tc.instance)
			for range 2 {
				_, err := c.Do(t.Context(), list(tc.query), nil)
				if errors.Is(err, rest.ErrInvalid) != tc.wantErr || !tc.wantErr && err != nil {
					t.Errorf("got %v", err)
				}
				if err != nil && strings.Contains(err.Error(), "NQc") {
					t.Errorf("the error repeats the query: %v", err)
				}
			}
			if a, o := tc.instance.asked.Load(), tc.instance.others.Load(); a != tc.asked || o != tc.calls {
				t.Errorf("asked %d times and called %d times, want %d and %d", a, o, tc.asked, tc.calls)
			}
		})
	}
}

// A failure is one request and says nothing; a refusal would be the same the next time.
func TestCaretsAreAskedAgainAfterAFailureOnly(t *testing.T) {
	for status, again := range map[int32]bool{http.StatusInternalServerError: true, http.StatusForbidden: false} {
		i := &caretInstance{doubled: 0, plain: 9}
		i.refuses.Store(status)
		c := connect(t, i, func(cfg *rest.Config) { cfg.RetryMax = -1 })
		if _, err := c.Do(t.Context(), list("a=^^"), nil); err != nil || i.asked.Load() != 1 {
			t.Errorf("%d: asked %d times, %v", status, i.asked.Load(), err)
		}
		i.refuses.Store(0)
		if _, err := c.Do(t.Context(), list("a=^^"), nil); errors.Is(err, rest.ErrInvalid) != again {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestManyCallsAskForCaretsOnce(t *testing.T) {
	i := &caretInstance{doubled: 9, plain: 9}
	c := connect(t, i)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			r, err := c.Open(t.Context(), list("a=^^"))
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			r.Body.Close()
		})
	}
	all.Wait()
	if a, o := i.asked.Load(), i.others.Load(); a != 1 || o != 20 {
		t.Errorf("asked %d times and called %d times", a, o)
	}
}
