package rules

import (
	"encoding/base64"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// systemBridge is gs.
func (m *machine) systemBridge() map[string]func(args) any {
	return map[string]func(args) any{
		"log": func(a args) any {
			source := a.text(2)
			if source == "" {
				source = m.rule.Get("name")
			}
			m.tx.log(level(a.text(0)), a.text(1), source)
			return nil
		},
		"property":        func(a args) any { return m.tx.engine.property(a.text(0)) },
		"setProperty":     func(a args) any { m.tx.setProperty(a.text(0), a.text(1), a.text(2)); return nil },
		"userName":        func(args) any { return userName(m.tx.session) },
		"userID":          func(args) any { return m.tx.session.UserID },
		"userDisplayName": func(args) any { return m.userDisplayName() },
		"evaluate":        func(a args) any { return m.tx.engine.DB.Evaluate(m.tx.session, a.text(0)) },
		"userColumn":      func(a args) any { return m.user().Get(a.text(0)) },
		"roles":           func(args) any { return m.tx.session.Roles },
		"isMemberOf":      func(a args) any { return m.isMemberOf(a.text(0)) },
		"hasRole":         func(a args) any { return m.tx.session.HasRole(a.text(0)) },
		"tableExists":     func(a args) any { return m.tableExists(a.text(0)) },
		"newGUID":         func(args) any { return m.tx.engine.DB.NewID() },
		"timeZone":        func(args) any { return m.zone().String() },
		"base64Encode":    func(a args) any { return base64.StdEncoding.EncodeToString([]byte(a.text(0))) },
		"base64Decode": func(a args) any {
			b, err := base64.StdEncoding.DecodeString(a.text(0))
			if err != nil {
				return nil
			}
			return string(b)
		},
		"eventQueue": func(a args) any { m.queueEvent(a); return nil },
	}
}

func userName(s db.Session) string {
	if s.UserName == "" {
		return "system"
	}
	return s.UserName
}

func (m *machine) user() db.Row {
	row, _ := m.tx.engine.DB.Get("sys_user", m.tx.session.UserID)
	return row
}

func (m *machine) userDisplayName() string {
	if u := m.user(); !u.IsZero() {
		return u.Get("name")
	}
	return "System"
}

// isMemberOf takes a group's sys_id or its name.
func (m *machine) isMemberOf(group string) bool {
	for _, member := range m.tx.engine.DB.Find("sys_user_grmember", "user", m.tx.session.UserID) {
		g, ok := m.tx.engine.DB.Get("sys_user_group", member.Get("group"))
		if ok && (g.SysID() == group || g.Get("name") == group) {
			return true
		}
	}
	return false
}

func (m *machine) zone() *time.Location {
	if m.tx.session.TimeZone == nil {
		return time.UTC
	}
	return m.tx.session.TimeZone
}

// property is gs.getProperty: nil when there is none, "" when it is blank.
func (e *Engine) property(name string) any {
	for _, row := range e.DB.Find("sys_properties", "name", name) {
		return e.Property(row)
	}
	return nil
}

// setProperty writes the property, which flushes the instance's caches like any other write to the table.
func (tx *Tx) setProperty(name, value, description string) {
	for _, row := range tx.engine.DB.Find("sys_properties", "name", name) {
		_, _ = tx.engine.DB.Update(tx.session, "sys_properties", row.SysID(), map[string]string{"value": value})
		return
	}
	_, _ = tx.engine.DB.Insert(tx.session, "sys_properties",
		map[string]string{"name": name, "value": value, "description": description})
}

// Levels of syslog rows.
const (
	levelDebug = "-1"
	levelInfo  = "0"
	levelWarn  = "1"
	levelError = "2"
)

func level(name string) string {
	return map[string]string{"debug": levelDebug, "info": levelInfo, "warn": levelWarn, "error": levelError}[name]
}

// log writes a row of syslog, below the rule engine.
func (tx *Tx) log(level, message, source string) {
	if source == "" {
		source = "*** Script"
	}
	_, _ = tx.engine.DB.Insert(tx.session, "syslog",
		map[string]string{"level": level, "message": message, "source": source, "type": "script"}, db.WithoutWorkflow())
}
