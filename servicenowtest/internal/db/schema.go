package db

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Schema is the class hierarchy and the dictionary. It is safe for concurrent use.
type Schema struct {
	mu      sync.RWMutex
	tables  map[string]*Table
	choices map[string][]Choice // "table.column"
}

// Table finds a table by name.
func (s *Schema) Table(name string) (*Table, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.tables[name]
	return t, ok
}

// Tables lists the names of all tables.
func (s *Schema) Tables() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names := make([]string, 0, len(s.tables))
	for n := range s.tables {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// IsA reports whether table is ancestor or extends it.
func (s *Schema) IsA(table, ancestor string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.isA(table, ancestor)
}

func (s *Schema) isA(table, ancestor string) bool {
	for table != "" {
		if table == ancestor {
			return true
		}
		t, ok := s.tables[table]
		if !ok {
			return false
		}
		table = t.Super
	}
	return false
}

// Ancestry lists a table and what it extends, the table itself first.
func (s *Schema) Ancestry(table string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for t := s.tables[table]; t != nil; t = s.tables[t.Super] {
		out = append(out, t.Name)
	}
	return out
}

// Descendants lists a table and all classes below it.
func (s *Schema) Descendants(table string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for n := range s.tables {
		if s.isA(n, table) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// Column finds a column of a table, inherited ones included.
func (s *Schema) Column(table, column string) (Column, bool) {
	t, ok := s.Table(table)
	if !ok {
		return Column{}, false
	}
	return t.Column(column)
}

// Resolve walks a dotted path from table through references and gives the last column.
// A path that meets an unknown column or a column that is no reference is not resolved.
func (s *Schema) Resolve(table, path string) (Column, bool) {
	for {
		head, rest, dotted := strings.Cut(path, ".")
		c, ok := s.Column(table, head)
		if !ok || !dotted {
			return c, ok
		}
		if !c.IsReference() {
			return Column{}, false
		}
		table, path = c.Reference, rest
	}
}

// Choices gives the choice list of a column: the nearest class that defines one wins.
func (s *Schema) Choices(table, column string) []Choice {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for t := s.tables[table]; t != nil; t = s.tables[t.Super] {
		if cs := s.choices[t.Name+"."+column]; len(cs) > 0 {
			return cs
		}
	}
	return nil
}

// AddTable declares a table; super may be "" for a base table. The common sys_ columns are added to base tables.
func (s *Schema) AddTable(t Table, columns ...Column) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addTable(t, columns)
}

func (s *Schema) addTable(t Table, columns []Column) {
	all := map[string]Column{}
	t.base, t.shape = t.Name, new(atomic.Pointer[shape])
	if super := s.tables[t.Super]; super != nil {
		t.base = super.base
		maps.Copy(all, super.now().columns)
	} else {
		columns = append(commonColumns(), columns...)
	}
	for _, c := range columns {
		c.Table = t.Name
		all[c.Name] = labelled(c)
	}
	t.shape.Store(newShape(all))
	s.tables[t.Name] = &t
}

// AddColumn declares a column on a table and on all classes below it; rows that exist have it at once.
func (s *Schema) AddColumn(table string, c Column) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Table = table
	for n, t := range s.tables {
		if s.isA(n, table) {
			columns := maps.Clone(t.now().columns)
			columns[c.Name] = labelled(c)
			t.shape.Store(newShape(columns))
		}
	}
}

func labelled(c Column) Column {
	if c.Label == "" {
		c.Label = labelOf(c.Name)
	}
	return c
}

// SetChoices replaces the choice list of a column for a table and the classes below it that define none.
func (s *Schema) SetChoices(table, column string, choices ...Choice) {
	s.mu.Lock()
	s.choices[table+"."+column] = slices.Clone(choices)
	s.mu.Unlock()
	if c, ok := s.Column(table, column); ok && !c.Choice {
		c.Choice = true
		s.AddColumn(table, c)
	}
}

// addChoice appends to, or replaces one value of, the list a table itself defines.
func (s *Schema) addChoice(table, column string, c Choice) {
	s.mu.RLock()
	list := slices.Clone(s.choices[table+"."+column])
	s.mu.RUnlock()
	list = slices.DeleteFunc(list, func(o Choice) bool { return o.Value == c.Value && o.Dependent == c.Dependent })
	list = append(list, c)
	slices.SortStableFunc(list, func(a, b Choice) int { return a.Sequence - b.Sequence })
	s.SetChoices(table, column, list...)
}
