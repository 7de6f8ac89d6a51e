package rules

import (
	_ "embed"
	"strings"

	"github.com/robertkrimen/otto"
)

// args are a bridge call's arguments.
type args struct{ otto.FunctionCall }

func (a args) text(i int) string {
	v := a.Argument(i)
	if v.IsUndefined() || v.IsNull() {
		return ""
	}
	s, _ := v.ToString()
	return s
}

func (a args) number(i int) float64 { f, _ := a.Argument(i).ToFloat(); return f }
func (a args) int(i int) int        { return int(a.number(i)) }
func (a args) bool(i int) bool      { b, _ := a.Argument(i).ToBoolean(); return b }

// bridge makes the object through which the prelude reaches Go.
func (m *machine) bridge() (otto.Value, error) {
	o, err := m.vm.Object(`({})`)
	if err != nil {
		return otto.Value{}, err
	}
	for _, group := range []map[string]func(args) any{
		m.recordBridge(), m.queryBridge(), m.systemBridge(), m.timeBridge(), m.cryptoBridge(), m.messageBridge(),
	} {
		for name, f := range group {
			native := func(call otto.FunctionCall) otto.Value { return m.toJS(f(args{call})) }
			if err := o.Set(name, native); err != nil {
				return otto.Value{}, err
			}
		}
	}
	return o.Value(), nil
}

// toJS hands a result to the script; nil is null.
func (m *machine) toJS(v any) otto.Value {
	switch v := v.(type) {
	case nil:
		return otto.NullValue()
	case otto.Value:
		return v
	case []string:
		return m.array(v)
	}
	out, err := m.vm.ToValue(v)
	if err != nil {
		return otto.UndefinedValue()
	}
	return out
}

// array makes a native array: a Go slice would be shown as an object of otto's own kind.
func (m *machine) array(items []string) otto.Value {
	a, err := m.vm.Object(`([])`)
	if err != nil {
		return otto.UndefinedValue()
	}
	for _, s := range items {
		_, _ = a.Call("push", s)
	}
	return a.Value()
}

// throw raises a Java exception in the script, with getMessage() as the documentation's examples use it.
func (m *machine) throw(message string) {
	v, err := m.exception.Call(otto.UndefinedValue(), message)
	if err != nil {
		panic(m.vm.MakeCustomError("JavaException", message))
	}
	panic(v)
}

func (m *machine) record(a args) *record {
	i := a.int(0)
	if i < 0 || i >= len(m.records) {
		m.throw("not a GlideRecord")
	}
	return m.records[i]
}

//go:embed documented.txt
var documentedText string

// documented maps an API to the methods ServiceNow's documentation lists for it.
var documented = func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(documentedText) {
		if api, names, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			out[api] = strings.Fields(names)
		}
	}
	return out
}()
