package rules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/robertkrimen/otto"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// glideFiles are the Glide API as scripts see it, in ES5: fragments of one function, in the order of their names, which
// reach Go through the bridge `$`. Values cross it as strings, numbers, booleans and record handles.
//
//go:embed glide/*.js
var glideFiles embed.FS

// glide joins the fragments and compiles them once for all engines.
var glide = sync.OnceValues(func() (*otto.Script, error) {
	var source strings.Builder
	source.WriteString("(function ($, javaStrings) { var root = this;\n")
	names, err := fs.Glob(glideFiles, "glide/*.js")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := glideFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		source.Write(text)
	}
	source.WriteString("remember();\nreturn { record: record, enter: enter, clean: clean };\n})")
	return otto.New().Compile("glide.js", source.String())
})

// machine is one JavaScript engine with the Glide API, and the Go values that scripts hold handles of.
type machine struct {
	vm        *otto.Otto
	tx        *Tx
	rule      db.Row // that runs now
	records   []*record
	messages  []*message
	responses []*response
	toRecord  otto.Value // makes a GlideRecord of a handle
	enter     otto.Value // sets what differs between scopes
	clean     otto.Value // takes away what a transaction left in the global scope
	exception otto.Value // makes what a Java method throws
}

// errTooLong ends a script that does not end by itself.
var errTooLong = errors.New("script ran too long and was cancelled")

// idleMachines bounds how many engines wait for the next transaction.
const idleMachines = 8

// machine is the transaction's engine: one that is idle, or a new one. Making one takes longer than most scripts do.
func (tx *Tx) machine() (*machine, error) {
	if tx.vm != nil {
		return tx.vm, nil
	}
	e := tx.engine
	e.mu.Lock()
	var m *machine
	if n := len(e.machines); n > 0 {
		m, e.machines = e.machines[n-1], e.machines[:n-1]
	}
	e.mu.Unlock()
	if m == nil {
		var err error
		if m, err = newMachine(e); err != nil {
			return nil, err
		}
	}
	m.tx, tx.vm = tx, m
	return m, nil
}

// release gives the engine back at the end of a transaction, with a clean global scope.
func (tx *Tx) release() {
	m := tx.vm
	if m == nil {
		return
	}
	tx.vm = nil
	ok, err := m.clean.Call(otto.UndefinedValue())
	if clean, _ := ok.ToBoolean(); err != nil || !clean {
		return
	}
	m.tx, m.records, m.messages, m.responses = nil, nil, nil, nil
	e := tx.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.machines) < idleMachines {
		e.machines = append(e.machines, m)
	}
}

func newMachine(e *Engine) (*machine, error) {
	script, err := glide()
	if err != nil {
		return nil, err
	}
	m := &machine{vm: otto.New()}
	m.vm.SetStackDepthLimit(1000)
	bridge, err := m.bridge()
	if err != nil {
		return nil, err
	}
	prelude, err := m.vm.Run(script)
	if err != nil {
		return nil, err
	}
	out, err := prelude.Call(otto.UndefinedValue(), bridge, e.JavaStrings)
	if err != nil {
		return nil, err
	}
	for name, into := range map[string]*otto.Value{"record": &m.toRecord, "enter": &m.enter, "clean": &m.clean} {
		if *into, err = out.Object().Get(name); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// script runs a rule's script with current and previous. What it throws is logged, and the write stands.
func (tx *Tx) script(rule db.Row, source string, current, previous *record) {
	_, err := tx.eval(rule, source, current, previous)
	if err != nil {
		tx.log(levelError, fmt.Sprintf("Business rule '%s' on %s threw: %v", rule.Get("name"), current.table, err),
			rule.Get("name"))
	}
}

// condition evaluates the condition column. One that throws is logged and counts as false.
func (tx *Tx) condition(rule db.Row, source string, current, previous *record) bool {
	v, err := tx.eval(rule, source, current, previous)
	if err != nil {
		tx.log(levelError, fmt.Sprintf("Condition of business rule '%s' threw: %v", rule.Get("name"), err),
			rule.Get("name"))
		return false
	}
	ok, err := v.ToBoolean()
	return err == nil && ok
}

// eval runs source in the transaction's engine. Rules nest: a rule that writes fires others, which share the engine,
// so what was current is put back afterwards.
func (tx *Tx) eval(rule db.Row, source string, current, previous *record) (otto.Value, error) {
	m, err := tx.machine()
	if err != nil {
		return otto.Value{}, err
	}
	scope := rule.Get("sys_scope")
	if scope == "" {
		scope = "global"
	}
	if _, err := m.enter.Call(otto.UndefinedValue(), scope); err != nil {
		return otto.Value{}, err
	}
	outer := m.rule
	m.rule = rule
	defer func() { m.rule = outer }()
	defer m.swap("current", m.wrap(current))()
	defer m.swap("previous", m.wrap(previous))()
	return m.limited(func() (otto.Value, error) { return m.vm.Run(source) })
}

// wrap makes the GlideRecord of a record, null for none.
func (m *machine) wrap(r *record) otto.Value {
	if r == nil {
		return otto.NullValue()
	}
	v, err := m.toRecord.Call(otto.UndefinedValue(), m.keep(r))
	if err != nil {
		return otto.NullValue()
	}
	return v
}

func (m *machine) keep(r *record) int {
	m.records = append(m.records, r)
	return len(m.records) - 1
}

// swap sets a global and returns what sets it back.
func (m *machine) swap(name string, v otto.Value) func() {
	old, _ := m.vm.Get(name)
	_ = m.vm.Set(name, v)
	return func() { _ = m.vm.Set(name, old) }
}

// limited ends a script after the engine's limit. The interrupt is repeated until the script is gone, because
// a script's own catch would swallow a single one.
func (m *machine) limited(run func() (otto.Value, error)) (v otto.Value, err error) {
	if m.vm.Interrupt != nil {
		return run() // nested in a script that is limited already
	}
	m.vm.Interrupt = make(chan func())
	over, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		timer := time.NewTimer(m.tx.engine.ScriptLimit)
		defer timer.Stop()
		select {
		case <-over:
			return
		case <-timer.C:
		}
		for {
			select {
			case m.vm.Interrupt <- func() { panic(errTooLong) }:
			case <-over:
				return
			}
		}
	}()
	defer func() {
		close(over)
		<-stopped
		m.vm.Interrupt = nil
		if caught := recover(); caught != nil {
			err = fmt.Errorf("%v", caught)
		}
	}()
	return run()
}
