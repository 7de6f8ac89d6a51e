package table

import (
	"context"
	"slices"
	"strings"
	"time"
)

// knownChildren are the classes under the tables that are most often followed, for users who may not read
// sys_db_object. An instance may have more of its own.
var knownChildren = map[string][]string{
	"task": {
		"incident", "problem", "change_request", "sc_request", "sc_req_item", "sc_task", "change_task", "problem_task",
		"incident_task", "sn_customerservice_case", "sn_customerservice_task", "kb_submission", "ticket", "vtb_task",
	},
	"sys_user":     {"customer_contact", "csm_consumer_user"},
	"core_company": {"customer_account"},
	"kb_knowledge": {"kb_template_how_to", "kb_template_faq", "kb_template_what_is", "kb_template_known_error_article"},
}

// hierarchyAge is how long the children of a table are taken as known.
const hierarchyAge = time.Hour

// findClasses finds the table and its children. sys_audit_delete files each deletion under the record's own class:
// whoever asks for the parent finds nothing.
func (r *feedRun) findClasses(ctx context.Context) error {
	name := r.feed.table.name
	if r.hooks.makes(mistakeParentClass) {
		r.classes = []string{name}
	}
	if r.classes != nil {
		return nil
	}
	known := learnedOf(r.env.conn)
	known.mu.Lock()
	have, ok := known.classes[name]
	known.mu.Unlock()
	if !ok || time.Since(have.asked) > hierarchyAge {
		names, err := classesUnder(ctx, r.env, name)
		if err != nil {
			return err
		}
		have = hierarchy{names: names, asked: time.Now()}
		known.mu.Lock()
		known.classes[name] = have
		known.mu.Unlock()
	}
	r.classes = have.names
	return nil
}

// classesUnder reads sys_db_object level by level, and begins with what is known without it.
func classesUnder(ctx context.Context, env *feedEnv, name string) ([]string, error) {
	all := append([]string{name}, knownChildren[name]...)
	level := []string{name}
	for len(level) > 0 {
		some := level[:min(len(level), mostClasses)]
		level = level[len(some):]
		ask := pageAsk{
			query:  "super_class.nameIN" + strings.Join(some, ",") + "^ORDERBYsys_id",
			fields: []string{sysID, "name"}, limit: 1000,
		}
		rows, err := allowed(ctx, env, "sys_db_object", ask)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			child := row.row.Get("name").String()
			if child == "" || checkTable(child) != nil {
				continue
			}
			if !slices.Contains(all, child) {
				all = append(all, child)
				level = append(level, child)
			}
		}
	}
	return all, nil
}
