package casesvc

import "github.com/seed-a66f7fd3/servicenow/table"

// The parts of an activity stream are read and written as rows are, in the shape in which they were sent.

// UnmarshalJSON reads a stream as the API sends it.
func (a *Activities) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, a) }

// MarshalJSON writes the stream as it was read.
func (a Activities) MarshalJSON() ([]byte, error) { return table.MarshalRow(a) }

// UnmarshalJSON reads a journal field as the API sends it.
func (j *JournalField) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, j) }

// MarshalJSON writes the journal field as it was read.
func (j JournalField) MarshalJSON() ([]byte, error) { return table.MarshalRow(j) }

// UnmarshalJSON reads an entry as the API sends it.
func (a *Activity) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, a) }

// MarshalJSON writes the entry as it was read.
func (a Activity) MarshalJSON() ([]byte, error) { return table.MarshalRow(a) }

// UnmarshalJSON reads a file as the API sends it.
func (f *ActivityFile) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, f) }

// MarshalJSON writes the file as it was read.
func (f ActivityFile) MarshalJSON() ([]byte, error) { return table.MarshalRow(f) }
