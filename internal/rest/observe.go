package rest

import (
	"context"
	"log/slog"
	"time"
)

// Observer sees every call. It must not block, and must be safe for concurrent use.
type Observer interface {
	// Begin is called before a call, which then runs with the context returned. The function returned, if not nil,
	// gets the outcome: always, and exactly once. For a streamed answer that is when its headers have come.
	Begin(ctx context.Context, c Call) (context.Context, func(Outcome))
}

// RetryObserver is an Observer that also wants to know why an attempt is repeated, and after how long.
type RetryObserver interface {
	Observer
	Retry(ctx context.Context, c Call, why string, wait time.Duration)
}

// Call holds nothing that identifies a person or a secret: no query, no body, no header.
type Call struct {
	Op, Method, Instance string
}

// Outcome is how a call ended.
type Outcome struct {
	Status        int // of the last answer; 0 when none came
	Attempts      int
	Waited        time.Duration // for the instance's limit and between attempts
	TransactionID string
	RateLimit     RateLimit // of the last answer
	Err           error
}

// begin tells the observer, and returns the function that must be called with the outcome.
func (c *Conn) begin(ctx context.Context, op Op) (context.Context, func(Outcome)) {
	if c.cfg.Observer == nil {
		return ctx, nil
	}
	return c.cfg.Observer.Begin(ctx, c.describe(op))
}

func (c *Conn) describe(op Op) Call {
	return Call{Op: op.Name, Method: op.Method, Instance: c.cfg.Instance.Host()}
}

// log writes the one line of a call: Debug, Warn when it took several attempts, Error when it failed.
func (c *Conn) log(ctx context.Context, op Op, path string, took time.Duration, o Outcome) {
	if c.cfg.Logger == nil {
		return
	}
	level := slog.LevelDebug
	switch {
	case o.Err != nil:
		level = slog.LevelError
	case o.Attempts > 1:
		level = slog.LevelWarn
	}
	if !c.cfg.Logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", op.Name), slog.String("method", op.Method), slog.String("path", path),
		slog.String("instance", c.cfg.Instance.Host()), slog.Int("status", o.Status),
		slog.Int("attempts", o.Attempts), slog.Duration("duration", took), slog.Duration("waited", o.Waited),
		slog.String("transaction", o.TransactionID),
	}
	if o.Err != nil {
		attrs = append(attrs, slog.String("error", o.Err.Error()))
	}
	c.cfg.Logger.LogAttrs(ctx, level, "servicenow call", attrs...)
}
