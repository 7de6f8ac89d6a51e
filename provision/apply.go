package provision

import (
	"context"
	"errors"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Apply carries out plan. It reads again first, and returns ErrDrift when the instance changed since. Steps are in an
// order in which each can be the last: properties, secrets, rules that are not active yet; then what was stored is read
// and the rules are switched on; then what is to go is switched off and deleted. A *PartialError says how far it came.
// A plan with nothing to do costs no call.
func (p *Provisioner) Apply(ctx context.Context, plan Plan) (Result, error) {
	if plan.found == nil {
		return Result{}, errors.New("provision: this plan did not come from Plan: make a new one")
	}
	if plan.Settled() {
		return newResult(plan, nil), nil
	}
	now, err := p.Plan(ctx, plan.spec)
	if err != nil {
		return Result{}, err
	}
	if !sameSteps(plan, now) {
		return newResult(now, nil), ErrDrift
	}
	done, err := p.carryOut(ctx, now)
	return Result{Done: done, Steps: now.Steps}, err
}

// run is one application of a plan.
type run struct {
	p     *Provisioner
	plan  Plan
	steps []Step        // a copy of the plan's, to which created records add their ids
	place map[int]int   // the variant with which a rule was created, by the index of its step
	fails map[int]error // of the last exchange
	done  []Step
}

func (p *Provisioner) carryOut(ctx context.Context, plan Plan) ([]Step, error) {
	r := &run{p: p, plan: plan, steps: append([]Step(nil), plan.Steps...), place: map[int]int{}}
	for _, phase := range []func(context.Context) error{
		r.properties, r.secrets, r.rest, r.createRules, r.readBack, r.switchOn, r.retire, r.remove,
	} {
		if err := phase(ctx); err != nil {
			return r.done, err
		}
	}
	return r.done, nil
}

// task is one call and the step that it belongs to. A step is done with its last call.
type task struct {
	index int
	op    rest.Op
	last  bool
	// gone: a record that somebody else deleted meanwhile is as good as deleted by us.
	gone bool
}

// perform sends tasks in one exchange. When some fail, the others were carried out all the same; r.fails has all
// failures, and the error the first.
func (r *run) perform(ctx context.Context, tasks []task) error {
	ops := make([]rest.Op, len(tasks))
	for i, t := range tasks {
		ops[i] = t.op
	}
	answers, err := r.p.exchange(ctx, "write", ops)
	if err != nil {
		return r.failure(tasks[0].index, err)
	}
	r.fails = map[int]error{}
	first := -1
	for i, t := range tasks {
		err := r.settle(t, answers[i])
		if errors.Is(err, rest.ErrNotFound) && r.steps[t.index].Do == Create {
			err = r.vanished(ctx, r.steps[t.index], err)
		}
		if err == nil {
			continue
		}
		r.fails[t.index] = err
		if first < 0 {
			first = t.index
		}
	}
	if first < 0 {
		return nil
	}
	return r.failure(first, r.fails[first])
}

func (r *run) settle(t task, a answer) error {
	s := &r.steps[t.index]
	switch {
	case t.gone && errors.Is(a.err, rest.ErrNotFound):
	case errors.Is(a.err, rest.ErrForbidden):
		return rights(s.Table, Refused, a.err)
	case a.err != nil:
		return a.err
	case s.SysID == "" && (len(a.rows) == 0 || a.rows[0].SysID() == ""):
		return rights(s.Table, Dropped, nil, "any column")
	case s.SysID == "":
		s.SysID = a.rows[0].SysID()
	}
	if t.last {
		r.done = append(r.done, *s)
	}
	return nil
}

// vanished is why a record that was just created is not found: another replica found an older one and removed it, or
// this user may not see what it creates.
func (r *run) vanished(ctx context.Context, s Step, notFound error) error {
	found, err := r.p.look(ctx, r.plan.spec)
	if err != nil {
		return err
	}
	if len(ours(r.itemOf(s), found.rows[s.Table], map[string]bool{})) > 0 {
		return ErrDrift
	}
	return rights(s.Table, Hidden, notFound)
}

func (r *run) failure(index int, err error) error {
	return &PartialError{Applied: r.done, Failed: r.steps[index], Err: err}
}

// itemOf is the item of a step; a legacy rule has none.
func (r *run) itemOf(s Step) item {
	for _, a := range r.plan.spec.items() {
		if a.table == s.Table && a.key == s.Key && s.Key != "" {
			return a
		}
	}
	return item{}
}

// properties creates and changes properties, without secrets.
func (r *run) properties(ctx context.Context) error {
	var tasks []task
	for i, s := range r.steps {
		if s.Table != propertyTable {
			continue
		}
		a := r.itemOf(s)
		switch {
		case s.Do == Create && a.isSecret:
			tasks = append(tasks, task{index: i, op: createOp(s.Table, withoutKeyID(r.plan.spec, a))})
		case s.Do == Create:
			tasks = append(tasks, task{index: i, op: createOp(s.Table, a.variants[0].columns.asMap(a.onCreate)), last: true})
		case s.Do == Update && !a.isSecret:
			tasks = append(tasks, task{index: i, last: true,
				op: updateOp(s.Table, s.SysID, differing(s, a.variants[0].columns))})
		}
	}
	return r.perform(ctx, tasks)
}

// withoutKeyID is a secret's property as it is created: the id of a key stands in it only together with the key.
func withoutKeyID(spec Spec, a item) map[string]string {
	c := a.variants[0].columns.asMap(a.onCreate)
	c["description"] = spec.describe(marker{Key: a.key}).value
	return c
}

// differing are the columns that a step changes.
func differing(s Step, c columns) map[string]string {
	out := map[string]string{}
	for _, change := range s.Changes {
		out[change.Column] = c.get(change.Column)
	}
	return out
}

func (r *run) secrets(ctx context.Context) error {
	var tasks []task
	for i, s := range r.steps {
		if a := r.itemOf(s); a.isSecret && (s.Do == Create || s.Do == Update) {
			tasks = append(tasks, task{index: i, op: secretOp(s.SysID, secretColumns(s, a)), last: true})
		}
	}
	return r.perform(ctx, tasks)
}

func secretColumns(s Step, a item) map[string]string {
	if s.Do == Create {
		return map[string]string{"value": a.secret.Export(), "description": a.variants[0].columns.get("description")}
	}
	c := differing(s, a.variants[0].columns)
	if changed(s.Changes, "description") {
		c["value"] = a.secret.Export()
	}
	return c
}

// rest creates and changes what is neither a property nor a new rule.
func (r *run) rest(ctx context.Context) error {
	var tasks []task
	for i, s := range r.steps {
		if s.Table == propertyTable {
			continue
		}
		a := r.itemOf(s)
		switch {
		case s.Do == Create && s.Table != ruleTable:
			tasks = append(tasks, task{index: i, op: createOp(s.Table, a.variants[0].columns.asMap(a.onCreate)), last: true})
		case s.Do == Update:
			fit := a.fitting(find(r.plan.found.rows[s.Table], s.SysID))
			tasks = append(tasks, task{index: i, op: updateOp(s.Table, s.SysID, differing(s, fit.columns)), last: true})
		}
	}
	return r.perform(ctx, tasks)
}

// retire switches off what is to go, so that nothing fires between this and the last deletion.
func (r *run) retire(ctx context.Context) error {
	var tasks []task
	for i, s := range r.steps {
		if s.Do == Delete && s.Table == ruleTable {
			tasks = append(tasks, task{index: i, gone: true,
				op: updateOp(s.Table, s.SysID, map[string]string{"active": "false"})})
		}
	}
	return r.perform(ctx, tasks)
}

func (r *run) remove(ctx context.Context) error {
	var tasks []task
	for i, s := range r.steps {
		if s.Do == Delete {
			tasks = append(tasks, task{index: i, op: deleteOp(s.Table, s.SysID), last: true, gone: true})
		}
	}
	return r.perform(ctx, tasks)
}

func find(rows []table.Record, id string) table.Record {
	for _, r := range rows {
		if r.SysID() == id {
			return r
		}
	}
	return table.Record{}
}
