package table

// Text is a column of plain text, HTML or script. The zero Text is absent: the instance did not send it, and it is
// not written.
type Text struct{ core }

// NewText is a text to write; the empty text clears the column.
func NewText(s string) Text { return Text{textOf(s)} }

// Choice is a column with a list of allowed values. Which ones is data of the instance (table sys_choice): constants
// in this package are those that ServiceNow ships. Unless the instance says otherwise
// (glide.rest.choice.allow_non_existing_value), a value that is not in the list is dropped without notice; see
// [WriteOptions.CheckEcho]. The zero Choice is absent.
type Choice struct{ core }

// NewChoice is a choice by its stored value, not by its label.
func NewChoice(value string) Choice { return Choice{textOf(value)} }

// Label is what the user sees, in the user's language, or "" when display values were not asked for.
func (c Choice) Label() string { return c.Display() }

// Is reports that the stored value is v.
func (c Choice) Is(v string) bool { return c.IsSet() && c.value() == v }

// Journal is a journal column: comments, work notes. Reading it gives "" unless display values are asked for, and
// then all entries in one text; read [JournalEntry] rows for the entries. Writing it appends an entry each time,
// which is why only [Entry] makes one to write, and a change that holds one is never sent twice.
// The zero Journal is absent.
type Journal struct{ core }

// Entry is a text to append to a journal column. Text between [code] and [/code] is rendered as HTML. An empty entry
// cannot be written.
func Entry(text string) Journal {
	if text == "" {
		return Journal{badOf("an empty journal entry cannot be added")}
	}
	return Journal{textOf(text)}
}
