package provision

import (
	"context"
	"errors"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// createRules stores new rules switched off, reads back what the platform made of them, and switches them on.
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
	if err := r.perform(ctx, tasks); err != nil {
		if err = r.insteadOfRefused(ctx, err); err != nil {
			return err
		}
	}
	if err := r.readBack(ctx); err != nil {
		return err
	}
	var on []task
	for i := range r.steps {
		if _, ours := r.place[i]; ours {
			on = append(on, task{index: i, last: true,
				op: updateOp(ruleTable, r.steps[i].SysID, map[string]string{"active": "true"})})
		}
	}
	return r.perform(ctx, on)
}

// newRule is the task that creates the rule of a step as one of its variants.
func (r *run) newRule(index, variant int) task {
	a := r.artifactOf(r.steps[index])
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
	return len(r.artifactOf(r.steps[index]).variants) > r.place[index]+1
}

// readBack compares what was stored with what was sent, and replaces a rule that the instance altered.
func (r *run) readBack(ctx context.Context) error {
	for range 2 { // a rule can be replaced once
		found, err := r.p.look(ctx, r.plan.spec)
		if err != nil {
			return err
		}
		again, err := r.replaceAltered(ctx, found[ruleTable])
		if err != nil || !again {
			return err
		}
	}
	return nil
}

func (r *run) replaceAltered(ctx context.Context, rows []table.Record) (replaced bool, err error) {
	for i := range r.steps {
		if _, ours := r.place[i]; !ours {
			continue
		}
		s := &r.steps[i]
		altered := alteredColumns(r.plan.spec, r.artifactOf(*s), r.place[i], find(rows, s.SysID))
		if len(altered) == 0 {
			continue
		}
		// What is not as it was sent does not stay, not even switched off: the next run might not know it as ours.
		if err := r.perform(ctx, []task{{index: i, op: deleteOp(ruleTable, s.SysID), gone: true}}); err != nil {
			return false, err
		}
		s.SysID = ""
		if !r.hasFallback(i) {
			return false, r.failure(i, rights(ruleTable, Dropped, nil, altered...))
		}
		if err := r.perform(ctx, []task{r.newRule(i, r.place[i]+1)}); err != nil {
			return false, err
		}
		replaced = true
	}
	return replaced, nil
}

// alteredColumns are those that the platform did not store as they were sent.
func alteredColumns(spec Spec, a artifact, variant int, row table.Record) []string {
	if row.SysID() == "" {
		return []string{"name, description"} // stored, and not found by either
	}
	var out []string
	for _, c := range a.variants[variant].columns {
		if _, differs := difference(spec, c, row); differs && c.name != "active" {
			out = append(out, c.name)
		}
	}
	return out
}
