package db

import (
	"maps"
	"slices"
)

// Seed stores many new records of one class at once: no hooks run and nothing is audited. sys_created_* and sys_updated_*
// may be given, journal entries are written as of sys_updated_on. It gives the sys_ids in the order of the rows.
func (d *DB) Seed(s Session, table string, rows []map[string]string) ([]string, error) {
	ids := make([]string, 0, len(rows))
	for _, values := range rows {
		t, err := d.classFor(table, values)
		if err != nil {
			return ids, err
		}
		draft := d.newDraft(s, t, values, writeOptions{noAutoSys: true})
		draft.private = true
		row, err := d.storeNew(draft)
		if err != nil {
			return ids, err
		}
		ids = append(ids, row.SysID())
		d.follow(OpInsert, row)
		if err := d.seedJournal(s, row, draft.journal); err != nil {
			return ids, err
		}
	}
	return ids, nil
}

func (d *DB) seedJournal(s Session, row Row, entries map[string]string) error {
	for _, column := range slices.Sorted(maps.Keys(entries)) {
		text := entries[column]
		if text == "" {
			continue
		}
		_, err := d.Seed(s, "sys_journal_field", []map[string]string{{"name": row.Class(), "element": column,
			"element_id": row.SysID(), "value": text, "sys_created_on": row.Get("sys_updated_on"),
			"sys_created_by": row.Get("sys_updated_by")}})
		if err != nil {
			return err
		}
	}
	return nil
}
