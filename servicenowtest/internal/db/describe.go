package db

import "strconv"

// describeSchema writes the rows that describe the schema: sys_db_object, sys_dictionary, sys_choice.
// sys_dictionary lists only the columns a table declares itself.
func (d *DB) describeSchema() {
	s := Session{}
	ids := map[string]string{}
	for _, name := range d.schema.Tables() {
		ids[name] = d.NewID()
	}
	for _, name := range d.schema.Tables() {
		t, _ := d.schema.Table(name)
		d.quiet(s, "sys_db_object", map[string]string{"sys_id": ids[name], "name": name, "label": t.Label,
			"super_class": ids[t.Super], "ws_access": strconv.FormatBool(t.WebAccess)})
		d.quiet(s, "sys_dictionary", map[string]string{"name": name, "internal_type": "collection",
			"column_label": t.Label, "audit": strconv.FormatBool(t.Audited)})
		for _, column := range t.Columns() {
			if c, _ := t.Column(column); c.Table == name {
				d.describeColumn(s, c)
			}
		}
	}
	d.describeChoices(s)
}

func (d *DB) describeColumn(s Session, c Column) {
	choice := "0"
	if c.Choice {
		choice = "1"
	}
	d.quiet(s, "sys_dictionary", map[string]string{"name": c.Table, "element": c.Name, "internal_type": c.Type,
		"reference": c.Reference, "max_length": strconv.Itoa(c.MaxLength), "column_label": c.Label,
		"default_value": c.Default, "choice": choice, "display": strconv.FormatBool(c.Display)})
}

func (d *DB) describeChoices(s Session) {
	for _, name := range d.schema.Tables() {
		t, _ := d.schema.Table(name)
		for _, column := range t.Columns() {
			for i, ch := range d.schema.ownChoices(name, column) {
				d.quiet(s, "sys_choice", map[string]string{"name": name, "element": column, "value": ch.Value,
					"label": ch.Label, "sequence": strconv.Itoa(i), "dependent_value": ch.Dependent})
			}
		}
	}
}

func (s *Schema) ownChoices(table, column string) []Choice {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.choices[table+"."+column]
}

// follow lets the schema follow the rows that describe it: a new table, column or choice is usable at once.
func (d *DB) follow(op Op, row Row) {
	if op == OpDelete {
		return
	}
	switch row.Class() {
	case "sys_choice":
		seq, _ := strconv.Atoi(row.Get("sequence"))
		if row.Get("inactive") != "true" {
			d.schema.addChoice(row.Get("name"), row.Get("element"), Choice{Value: row.Get("value"),
				Label: row.Get("label"), Dependent: row.Get("dependent_value"), Sequence: seq})
		}
	case "sys_db_object":
		super, _ := d.Get("sys_db_object", row.Get("super_class"))
		if _, exists := d.schema.Table(row.Get("name")); !exists && row.Get("name") != "" {
			d.schema.AddTable(Table{Name: row.Get("name"), Label: row.Get("label"), Super: super.Get("name"),
				WebAccess: row.Get("ws_access") != "false", AuditDelete: true})
		}
	case "sys_dictionary":
		d.followColumn(row)
	}
}

func (d *DB) followColumn(row Row) {
	if _, known := d.schema.Table(row.Get("name")); !known || row.Get("element") == "" {
		return
	}
	n, _ := strconv.Atoi(row.Get("max_length"))
	label := row.Get("column_label")
	if label == "" {
		label = labelOf(row.Get("element"))
	}
	typ := row.Get("internal_type")
	if typ == "" {
		typ = "string"
	}
	d.schema.AddColumn(row.Get("name"), Column{Name: row.Get("element"), Label: label, Type: typ,
		Reference: row.Get("reference"), MaxLength: n, Default: row.Get("default_value"),
		Choice: row.Get("choice") == "1" || row.Get("choice") == "3", Display: row.Get("display") == "true"})
}
