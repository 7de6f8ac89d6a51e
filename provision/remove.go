package provision

import (
	"context"
)

// Remove deletes everything that is ours: rules, after they were switched off, then what they used, and the properties
// last, so that a crash on the way leaves rules that stay silent. It also deletes the legacy rules of spec. Records that
// lack both our marker and a name of ours stay. It may be repeated.
func (p *Provisioner) Remove(ctx context.Context, spec Spec) (Result, error) {
	found, err := p.look(ctx, spec)
	if err != nil {
		return Result{}, err
	}
	plan := removal(spec, found)
	r := &run{p: p, plan: plan, steps: plan.Steps}
	for _, phase := range []func(context.Context) error{r.retire, r.remove} {
		if err := phase(ctx); err != nil {
			return Result{Done: r.done}, err
		}
	}
	return Result{Done: r.done}, nil
}

// removal is the plan of the empty spec, with the rules first.
func removal(spec Spec, found *state) Plan {
	out := Plan{spec: spec, found: found}
	known := map[string]bool{}
	items := spec.items()
	for i := len(items) - 1; i >= 0; i-- {
		a := items[i]
		for _, row := range ours(a, found.rows[a.table], known) {
			out.Steps = append(out.Steps,
				Step{Do: Delete, Key: a.key, Table: a.table, SysID: row.SysID(), Name: a.name, Why: "removed"})
		}
	}
	var legacy []Step
	for _, row := range found.rows[ruleTable] {
		if why := spec.legacy(row); why != "" && !known[row.SysID()] {
			legacy = append(legacy, Step{Do: Delete, Table: ruleTable, SysID: row.SysID(), Name: get(row, "name"), Why: why})
		}
	}
	out.Steps = append(legacy, out.Steps...)
	return out
}
