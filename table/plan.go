package table

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// plan is how a type takes rows: worked out once for each type, then only looked up.
type plan struct {
	columns []string // in the order of the fields
	places  map[string]place
	extra   []int // the field of type Extra, or nil
	record  bool  // T is Record
	row     reflect.Type
}

// place is a field of a struct.
type place struct {
	column  string
	index   []int
	isCell  bool
	journal bool
	omit    bool // omitempty or omitzero
}

var plans sync.Map // reflect.Type -> *plan or error

var (
	cellType    = reflect.TypeFor[interface{ cell() *core }]()
	journalType = reflect.TypeFor[Journal]()
	extraType   = reflect.TypeFor[Extra]()
	recordType  = reflect.TypeFor[Record]()
	writeType   = reflect.TypeFor[Write]()
)

var recordPlan = &plan{record: true, row: recordType}

func planOf[T any]() (*plan, error) { return planFor(reflect.TypeFor[T]()) }

func planFor(t reflect.Type) (*plan, error) {
	known, ok := plans.Load(t)
	if !ok {
		made, err := newPlan(t)
		if err != nil {
			return nil, err
		}
		known, _ = plans.LoadOrStore(t, made)
	}
	return known.(*plan), nil
}

func newPlan(t reflect.Type) (*plan, error) {
	if t == recordType {
		return recordPlan, nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("rows cannot be read as %s: it is neither a struct nor table.Record", t)
	}
	p := &plan{places: map[string]place{}, row: t}
	p.addFields(t, nil)
	return p, nil
}

// addFields walks a struct as encoding/json does: an outer field wins over one of the same name further in.
func (p *plan) addFields(t reflect.Type, index []int) {
	var embedded []reflect.StructField
	for f := range t.Fields() {
		at := append(index[:len(index):len(index)], f.Index...)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Type == extraType && f.IsExported():
			if p.extra == nil {
				p.extra = at
			}
		case f.Type == writeType || name == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			f.Index = at
			embedded = append(embedded, f)
		case f.IsExported():
			if name == "" {
				name = f.Name
			}
			p.add(f, place{column: name, index: at, omit: strings.Contains(options, "omit")})
		}
	}
	for _, f := range embedded {
		p.addFields(f.Type, f.Index)
	}
}

func (p *plan) add(f reflect.StructField, at place) {
	if _, taken := p.places[at.column]; taken {
		return
	}
	at.isCell = reflect.PointerTo(f.Type).Implements(cellType)
	at.journal = f.Type == journalType
	p.places[at.column] = at
	p.columns = append(p.columns, at.column)
}
