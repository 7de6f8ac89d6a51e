package servicenow

import (
	"context"
	"iter"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// pullSource reads one table.
type pullSource struct {
	fetch func(context.Context, *table.Service, table.Query, []string) iter.Seq2[table.Change[any], error]
	feed  func(*table.Service, table.FeedOptions) pullFeed
	count func(context.Context, *table.Service, table.Query) (int, error)
}

type pullFeed func(context.Context, table.Checkpoint) iter.Seq2[table.Change[any], error]

// sourceOf is the source of a table whose rows are T.
func sourceOf[T any](name string) pullSource {
	return pullSource{
		fetch: func(
			ctx context.Context, s *table.Service, q table.Query, ids []string,
		) iter.Seq2[table.Change[any], error] {
			return untyped(table.Of[T](s, name).Feed(table.FeedOptions{Query: q}).Fetch(ctx, ids...))
		},
		feed: func(s *table.Service, o table.FeedOptions) pullFeed {
			feed := table.Of[T](s, name).Feed(o)
			return func(ctx context.Context, from table.Checkpoint) iter.Seq2[table.Change[any], error] {
				return untyped(feed.Changes(ctx, from))
			}
		},
		count: func(ctx context.Context, s *table.Service, q table.Query) (int, error) {
			return table.Of[T](s, name).Count(ctx, q)
		},
	}
}

// untyped hands rows on as pointers, so that a switch over their types reads well.
func untyped[T any](changes iter.Seq2[table.Change[T], error]) iter.Seq2[table.Change[any], error] {
	return func(yield func(table.Change[any], error) bool) {
		for c, err := range changes {
			u := table.Change[any]{
				Operation: c.Operation, Table: c.Table, SysID: c.SysID, UpdatedOn: c.UpdatedOn, ModCount: c.ModCount,
				Next: c.Next,
			}
			if err == nil && c.Operation != table.Deleted {
				u.Row = &c.Row
			}
			if !yield(u, err) {
				return
			}
		}
	}
}

// pullSources are the tables that can be pulled, and the types of their rows.
var pullSources = map[string]pullSource{
	"sys_user":                      sourceOf[table.User]("sys_user"),
	"customer_account":              sourceOf[table.Account]("customer_account"),
	"customer_contact":              sourceOf[table.Contact]("customer_contact"),
	"sn_customerservice_case":       sourceOf[table.Case]("sn_customerservice_case"),
	"sn_customerservice_escalation": sourceOf[table.Escalation]("sn_customerservice_escalation"),
	"kb_knowledge_base":             sourceOf[table.KnowledgeBase]("kb_knowledge_base"),
	"kb_category":                   sourceOf[table.KnowledgeCategory]("kb_category"),
	"kb_knowledge":                  sourceOf[table.Article]("kb_knowledge"),
	"incident":                      sourceOf[table.Incident]("incident"),
	"sc_request":                    sourceOf[table.Request]("sc_request"),
	"sc_req_item":                   sourceOf[table.RequestItem]("sc_req_item"),
	"sc_task":                       sourceOf[table.CatalogTask]("sc_task"),
	"change_request":                sourceOf[table.ChangeRequest]("change_request"),
	"problem":                       sourceOf[table.Problem]("problem"),
	"sys_journal_field":             sourceOf[table.JournalEntry]("sys_journal_field"),
	"sys_attachment":                sourceOf[table.Attachment]("sys_attachment"),
	"sys_audit":                     sourceOf[table.Audit]("sys_audit"),
}

// knowledgeShelves are pulled with the articles that refer to them.
var knowledgeShelves = []Need{
	{API: TableAPI, Table: "kb_knowledge_base", Access: Read, Role: roleKnowledge, Pull: true, Why: "the articles' knowledge bases"},
	{API: TableAPI, Table: "kb_category", Access: Read, Role: roleKnowledge, Pull: true, Why: "the articles' categories"},
}

// pullPlan is the tables of a pull, in the order in which records refer to one another. Deletions are part of each
// table's feed, and sys_audit is read only when asked for.
func pullPlan(o PullOptions) []Need {
	needs := o.Capability.Needs()
	if o.Capability == ContentManagement {
		needs = slices.Concat(knowledgeShelves, needs)
	}
	return slices.DeleteFunc(slices.Clone(needs), func(n Need) bool {
		_, known := pullSources[n.Table]
		return !n.Pull || !known || n.Table == "sys_audit" && o.Audit == nil ||
			o.Tables != nil && !slices.Contains(o.Tables, n.Table)
	})
}

// subjects are the tables of a capability that journals and attachments are about.
func subjects(c Capability) []string {
	var names []string
	for _, n := range c.Needs() {
		if n.Pull && n.Only == "" && n.Table != "sys_attachment" && n.Table != "sys_user" {
			names = append(names, n.Table)
		}
	}
	return names
}

// pullFilter keeps a shared table to what the capability is about.
func pullFilter(n Need, o PullOptions, plan []Need) table.Query {
	switch n.Table {
	case "sys_journal_field":
		// Old entries are filed under the parent of the record's class.
		return table.Where("name", table.In, append(subjects(o.Capability), "task")...)
	case "sys_attachment":
		return table.Where("table_name", table.In, subjects(o.Capability)...)
	case "sys_audit":
		return table.Where("tablename", table.In, o.Audit.Tables...)
	case "sys_user":
		// Contacts are users as well, and come with the columns of their own table.
		if slices.ContainsFunc(plan, func(n Need) bool { return n.Table == "customer_contact" }) {
			// Most operators pass over empty columns, and not every table that a user may stand in tells its class.
			return table.Where("sys_class_name", table.IsNot, "customer_contact").Or("sys_class_name", table.IsEmpty)
		}
	}
	return table.Query{}
}
