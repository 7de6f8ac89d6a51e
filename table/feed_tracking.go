package table

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Tracks says whether the instance records the deletions of a table.
type Tracks string

// What can be known about it.
const (
	TracksDeletes    Tracks = "yes"     // as far as the dictionary and the properties tell
	TracksNoDeletes  Tracks = "no"      // only a census finds deletions
	TracksNotKnown   Tracks = "unknown" // the user may not read the dictionary or the properties
	ignoredProperty         = "glide.db.audit.ignore.delete"
	reportedProperty        = "glide.ui.audit_deleted_tables"
)

// TableTracking is what is known about one table.
type TableTracking struct {
	Table  string
	Tracks Tracks
	Why    string
}

// Tracking tells, before a feed is relied on, for which of its tables deletions can be heard of: the table itself and
// its children. Readable is whether sys_audit_delete can be read at all; without it every deletion is left to a census.
type Tracking struct {
	Readable bool
	Tables   []TableTracking
}

// Tracking asks which tables of the feed record their deletions. Four requests, and one for each level of the class
// hierarchy.
//
// belief: a table is recorded unless it has the dictionary attribute no_audit_delete, stands in
// glide.db.audit.ignore.delete, or is a system table (sys_) that glide.ui.audit_deleted_tables does not name. Deleting
// one record of each kind on a real instance settles it.
// https://www.servicenow.com/docs/r/platform-administration/table-administration-and-data-management/c_DictionaryAttributes.html
func (f *feed) Tracking(ctx context.Context) (Tracking, error) {
	r, err := f.begin(ctx, Checkpoint{}, nil)
	if err != nil {
		return Tracking{}, err
	}
	if err := r.findClasses(ctx); err != nil {
		return Tracking{}, f.fail(err)
	}
	var t Tracking
	t.Readable, err = r.readable(ctx, auditDelete)
	if err != nil {
		return t, f.fail(err)
	}
	lists, err := r.auditLists(ctx)
	if err != nil {
		return t, f.fail(err)
	}
	for _, class := range r.classes {
		t.Tables = append(t.Tables, lists.judge(class))
	}
	return t, nil
}

func (r *feedRun) readable(ctx context.Context, name string) (bool, error) {
	ask := pageAsk{fields: []string{sysID}, limit: 1, query: "ORDERBY" + sysID}
	if name == auditDelete { // never without a range
		ask.query = ByCreated.column() + ">=" + r.env.zone.literal(r.now()) + "^" + ask.query
	}
	_, err := fetchPage(ctx, Of[Record](New(r.env.conn), name), ask)
	switch {
	case err == nil:
		return true, nil
	case refusesRange(err) || isMissing(err):
		return false, nil
	}
	return false, err
}

// auditLists are what decides about the recording of deletions.
type auditLists struct {
	dictionary, properties bool // they can be read
	without                []string
	ignored, reported      []string
}

func (r *feedRun) auditLists(ctx context.Context) (auditLists, error) {
	var l auditLists
	var err error
	if l.dictionary, err = r.readable(ctx, "sys_dictionary"); err != nil {
		return l, err
	}
	if l.dictionary {
		rows, _, err := allowed(ctx, r.env, "sys_dictionary", pageAsk{
			query:  "internal_type=collection^attributesLIKEno_audit_delete=true^ORDERBY" + sysID,
			fields: []string{sysID, "name"}, limit: largestPage,
		})
		if err != nil {
			return l, err
		}
		for _, row := range rows {
			l.without = append(l.without, row.row.Get("name").String())
		}
	}
	rows, _, err := allowed(ctx, r.env, "sys_properties", pageAsk{
		query:  "nameIN" + ignoredProperty + "," + reportedProperty + "^ORDERBY" + sysID,
		fields: []string{sysID, "name", "value"}, limit: 2,
	})
	for _, row := range rows {
		l.properties = true
		names := strings.FieldsFunc(row.row.Get("value").String(), func(c rune) bool { return c == ',' || c == ' ' })
		if row.row.Get("name").String() == ignoredProperty {
			l.ignored = names
		} else {
			l.reported = names
		}
	}
	return l, err
}

func (l auditLists) judge(class string) TableTracking {
	t := TableTracking{Table: class, Tracks: TracksDeletes, Why: "nothing known keeps its deletions from being recorded"}
	switch {
	case slices.Contains(l.without, class):
		t.Tracks, t.Why = TracksNoDeletes, "its dictionary entry has no_audit_delete"
	case slices.Contains(l.ignored, class):
		t.Tracks, t.Why = TracksNoDeletes, fmt.Sprintf("the property %s names it", ignoredProperty)
	case strings.HasPrefix(class, "sys_") && l.properties && !slices.Contains(l.reported, class):
		t.Tracks, t.Why = TracksNoDeletes, fmt.Sprintf("system tables are recorded only if the property %s names them", reportedProperty)
	case !l.dictionary || strings.HasPrefix(class, "sys_") && !l.properties:
		t.Tracks, t.Why = TracksNotKnown, "the user may not read sys_dictionary or the properties"
	}
	return t
}
