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
	r.classes = slices.Clone(have.names)
	for _, class := range r.state.Classes {
		if !slices.Contains(r.classes, class) {
			r.classes = append(r.classes, class)
		}
	}
	return nil
}

// seeClasses keeps the classes that rows tell: those of records that a consumer has are known even where the user may
// not read sys_db_object.
func (r *feedRun) seeClasses(rows []feedRow[any]) {
	for i := range rows {
		class := rows[i].class
		if r.opts.WithoutDeletes || class == "" || class == r.feed.table.name || len(r.state.Classes) >= mostClasses ||
			slices.Contains(r.state.Classes, class) || slices.Contains(knownChildren[r.feed.table.name], class) {
			continue
		}
		next := r.state.clone()
		next.Classes = append(slices.Clone(next.Classes), class)
		r.state = next
	}
}

// classesUnder reads sys_db_object level by level, and begins with what is known without it.
func classesUnder(ctx context.Context, env *feedEnv, name string) ([]string, error) {
	const parent = "super_class.name"
	all := append([]string{name}, knownChildren[name]...)
	level := []string{name}
	for len(level) > 0 {
		some := level[:min(len(level), mostClasses)]
		level = level[len(some):]
		ask := pageAsk{
			query: parent + "IN" + strings.Join(some, ",") + "^ORDERBY" + sysID, fields: []string{sysID, "name", parent}, limit: 1000,
		}
		rows, refused, err := allowed(ctx, env, "sys_db_object", ask)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			// A condition that was dropped brings all tables there are.
			if !slices.Contains(some, row.row.Get(parent).String()) {
				refused = true
				break
			}
			if child := row.row.Get("name").String(); checkTable(child) == nil && !slices.Contains(all, child) {
				all = append(all, child)
				level = append(level, child)
			}
		}
		if refused {
			env.tell(Notice{Kind: NoticeClasses, Table: name, Text: "the classes under the table cannot be read from " +
				"sys_db_object: deletions are reported for those that are known without it and those that rows have told"})
			break
		}
	}
	return all, nil
}
