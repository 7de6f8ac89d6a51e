package servicenow

import (
	"context"
	"errors"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// PullProgress is where a pull is.
type PullProgress struct {
	Table string
	// Step counts the tables from 1 to Steps.
	Step, Steps int
	// Rows is how many changes of this table came so far, and Pulled how many of all tables.
	Rows, Pulled int
	// Estimate is how many rows the table has, or -1: when the user may not count, and when the table was pulled before,
	// since nobody knows how many changes are to come.
	Estimate int
	Elapsed  time.Duration // since the table began
	Done     bool          // the table is at its end
	Err      error         // why the table ended early
}

// Left is about how many rows of the table are to come, or -1 when that is not known.
func (p PullProgress) Left() int {
	if p.Estimate < 0 {
		return -1
	}
	return max(p.Estimate-p.Rows, 0)
}

// Rate is the rows a second of this table, so far.
func (p PullProgress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Rows) / p.Elapsed.Seconds()
}

// tableProgress reports the progress of one table.
type tableProgress struct {
	run         *pullRun
	now         PullProgress
	began, said time.Time
}

// progress counts what there is to come, where somebody wants to know and the table is pulled for the first time.
func (r *pullRun) progress(
	ctx context.Context, step int, need Need, q table.Query, from table.Checkpoint,
) *tableProgress {
	p := &tableProgress{run: r, began: time.Now()}
	p.now = PullProgress{Table: need.Table, Step: step + 1, Steps: len(r.plan), Estimate: -1}
	if r.o.Progress == nil {
		return p
	}
	if !from.Filled() && need.Table != "sys_audit" { // counting that one is what blocks instances
		if n, err := pullSources[need.Table].count(ctx, r.svc, q); err == nil {
			p.now.Estimate = n
		}
	}
	p.say()
	return p
}

func (p *tableProgress) row() {
	p.now.Rows++
	if p.run.o.Progress != nil && time.Since(p.said) >= time.Second {
		p.say()
	}
}

func (p *tableProgress) end(err error) {
	p.now.Done, p.now.Err = err == nil, err
	if errors.Is(err, errPullStopped) {
		p.now.Err = nil
	}
	p.say()
}

func (p *tableProgress) say() {
	if p.run.o.Progress == nil {
		return
	}
	p.said = time.Now()
	p.now.Elapsed, p.now.Pulled = time.Since(p.began), p.run.taken
	p.run.o.Progress(p.now)
}
