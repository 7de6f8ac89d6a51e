package provision

import (
	"context"
	"errors"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// createRules stores new rules switched off; readBack and switchOn follow.
//
// An instance may refuse an after rule of the global scope on a table of an application scope, or store it otherwise
// than it was sent: the documentation restricts such rules, public guides tell to create them. A rule with a fallback
// then goes to its other table.
//
// belief: the Table API refuses, alters or accepts such a rule. One creation on an instance with Customer Service
// Management would settle which.
func (r *run) createRules(ctx context.Context) error {
	var tasks []task
	for i, s := range r.steps {
		if s.Do == Create && s.Table == ruleTable {
			tasks = append(tasks, r.newRule(i, 0))
		}
	}
	if len(tasks) == 0 {
		return nil
	}
	err := r.perform(ctx, tasks)
	if err != nil {
		err = r.insteadOfRefused(ctx, err)
	}
	return err
}

func (r *run) switchOn(ctx context.Context) error {
	var tasks []task
	for i := range r.steps {
		if _, created := r.place[i]; created {
			tasks = append(tasks, task{index: i, last: true,
				op: updateOp(ruleTable, r.steps[i].SysID, map[string]string{"active": "true"})})
		}
	}
	return r.perform(ctx, tasks)
}

// newRule is the task that creates the rule of a step as one of its variants.
func (r *run) newRule(index, variant int) task {
	a := r.itemOf(r.steps[index])
	r.place[index] = variant
	c := a.variants[variant].columns.asMap(a.onCreate)
	c["active"] = "false"
	return task{index: index, op: createOp(ruleTable, c)}
}

// insteadOfRefused creates the refused rules on their other table; err stands when one of them has none.
func (r *run) insteadOfRefused(ctx context.Context, err error) error {
	var tasks []task
	for i, why := range r.fails {
		refused := errors.Is(why, rest.ErrForbidden) || errors.Is(why, rest.ErrInvalid)
		if !refused || !r.hasFallback(i) {
			return err
		}
		tasks = append(tasks, r.newRule(i, 1))
	}
	if len(tasks) == 0 {
		return err
	}
	if again := r.perform(ctx, tasks); again != nil {
		return errors.Join(err, again)
	}
	return nil
}

func (r *run) hasFallback(index int) bool {
	return len(r.itemOf(r.steps[index]).variants) > r.place[index]+1
}

// readBack compares what was stored of new records with what was sent, and replaces a rule that the instance altered.
func (r *run) readBack(ctx context.Context) error {
	for range 2 { // a rule can be replaced once
		if !r.createdAny() {
			return nil
		}
		found, err := r.p.look(ctx, r.plan.spec)
		if err != nil {
			return err
		}
		again := false
		for i, s := range r.steps {
			if s.Do != Create || s.SysID == "" {
				continue
			}
			replaced, err := r.judge(ctx, i, found)
			if err != nil {
				return err
			}
			again = again || replaced
		}
		if !again {
			return nil
		}
	}
	return nil
}

func (r *run) createdAny() bool {
	for _, s := range r.steps {
		if s.Do == Create && s.SysID != "" {
			return true
		}
	}
	return false
}

// judge lets a new record stay when it is as it was sent. Anything else goes, even though it is not active: the next
// run might not know it as ours, and make another.
func (r *run) judge(ctx context.Context, index int, found *state) (replaced bool, err error) {
	s := &r.steps[index]
	a := r.itemOf(*s)
	row := find(found.rows[s.Table], s.SysID)
	altered := alteredColumns(r.plan.spec, a, r.place[index], row)
	if row.SysID() != "" && len(altered) == 0 {
		return false, nil
	}
	err = r.perform(ctx, []task{{index: index, op: deleteOp(s.Table, s.SysID)}})
	gone := errors.Is(err, rest.ErrNotFound)
	if err != nil && !gone {
		return false, err
	}
	s.SysID = ""
	switch {
	case gone && !found.blind[s.Table]: // by another replica, which found an older one
		return false, r.failure(index, ErrDrift)
	case row.SysID() == "" && found.blind[s.Table]:
		return false, r.failure(index, rights(s.Table, Hidden, nil))
	case row.SysID() == "":
		return false, r.failure(index, rights(s.Table, Dropped, nil, nameColumn(s.Table)))
	case !r.hasFallback(index):
		return false, r.failure(index, rights(s.Table, Dropped, nil, altered...))
	}
	return true, r.perform(ctx, []task{r.newRule(index, r.place[index]+1)})
}

// alteredColumns are those that the platform did not store as they were sent.
func alteredColumns(spec Spec, a item, variant int, row table.Record) []string {
	var out []string
	for _, c := range a.variants[variant].columns {
		if _, differs := difference(spec, c, row); differs && c.name != "active" {
			out = append(out, c.name)
		}
	}
	return out
}
