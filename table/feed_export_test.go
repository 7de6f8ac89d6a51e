package table

import (
	"context"
	"time"
)

// Mistakes are those that the property test must find.
var Mistakes = []mistake{
	mistakeOffsets, mistakeStrict, mistakeAhead, mistakeLocalClock, mistakeNoOverlap, mistakeShortPage, mistakeZone,
	mistakeParentClass, mistakeNoDedupe, mistakeDropsPage,
}

// Mistake is one of [Mistakes].
type Mistake = mistake

// WithoutPauses makes the feed never wait.
func (f *Feed[T]) WithoutPauses() *Feed[T] {
	f.hook().pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return f
}

// WithMistake plants a mistake; local is the clock of a host whose time is wrong.
func (f *Feed[T]) WithMistake(m Mistake, local func() time.Time) *Feed[T] {
	f.hook().mistakes = map[mistake]bool{m: true}
	f.hooks.local = local
	return f
}

func (f *Feed[T]) hook() *feedHooks {
	if f.hooks == nil {
		f.hooks = &feedHooks{}
	}
	return f.hooks
}

// WithPause calls pause in the place of every wait.
func (f *Feed[T]) WithPause(pause func(context.Context) error) *Feed[T] {
	f.hook().pause = func(ctx context.Context, _ time.Duration) error { return pause(ctx) }
	return f
}
