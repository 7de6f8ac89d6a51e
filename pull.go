package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// PullOptions say what a pull reads. Capability is required; By is where the capability has a choice.
type PullOptions struct {
	Capability Capability
	// By is the time to pull by: Created brings new records only, Updated new and changed ones and deletions. Content
	// management is always pulled by update. Append-only tables are pulled by creation either way.
	By PullBy
	// From is where an earlier pull with the same Capability and By got to. Zero pulls everything.
	From PullCheckpoint
	// Tables keeps to some of the capability's tables. Nil is all of them.
	Tables []string
	// Since leaves out records whose time, see By, is before it. Zero is everything.
	Since time.Time
	// Limit bounds the number of changes of one pull. It is shared among the tables in their order: each may use the
	// share of what is left that falls to it, and leaves the rest to those behind it. Zero is no bound.
	Limit int

	// Audit also pulls the field history of tables, which is by far the largest table of an instance. Nil does not.
	Audit *PullAudit
	// StopOnRefusal ends the pull with an error where a table is absent or refused, instead of skipping it.
	StopOnRefusal bool
	// Identity names the user whose rights the pull has; see [table.FeedOptions].
	Identity string
	// Parallel is how many requests are in flight at most, over all tables; zero is 4.
	Parallel int
	// PageSize and Overlap are as in [table.FeedOptions].
	PageSize int
	Overlap  time.Duration

	// Progress is told where the pull is: when a table begins, about once a second, and when it ends. Counting what
	// there is to come costs a request for each table that is pulled for the first time.
	Progress func(PullProgress)
	// Skipped is told of each table that could not be pulled, and what to do about it.
	Skipped func(SkippedTable)
	// Notice is told what the feeds give notice of.
	Notice func(table.Notice)
	// Advanced is told each place that the pull has reached without a change. Save it like Change.Next.
	Advanced func(PullCheckpoint)
}

// PullAudit asks for rows of sys_audit, which are read with one request at a time, each for a bounded range of time:
// unbounded ones have been seen to block an instance for everybody.
type PullAudit struct {
	Tables []string  // whose history; required
	Since  time.Time // from when on; required
}

// Change is one record of a pull as it is now, or its end.
type Change struct {
	// Table is the table that was pulled: what Row is a row of. A record's own class may be a child of it.
	Table string
	Class string
	SysID string
	// Operation is [table.Created], [table.Updated] or [table.Deleted].
	Operation table.Operation
	// UpdatedOn and ModCount are the record's version: its time, in UTC, and how often it was updated.
	UpdatedOn time.Time
	ModCount  int64
	// Row is a pointer to the row's type, such as *table.Case, and nil for a deletion.
	Row any
	// Next is the place behind this change. Save it with the change or after it, never before.
	Next PullCheckpoint
}

// SkippedTable is a table that a pull could not read.
type SkippedTable struct {
	Table  string
	Why    string // what the capability uses it for
	Remedy string // what a person can do
	Err    error
}

// Pull reads everything that a capability needs, from the checkpoint until now, as typed changes: tables in the order
// in which records refer to one another, each with the promise of [table.Feed]. A table that is absent or refused is
// reported and skipped. An error ends the range; go on from the last saved checkpoint. A table whose answers are not
// what was asked for ([table.ErrQueryIgnored], [table.ErrOrderIgnored]) yields nothing that cannot be trusted, and is
// told when the others have been pulled.
//
// A pull in which nothing happened is at most two requests a table.
func (c *Client) Pull(ctx context.Context, o PullOptions) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := newPullRun(c.Tables, o, yield)
		if err == nil {
			err = r.run(ctx)
		}
		if err != nil && !errors.Is(err, errPullStopped) {
			yield(Change{}, err)
		}
	}
}

// withDefaults checks the options as far as that is possible without asking the instance.
func (o PullOptions) withDefaults() (PullOptions, error) {
	if !o.Capability.NeedsPullBy() && o.By == Updated {
		o.By = "" // it is what happens anyway
	}
	if err := validateUse(o.Capability, o.By); err != nil {
		return o, err
	}
	if o.By == "" {
		o.By = Updated
	}
	switch {
	case o.Limit < 0:
		return o, &SettingError{"Limit", "must not be negative", "0 is no bound"}
	case o.Audit != nil && len(o.Audit.Tables) == 0:
		return o, &SettingError{"Audit.Tables", "is empty", "name the tables whose history is wanted"}
	case o.Audit != nil && o.Audit.Since.IsZero():
		return o, &SettingError{"Audit.Since", "is missing", "sys_audit must never be read without a range of time"}
	}
	for _, name := range o.Tables {
		if _, known := pullSources[name]; !known {
			return o, &SettingError{"Tables", fmt.Sprintf("names %.80q, which no capability pulls", name), "for example sys_user"}
		}
	}
	return o, nil
}
