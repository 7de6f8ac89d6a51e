package servicenowtest

import (
	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// policy is what rights the data APIs ask for.
type policy interface {
	// canReadTable: a table that may not be read at all is refused with 403.
	canReadTable(s db.Session, table string) bool
	// canReadRow: a row that may not be read is absent from lists and 404 by its id.
	canReadRow(s db.Session, row db.Row) bool
	// canReadColumn: a column that may not be read is absent from the row.
	canReadColumn(s db.Session, table, column string) bool
	canCreate(s db.Session, table string) bool
	canWriteRow(s db.Session, row db.Row) bool
	canWriteColumn(s db.Session, table, column string) bool
	canDelete(s db.Session, row db.Row) bool
	// canMatch and canRange are the query ACLs query_match and query_range.
	canMatch(s db.Session, table, column string) bool
	canRange(s db.Session, table, column string) bool
}

// quirks are the switches for what instances, or sources, disagree on. The zero value is the documentation.
type quirks struct {
	Regime             db.Regime       // what becomes of an invalid clause
	LiteralsInUserZone bool            // date literals of queries are read in the caller's zone
	FoldCase           bool            // text of queries compares without regard to letter case
	SplitCarets        bool            // a doubled caret in a query ends a clause as one does
	CountHonoursACL    bool            // X-Total-Count counts only visible rows
	AllowAnyChoice     bool            // glide.rest.choice.allow_non_existing_value
	BatchServices      int             // a batch is cut after this many requests, as its 30 second quota does; 0 means never
	HasMore            bool            // Account, Contact and Consumer lists have the hasMore member their pages mention
	NullColumns        map[string]bool // columns whose empty cells come as JSON null
	RepeatRows         bool            // every list repeats its first row at its end
}
