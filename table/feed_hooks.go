package table

import (
	"context"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// feedHooks let tests plant the mistakes that connectors of this kind are known for, to show that the property test
// finds each of them, and replace what waits. A nil *feedHooks is how a feed really works.
type feedHooks struct {
	pause    func(context.Context, time.Duration) error
	mistakes map[mistake]bool
	local    func() time.Time // the clock of mistakeLocalClock
}

// mistake is one of them.
type mistake string

const (
	mistakeOffsets     mistake = "pages by offset"
	mistakeStrict      mistake = "asks for later times only, without the ties"
	mistakeAhead       mistake = "moves the checkpoint before the row is taken"
	mistakeLocalClock  mistake = "goes by the local clock"
	mistakeNoOverlap   mistake = "reads nothing again"
	mistakeShortPage   mistake = "takes a short page for the end"
	mistakeZone        mistake = "writes dates in UTC whatever the instance reads"
	mistakeParentClass mistake = "asks for deletions by the parent class"
	mistakeNoDedupe    mistake = "delivers what it reads again"
	mistakeDropsPage   mistake = "goes on behind a page that failed"
)

func (h *feedHooks) makes(m mistake) bool { return h != nil && h.mistakes[m] }

func (h *feedHooks) sleep(ctx context.Context, d time.Duration) error {
	if h != nil && h.pause != nil {
		return h.pause(ctx, d)
	}
	return sleepFor(ctx, d)
}

func (h *feedHooks) clock(conn *rest.Conn) time.Time {
	if h.makes(mistakeLocalClock) {
		return h.local()
	}
	return conn.Now()
}
