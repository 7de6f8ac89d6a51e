package table

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The defaults of FeedOptions.
const (
	defaultParallel = 4
	defaultOverlap  = 5 * time.Minute
	defaultPoll     = time.Minute
	defaultPatience = 10 * time.Minute
	longestFilter   = 4000
)

func (o FeedOptions) withDefaults() (FeedOptions, error) {
	if o.By == "" {
		o.By = ByUpdated
	}
	if o.Parallel == 0 {
		o.Parallel = defaultParallel
	}
	if o.Overlap == 0 {
		o.Overlap = defaultOverlap
	}
	o.Overlap = max(o.Overlap, 0)
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	if o.Patience == 0 {
		o.Patience = defaultPatience
	}
	o.WithoutDeletes = o.WithoutDeletes || o.By == ByCreated
	o.Since = o.Since.UTC().Truncate(time.Second)
	return o, o.check()
}

func (o FeedOptions) check() error {
	switch {
	case o.By != ByUpdated && o.By != ByCreated:
		return fmt.Errorf("By is %q, and can be %q or %q", o.By, ByUpdated, ByCreated)
	case o.PageSize < 0 || o.Parallel < 0 || o.Limit < 0 || o.DeepOverlap < 0 || o.Settle < 0 || o.Poll < 0 || o.Patience < 0:
		return errors.New("a number in FeedOptions is negative")
	case o.Ranged && o.Since.IsZero():
		return errors.New("a feed that is Ranged needs Since: every request is to have a range")
	}
	return nil
}

// base is the filter, encoded. Alternatives are refused because conditions that follow bind to the last of them only,
// and so do those that the instance adds for security (KB0564887).
func (o FeedOptions) base() (string, error) {
	if len(o.Query.alternatives) > 1 {
		return "", errors.New("the query of a feed cannot have alternatives (NewQuery): run a feed for each")
	}
	if len(o.Query.order) > 0 {
		return "", errors.New("the query of a feed cannot have an order: a feed has its own")
	}
	encoded, err := o.Query.Encode()
	if err == nil && len(encoded) > longestFilter {
		err = fmt.Errorf("the query has %d characters, and a request can hold %d: run a feed for each part", len(encoded), longestFilter)
	}
	return encoded, err
}

// scope is what a checkpoint of this feed is bound to.
func (f *feed) scope(base string) scope {
	by := f.opts.By
	if by == "" {
		by = ByUpdated
	}
	filter := base
	if !f.opts.Since.IsZero() {
		filter += "^" + f.opts.Since.UTC().Format(timeLayout)
	}
	fields := slices.Clone(f.opts.Fields)
	slices.Sort(fields)
	return scope{
		Host: f.table.conn.Instance().Host(), Table: f.table.name, By: by,
		Filter: digest(filter), Fields: digest(strings.Join(fields, ",")), Identity: f.opts.Identity,
	}
}

// digest is short enough for a checkpoint and long enough that two filters of one host never meet.
func digest(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}
