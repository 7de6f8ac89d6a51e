package table

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Faults of a single answer that asking again may cure.
var (
	errNullTime = errors.New("a row came without the time that it was found by")
	errUntimed  = errors.New("no row has the time asked for")
)

// feedEnv is what all walks of a run share. It is safe for concurrent use.
type feedEnv struct {
	conn     *rest.Conn
	hooks    *feedHooks
	zone     *zone
	sizer    *pageSizer
	patience time.Duration
	tell     func(Notice)
	ranged   bool        // the feed's table is never read without a range of times
	stepped  atomic.Bool // conditions with OR are not relied on
}

// fetchPatiently asks for a page until it has a good one, the trouble lasts longer than the run's patience, or it is
// trouble that time does not cure. It changes what it asks for where that helps, and returns what was asked for last.
// Nothing but a page that passed verify is ever returned.
func fetchPatiently[R any](
	ctx context.Context, env *feedEnv, t Table[R], ask pageAsk, verify func(page[R], pageAsk) error,
) (page[R], pageAsk, error) {
	began := time.Now()
	var nulls int
	for tries := 0; ; tries++ {
		got, err := fetchPage(ctx, t, ask)
		if err == nil {
			err = verify(got, ask)
		}
		switch {
		case err == nil:
			env.sizer.bore(got.took, len(got.rows))
			return got, ask, nil
		case env.hooks.makes(mistakeDropsPage):
			return page[R]{}, ask, nil
		case ctx.Err() != nil:
			return page[R]{}, ask, ctx.Err()
		case errors.Is(err, errNullTime):
			if nulls++; nulls > 2 {
				env.tell(Notice{Kind: NoticeNullTime, Table: t.name, Err: err,
					Text: "rows hide the time that they were found by; they are delivered, and may come again"})
				return got, ask, nil
			}
		case errors.Is(err, rest.ErrTransactionCancelled) && ask.or && tries > 2:
			return page[R]{}, ask, err // see takeSteps
		case errors.Is(err, rest.ErrTransactionCancelled):
			ask.limit = env.sizer.cancelled(ask.limit)
			ask.count = ask.count && tries == 0
		case !passing(err, tries):
			return page[R]{}, ask, err
		}
		if time.Since(began) > env.patience {
			return page[R]{}, ask, err
		}
		if err := env.wait(ctx, t.name, err, tries); err != nil {
			return page[R]{}, ask, err
		}
	}
}

// passing reports whether time may cure err. An answer that is no JSON is a login page, which stays, or an instance
// that restarts, which passes: a few tries tell.
func passing(err error, tries int) bool {
	switch {
	case errors.Is(err, errUntimed):
		return tries < 2
	case errors.Is(err, rest.ErrNotJSON), errors.Is(err, errRowWithoutID):
		return tries < 4
	}
	return errors.Is(err, rest.ErrRateLimited) || errors.Is(err, rest.ErrUnavailable)
}

// wait pauses before the next try: as long as the instance asks for, else longer each time, at random.
func (e *feedEnv) wait(ctx context.Context, table string, err error, tries int) error {
	const first, longest = 200 * time.Millisecond, 30 * time.Second
	d := rand.N(min(longest, first<<min(tries, 8)))
	var said *rest.Error
	if errors.As(err, &said) && said.RetryAfter > 0 {
		d = said.RetryAfter + rand.N(said.RetryAfter/20+1)
	}
	if tries == 2 {
		e.tell(Notice{Kind: NoticeSlow, Table: table, Err: err, Text: "the instance is in trouble or asks to slow down; waiting"})
	}
	return e.hooks.sleep(ctx, d)
}

// The page sizes: see FeedOptions.PageSize.
const (
	startPage    = 500
	largestPage  = 2000
	smallestPage = 20
)

// pageSizer finds the page that the instance bears: half of it when it cancels or takes over 20 seconds, half as much
// again when it takes less than 2. All walks of a run share it.
type pageSizer struct {
	mu       sync.Mutex
	now, max int
}

func newPageSizer(size int) *pageSizer {
	if size > 0 {
		return &pageSizer{now: size, max: size}
	}
	return &pageSizer{now: startPage, max: largestPage}
}

func (s *pageSizer) limit() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// cancelled returns the size to try instead of one that was too large.
func (s *pageSizer) cancelled(limit int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = max(min(s.now, limit/2), min(smallestPage, s.max))
	return s.now
}

// bore takes note of a page that came whole.
func (s *pageSizer) bore(took time.Duration, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case took > 20*time.Second:
		s.now = max(s.now/2, min(smallestPage, s.max))
	case took < 2*time.Second && rows >= s.now:
		s.now = min(s.now+s.now/2+1, s.max)
	}
}
