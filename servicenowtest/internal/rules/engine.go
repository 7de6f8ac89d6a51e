package rules

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// Config is what an [Engine] runs on.
type Config struct {
	DB           *db.DB
	InstanceHost string
	Now          func() time.Time
	// Wait returns a channel that fires when due may have come, and Jumped one that is closed when time is moved.
	Wait   func(due time.Time) (<-chan time.Time, func())
	Jumped func() <-chan struct{}
	// Client sends what RESTMessageV2 sends; nil refuses every request.
	Client *http.Client
	Logger *slog.Logger
	// Delivered is told of every outbound request once it is over.
	Delivered func(Delivery)
	// Session makes the session of a user by name, for scripts that run outside a request.
	Session func(userName string) (db.Session, bool)
	// JavaStrings makes getters return String objects, whose typeof is "object", as Rhino shows Java strings.
	JavaStrings bool
	// ScriptLimit ends a script that runs longer, outbound waits not counted; zero means 10 s.
	ScriptLimit time.Duration
	// Skip names rules that are stored and never fire; nil skips none.
	Skip func(rule db.Row) bool
	// Property gives what gs.getProperty returns for a row of sys_properties; nil means its value.
	Property func(row db.Row) string
	// LiteralsInUserZone reads date literals of queries in the session's zone.
	LiteralsInUserZone bool
}

// Engine fires Business Rules on the writes of a database. It is safe for concurrent use; Close ends its workers.
type Engine struct {
	Config
	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	idle     *sync.Cond
	busy     int       // jobs queued or running
	closed   bool      // no job starts any more
	workers  chan bool // scheduler workers of the node
	hosts    map[string]chan bool
	timers   []scheduled // events whose time has not come
	machines []*machine  // idle ones
	wake     chan struct{}
	watching bool
	wg       sync.WaitGroup
}

// Limits of a node that scripts feel.
// https://www.servicenow.com/docs/r/platform-administration/r_HTTPConnectionManagementProps.html
const (
	schedulerWorkers   = 8
	connectionsPerHost = 4
	maxDepth           = 10 // nested writes after which the platform suspects a loop
	defaultLimit       = 10 * time.Second
	defaultHTTPTimeout = 175 * time.Second
)

// New attaches an engine to a database: from now on its writes fire rules.
func New(c Config) *Engine {
	if c.ScriptLimit <= 0 {
		c.ScriptLimit = defaultLimit
	}
	if c.Delivered == nil {
		c.Delivered = func(Delivery) {}
	}
	e := &Engine{Config: c, workers: make(chan bool, schedulerWorkers), hosts: map[string]chan bool{},
		wake: make(chan struct{}, 1)}
	e.idle = sync.NewCond(&e.mu)
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if c.Skip == nil {
		e.Skip = func(db.Row) bool { return false }
	}
	if c.Property == nil {
		e.Property = func(row db.Row) string { return row.Get("value") }
	}
	c.DB.OnWrite(e.onWrite)
	c.DB.OnQuery(e.onQuery)
	return e
}

// Close drops what is queued, cancels what runs and waits for it.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	e.wg.Wait()
}

// onWrite is the hook of the database. A write outside a request is a transaction of its own.
func (e *Engine) onWrite(w db.Write) error {
	if !w.Workflow {
		return nil
	}
	if tx, ok := w.Session.Tx.(*Tx); ok {
		return tx.fire(w)
	}
	tx := e.Begin(w.Session)
	defer tx.End()
	return tx.fire(w)
}

// spawn runs a job on a goroutine of its own, after a slot among slots is free, and counts it for Settle.
func (e *Engine) spawn(slots chan bool, job func(context.Context)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.busy++
	e.wg.Go(func() {
		defer e.done()
		select {
		case slots <- true:
		case <-e.ctx.Done():
			return
		}
		defer func() { <-slots }()
		if e.ctx.Err() == nil {
			job(e.ctx)
		}
	})
}

func (e *Engine) done() {
	e.mu.Lock()
	e.busy--
	if e.busy == 0 {
		e.idle.Broadcast()
	}
	e.mu.Unlock()
}

// Settle waits until nothing is queued or running: queued requests, async rules, and events that are due.
func (e *Engine) Settle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		e.idle.Broadcast()
		e.mu.Unlock()
	})
	defer stop()
	e.releaseDue()
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.busy > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		e.idle.Wait()
	}
	return nil
}

// perHost is the connection pool to one outbound host.
func (e *Engine) perHost(host string) chan bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hosts[host] == nil {
		e.hosts[host] = make(chan bool, connectionsPerHost)
	}
	return e.hosts[host]
}
