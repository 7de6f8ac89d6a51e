package servicenow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Hint says that a record may have changed: what a webhook tells. Nothing else in a webhook is relied on.
type Hint struct {
	Table string // the record's class
	SysID string
}

// ReconcileOptions say what is merged.
type ReconcileOptions struct {
	// Pull is what the polls pull, and where they go on from. Its Limit must be zero.
	Pull PullOptions
	// Hints are what the webhooks tell. Closing the channel leaves the polls. A host's webhook handler may drop a hint
	// when the channel is full: the next poll brings the record.
	Hints <-chan Hint
	// MinPoll and MaxPoll bound the time between two polls; zero is 30 seconds and 10 minutes.
	MinPoll, MaxPoll time.Duration
	// Measured is told after each poll how well the webhooks work.
	Measured func(ReconcileStats)
}

// ReconcileStats are what the polls tell about the webhooks.
type ReconcileStats struct {
	Hinted int // changes that a hint brought first, since the beginning
	Missed int // changes that only a poll brought
	// MissRate is the share of changes that webhooks missed, the last polls weighing most: 0 is none, 1 is all of them.
	MissRate float64
	// Poll is the time until the next poll: longer while webhooks miss nothing, shorter when they do.
	Poll time.Duration
}

// Reconcile merges webhooks and polls into one stream without doubles, until the context ends: a webhook tells, a feed
// proves. A hinted record is fetched with the client's own rights and delivered at once; the polls bring what webhooks
// missed, and all deletions. The end of the context is not an error.
//
// Change.Next moves with the polls only: a change that a hint brought may come again after a restart.
func (c *Client) Reconcile(ctx context.Context, o ReconcileOptions) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := c.newReconcile(o, yield)
		if err == nil {
			err = r.run(ctx)
		}
		if err != nil && !errors.Is(err, errPullStopped) && ctx.Err() == nil {
			yield(Change{}, err)
		}
	}
}

func (c *Client) newReconcile(o ReconcileOptions, yield func(Change, error) bool) (*reconcile, error) {
	if o.Pull.Limit != 0 {
		return nil, &SettingError{"Pull.Limit", "must be zero", "a poll that stops early cannot tell what webhooks missed"}
	}
	pull, err := o.Pull.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.MinPoll == 0 {
		o.MinPoll = 30 * time.Second
	}
	if o.MaxPoll == 0 {
		o.MaxPoll = 10 * time.Minute
	}
	if o.MinPoll < 0 || o.MaxPoll < o.MinPoll {
		return nil, &SettingError{"MaxPoll", "must not be less than MinPoll", "for example 30 seconds and 10 minutes"}
	}
	o.Pull = pull
	return &reconcile{
		client: c, o: o, yield: yield, plan: pullPlan(pull), at: pull.From, known: map[string]knownVersion{},
		stats: ReconcileStats{Poll: o.MinPoll},
	}, nil
}

// reconcile is one range over [Client.Reconcile].
type reconcile struct {
	client *Client
	o      ReconcileOptions
	yield  func(Change, error) bool
	plan   []Need
	at     PullCheckpoint
	known  map[string]knownVersion // delivered a short while ago, by table and id
	stats  ReconcileStats
	polls  int
}

// knownVersion is a version that was delivered, and when.
type knownVersion struct {
	updated time.Time
	mod     int64
	hinted  bool
	at      time.Time
}

func (r *reconcile) run(ctx context.Context) error {
	if err := r.poll(ctx); err != nil {
		return err
	}
	timer := time.NewTimer(r.stats.Poll)
	defer timer.Stop()
	hints := r.o.Hints
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if err := r.poll(ctx); err != nil {
				return err
			}
			timer.Reset(r.stats.Poll)
		case h, open := <-hints:
			if !open {
				hints = nil
				continue
			}
			if err := r.take(ctx, gather(h, hints)); err != nil {
				return err
			}
		}
	}
}

// hintsAtOnce is how many waiting hints are fetched together.
const hintsAtOnce = 100

// gather adds to the first hint those that are waiting, by table.
func gather(first Hint, hints <-chan Hint) map[string][]string {
	ids := map[string][]string{first.Table: {first.SysID}}
	for range hintsAtOnce - 1 {
		select {
		case h, open := <-hints:
			if !open {
				return ids
			}
			if !slices.Contains(ids[h.Table], h.SysID) {
				ids[h.Table] = append(ids[h.Table], h.SysID)
			}
		default:
			return ids
		}
	}
	return ids
}

// take fetches hinted records and delivers those versions that have not been.
func (r *reconcile) take(ctx context.Context, hinted map[string][]string) error {
	for _, need := range r.plan {
		if ids := hinted[need.Table]; len(ids) > 0 {
			if err := r.fetch(ctx, need, ids); err != nil {
				return err
			}
		}
	}
	return nil
}

// fetch leaves a hint that cannot be followed to the poll. Of several ids that are refused together, one may be to
// blame: each half is tried.
func (r *reconcile) fetch(ctx context.Context, need Need, ids []string) error {
	q := pullFilter(need, r.o.Pull, r.plan)
	for c, err := range pullSources[need.Table].fetch(ctx, r.client.Tables, q, ids) {
		switch {
		case errors.Is(err, ErrInvalid) && len(ids) > 1:
			if err := r.fetch(ctx, need, ids[:len(ids)/2]); err != nil {
				return err
			}
			return r.fetch(ctx, need, ids[len(ids)/2:])
		case refused(err):
			return nil
		case err != nil:
			return fmt.Errorf("servicenow: hinted %s: %w", need.Table, err)
		}
		if !r.pulls(need, c) {
			continue
		}
		if _, err := r.give(changeOf(need, c, r.at), true); err != nil {
			return err
		}
	}
	return nil
}

// pulls reports whether a poll would bring the change: a pull by creation does not bring updates of old records.
func (r *reconcile) pulls(need Need, c table.Change[any]) bool {
	byCreated := r.o.Pull.By == Created || need.Only == Created
	return !c.UpdatedOn.Before(r.o.Pull.Since) && (!byCreated || c.Operation == table.Created)
}

// poll pulls, delivers what no hint brought, and measures.
func (r *reconcile) poll(ctx context.Context) error {
	o := r.o.Pull
	o.From = r.at
	o.Advanced = func(next PullCheckpoint) {
		r.at = next
		if r.o.Pull.Advanced != nil {
			r.o.Pull.Advanced(next)
		}
	}
	before := r.stats
	for c, err := range r.client.Pull(ctx, o) {
		if err != nil {
			return err
		}
		if _, err := r.give(c, false); err != nil {
			return err
		}
		r.at = c.Next
	}
	r.measure(r.stats.Missed-before.Missed, r.stats.Hinted-before.Hinted)
	r.polls++
	return nil
}

// give delivers a change unless its version was delivered, and counts who brought it first.
func (r *reconcile) give(c Change, hinted bool) (delivered bool, err error) {
	key := c.Table + " " + c.SysID
	have, known := r.known[key]
	now := knownVersion{updated: c.UpdatedOn, mod: c.ModCount, hinted: hinted, at: time.Now()}
	if c.Operation == table.Deleted {
		delete(r.known, key)
	} else {
		if known && have.updated.Equal(now.updated) && have.mod == now.mod {
			if have.hinted && !hinted { // the poll proves what the hint told
				r.stats.Hinted++
				have.hinted = false
				r.known[key] = have
			}
			return false, nil
		}
		if known && have.mod > now.mod {
			return false, nil // a poll that began before the hint was fetched
		}
		r.known[key] = now
	}
	if !hinted && r.polls > 0 && c.Operation != table.Deleted {
		r.stats.Missed++
	}
	if !r.yield(c, nil) {
		return false, errPullStopped
	}
	return true, nil
}

// measure fits the poll to what webhooks missed since the last one.
func (r *reconcile) measure(missed, hinted int) {
	const weight = 0.3
	if r.polls > 0 && missed+hinted > 0 {
		r.stats.MissRate += weight * (float64(missed)/float64(missed+hinted) - r.stats.MissRate)
	}
	switch {
	case r.polls == 0:
	case missed > 0:
		r.stats.Poll = max(r.stats.Poll/2, r.o.MinPoll)
	case hinted > 0:
		r.stats.Poll = min(r.stats.Poll+r.stats.Poll/2, r.o.MaxPoll)
	}
	r.forget()
	if r.o.Measured != nil {
		r.o.Measured(r.stats)
	}
}

// forget drops versions that neither a late hint nor an overlap brings again.
func (r *reconcile) forget() {
	overlap := cmp.Or(r.o.Pull.Overlap, 5*time.Minute) // as that of a feed
	oldest := time.Now().Add(-2*r.o.MaxPoll - overlap)
	for key, v := range r.known {
		if v.at.Before(oldest) {
			delete(r.known, key)
		}
	}
}
