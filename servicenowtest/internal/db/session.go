package db

import (
	"slices"
	"time"
)

// Session is who reads or writes.
type Session struct {
	UserID   string // sys_id of the sys_user
	UserName string // what sys_created_by and sys_updated_by become; "system" when empty
	Roles    []string
	TimeZone *time.Location // nil means UTC
	System   bool           // the instance itself: no rights are asked
	Tx       any            // the writer's transaction, handed through to hooks
}

// HasRole reports whether the session has the role; admin has every role.
func (s Session) HasRole(role string) bool {
	return s.System || slices.Contains(s.Roles, role) || slices.Contains(s.Roles, "admin")
}

func (s Session) userName() string {
	if s.UserName == "" {
		return "system"
	}
	return s.UserName
}

func (s Session) zone() *time.Location {
	if s.TimeZone == nil {
		return time.UTC
	}
	return s.TimeZone
}
