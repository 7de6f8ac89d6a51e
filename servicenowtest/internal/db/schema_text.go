package db

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The stock schema is written as text, one table a paragraph, because that is how one reads a dictionary:
//
//	table incident "Incident" extends task number INC audit
//	  caller_id ref>sys_user "Caller"
//	  category s40 =inquiry
//
// Types: s<length>, i, b, t (date-time), d, dur, j (journal), ref>T, list>T, and the platform's own name for the rest.
var columnTypes = map[string]Column{
	"i": {Type: "integer", MaxLength: 40}, "b": {Type: "boolean", MaxLength: 40},
	"t": {Type: "glide_date_time", MaxLength: 40}, "d": {Type: "glide_date", MaxLength: 40},
	"dur": {Type: "glide_duration", MaxLength: 40}, "j": {Type: "journal_input", MaxLength: 4000},
	"html": {Type: "html", MaxLength: 65000}, "script": {Type: "script", MaxLength: 65000},
	"cond": {Type: "conditions", MaxLength: 4000}, "cur": {Type: "currency", MaxLength: 20},
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

func commonColumns() []Column {
	return []Column{
		{Name: "sys_id", Label: "Sys ID", Type: "GUID", MaxLength: 32},
		{Name: "sys_created_on", Label: "Created", Type: "glide_date_time", MaxLength: 40},
		{Name: "sys_created_by", Label: "Created by", Type: "string", MaxLength: 40},
		{Name: "sys_updated_on", Label: "Updated", Type: "glide_date_time", MaxLength: 40},
		{Name: "sys_updated_by", Label: "Updated by", Type: "string", MaxLength: 40},
		{Name: "sys_mod_count", Label: "Updates", Type: "integer", MaxLength: 40},
		{Name: "sys_tags", Label: "Tags", Type: "related_tags", MaxLength: 40},
	}
}

func stockSchema() *Schema {
	s := &Schema{tables: map[string]*Table{}, choices: map[string][]Choice{}}
	for _, text := range []string{schemaCore, schemaTask, schemaCSM, schemaKnowledge, schemaSystem, schemaAccess} {
		s.read(text)
	}
	s.readChoices(stockChoices)
	return s
}

func (s *Schema) read(text string) {
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		head, lines, _ := strings.Cut(paragraph, "\n")
		var columns []Column
		for line := range strings.Lines(lines) {
			columns = append(columns, readColumn(strings.TrimSpace(line)))
		}
		s.addTable(readTable(head), columns)
	}
}

func readTable(line string) Table {
	t := Table{WebAccess: true, AuditDelete: true}
	if m := quoted.FindStringSubmatch(line); m != nil {
		t.Label = m[1]
	}
	words := strings.Fields(quoted.ReplaceAllString(line, ""))
	t.Name = words[1]
	for i := 2; i < len(words); i++ {
		switch words[i] {
		case "extends":
			t.Super = words[i+1]
		case "number":
			t.NumberPrefix = words[i+1]
		case "audit":
			t.Audited = true
		case "untracked":
			t.AuditDelete = false
		}
	}
	return t
}

func readColumn(line string) Column {
	label := ""
	if m := quoted.FindStringSubmatch(line); m != nil {
		label = m[1]
	}
	head, def, hasDefault := strings.Cut(quoted.ReplaceAllString(line, ""), " =")
	words := strings.Fields(head)
	var c Column
	name, typ := words[0], words[1]
	kind, target, _ := strings.Cut(typ, ">")
	switch {
	case kind == "ref":
		c = Column{Type: "reference", Reference: target, MaxLength: 32}
	case kind == "list":
		c = Column{Type: "glide_list", Reference: target, MaxLength: 1024}
	case columnTypes[kind].Type != "":
		c = columnTypes[kind]
	default:
		c = Column{Type: kind, MaxLength: 255}
		if n, err := strconv.Atoi(strings.TrimPrefix(kind, "s")); err == nil {
			c = Column{Type: "string", MaxLength: n}
		}
	}
	c.Name, c.Label = name, label
	for _, w := range words[2:] {
		c.Display = c.Display || w == "display"
	}
	if hasDefault {
		c.Default = strings.TrimSpace(def)
	}
	return c
}

// readChoices reads lines of the form: table.column value=Label; value=Label
func (s *Schema) readChoices(text string) {
	for line := range strings.Lines(text) {
		target, list, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		table, column, _ := strings.Cut(target, ".")
		var choices []Choice
		for i, item := range strings.Split(list, ";") {
			value, label, _ := strings.Cut(strings.TrimSpace(item), "=")
			choices = append(choices, Choice{Value: value, Label: label, Sequence: i})
		}
		s.SetChoices(table, column, choices...)
	}
}

// labelOf makes a label the way the platform does from a new column's name: assigned_to becomes Assigned to.
func labelOf(name string) string {
	words := strings.ReplaceAll(strings.TrimPrefix(name, "u_"), "_", " ")
	if words == "" {
		return name
	}
	r := []rune(words)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}
