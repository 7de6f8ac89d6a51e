package provision

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Provisioner brings an instance to a Spec. It keeps nothing between calls but whether the instance lets it use the
// Batch API, and is safe for concurrent use.
type Provisioner struct {
	conn       *rest.Conn
	leaveEdits bool
	noBatch    atomic.Bool
}

// Option changes a Provisioner.
type Option func(*Provisioner)

// LeaveEdits reports what an admin changed in a rule (Step.Left) instead of repairing it.
func LeaveEdits() Option { return func(p *Provisioner) { p.leaveEdits = true } }

// New is called with a connection whose user may write sys_script (admin or business_rule_admin) and sys_properties
// (admin). It does no I/O.
func New(conn *rest.Conn, opts ...Option) *Provisioner {
	p := &Provisioner{conn: conn}
	for _, o := range opts {
		o(p)
	}
	return p
}

// rounds is how often Provision plans anew when somebody else is at work. Each round of two replicas removes what the
// other made twice, so that the second is usually the last.
const rounds = 4

// Provision plans, applies and verifies, and plans anew when another replica or an admin was faster. It is what a host
// calls on every connect: with nothing to do it is one HTTP call that reads.
func (p *Provisioner) Provision(ctx context.Context, spec Spec) (Result, error) {
	plan, err := p.Plan(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	var done []Step
	var failure error
	for range rounds {
		if plan.Settled() {
			return newResult(plan, done), nil
		}
		var applied []Step
		applied, failure = p.carryOut(ctx, plan)
		done = append(done, applied...)
		next, err := p.Plan(ctx, spec)
		if err != nil {
			return newResult(plan, done), errors.Join(failure, err)
		}
		if failure == nil {
			failure = unsettled(next, applied)
		}
		if isDropped(failure) || failure != nil && sameSteps(plan, next) {
			return newResult(next, done), failure
		}
		plan = next
	}
	switch {
	case plan.Settled():
		return newResult(plan, done), nil
	case failure != nil:
		return newResult(plan, done), failure
	}
	return newResult(plan, done), fmt.Errorf("provision: somebody else keeps changing these records: %w", ErrDrift)
}

// unsettled finds a step that was carried out and left the same to do: the platform dropped what it was given, with a
// success. Without this every run would write it again.
func unsettled(next Plan, applied []Step) error {
	for _, was := range applied {
		for _, is := range next.Steps {
			again := was.Do == Update && was.SysID == is.SysID && reflect.DeepEqual(was.Changes, is.Changes) ||
				was.Do == Create && was.Key == is.Key && was.Table == is.Table
			if is.Do == was.Do && again {
				return &PartialError{Applied: applied, Failed: is, Err: rights(is.Table, Dropped, nil, columnsOf(is)...)}
			}
		}
	}
	return nil
}

func columnsOf(s Step) []string {
	if s.Do == Create {
		return []string{nameColumn(s.Table)}
	}
	out := make([]string, len(s.Changes))
	for i, c := range s.Changes {
		out[i] = c.Column
	}
	return out
}

func isDropped(err error) bool {
	var r *RightsError
	return errors.As(err, &r) && r.Kind == Dropped
}

// Verify reads everything back: what the platform stored, not what it answered. The error wraps ErrUnsettled when
// something is not as spec wants it; Result.Steps say what.
func (p *Provisioner) Verify(ctx context.Context, spec Spec) (Result, error) {
	plan, err := p.Plan(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	r := newResult(plan, nil)
	if !plan.Settled() {
		return r, fmt.Errorf("%w:\n%s", ErrUnsettled, plan)
	}
	return r, nil
}

var (
	// ErrUnsettled: the instance is not as the Spec wants it.
	ErrUnsettled = errors.New("provision: the instance differs from what is wanted")
	// ErrDrift: the instance changed since the plan was made. Plan again.
	ErrDrift = errors.New("provision: the instance changed since the plan was made")
)
