// Package ident checks what callers pass as the name of a record before it becomes part of a path.
package ident

import (
	"errors"
	"fmt"
)

var (
	sysID     = Named(`^[0-9A-Za-z]+$`, 32, 32)
	number    = Named(`^[A-Za-z][0-9A-Za-z_-]*$`, 1, 40)
	tableName = Named(`^[a-z][a-z0-9_]*$`, 1, 80)
	column    = tableName
)

// The refusals do not repeat what was passed: it may be anything that an end user typed.
var (
	errSysID  = errors.New("not a sys_id: 32 letters and digits")
	errEither = errors.New("neither a sys_id nor a record number")
)

// SysID refuses what cannot be a sys_id. They are 32 hexadecimal digits; other letters are let through, because what
// matters is that nothing can leave its place in a path, and records that came with the platform were named by hand.
func SysID(s string) error {
	if sysID.MatchString(s) {
		return nil
	}
	return errSysID
}

// SysIDOrNumber refuses what can be neither: numbers are a prefix and digits, such as CS0000001.
func SysIDOrNumber(s string) error {
	if sysID.MatchString(s) || number.MatchString(s) {
		return nil
	}
	return errEither
}

// IsSysID reports that s is to be taken for a sys_id rather than a number.
func IsSysID(s string) bool { return sysID.MatchString(s) }

// Table refuses what cannot be a table's name.
func Table(s string) error {
	if tableName.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.40q is not a table name: lower-case letters, digits and _", s)
}

// Column refuses what cannot be a column's name.
func Column(s string) error {
	if column.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.40q is not a column name: lower-case letters, digits and _", s)
}
