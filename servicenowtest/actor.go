package servicenowtest

import (
	"bytes"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/rules"
)

// Actor works on the instance as a person, as if in its user interface: no rights are asked, and Business Rules fire
// inside the call. It is made by [Server.As] and safe for concurrent use.
type Actor struct {
	s       *Server
	session db.Session
}

// As gives the actor for a user. "system" is the instance itself. An unknown user panics: it is a mistake in the test.
func (s *Server) As(userName string) *Actor {
	if userName == "system" {
		return &Actor{s, db.Session{UserName: "system"}}
	}
	session, ok := s.session(userName)
	if !ok {
		panic(fmt.Sprintf("servicenowtest: no active user %q", userName))
	}
	return &Actor{s, session}
}

// within runs f in a transaction: after rules have run when it returns, queued requests are on their way.
func (a *Actor) within(f func(db.Session) error) error {
	tx := a.s.rules.Begin(a.session)
	defer tx.End()
	return f(tx.Session())
}

// Insert stores a record and returns its sys_id. The error is a rule's abort or a table that does not exist.
func (a *Actor) Insert(table string, values map[string]string) (sysID string, err error) {
	err = a.within(func(s db.Session) error {
		row, err := a.s.db.Insert(s, table, values)
		sysID = row.SysID()
		return err
	})
	return sysID, err
}

// Update changes columns of a record; journal columns take an entry.
func (a *Actor) Update(table, sysID string, values map[string]string) error {
	return a.within(func(s db.Session) error {
		_, err := a.s.db.Update(s, table, sysID, values)
		return err
	})
}

// Delete removes a record.
func (a *Actor) Delete(table, sysID string) error {
	return a.within(func(s db.Session) error { return a.s.db.Delete(s, table, sysID) })
}

// Comment adds an entry that customers see ("Additional comments").
func (a *Actor) Comment(table, sysID, text string) error {
	return a.Update(table, sysID, map[string]string{"comments": text})
}

// WorkNote adds an entry for colleagues.
func (a *Actor) WorkNote(table, sysID, text string) error {
	return a.Update(table, sysID, map[string]string{"work_notes": text})
}

// Attach adds a file to a record and returns the attachment's sys_id.
func (a *Actor) Attach(table, sysID, fileName, contentType string, content []byte) (attachment string, err error) {
	err = a.within(func(s db.Session) error {
		row, err := a.s.db.Attach(s, db.NewAttachment{
			Table: table, SysID: sysID, FileName: fileName, ContentType: contentType,
		}, bytes.NewReader(content))
		attachment = row.SysID()
		return err
	})
	return attachment, err
}

// Row reads the stored values of a record, whoever may see it: nil when there is none. Empty columns are left out.
func (s *Server) Row(table, sysID string) map[string]string {
	row, ok := s.db.Get(table, sysID)
	if !ok {
		return nil
	}
	return row.Values()
}

// Rows reads the stored values of the records that match an encoded query.
func (s *Server) Rows(table, query string) []map[string]string {
	res, err := s.db.Query(systemSession, db.Query{Table: table, Encoded: query, NoCount: true})
	if err != nil {
		return nil
	}
	out := make([]map[string]string, len(res.Rows))
	for i, r := range res.Rows {
		out[i] = r.Values()
	}
	return out
}

var _ aborter = (*rules.AbortError)(nil)
