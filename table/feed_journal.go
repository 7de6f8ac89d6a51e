package table

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// Journaled is a change together with the journal entries of its record, oldest first.
type Journaled[T any] struct {
	Change[T]
	Entries []JournalEntry
}

// journalBatch is how many changes wait for their entries at a time.
const journalBatch = 50

// JoinJournal adds to each change of a feed the journal entries of its record, with one request or two for each fifty
// changes instead of one each. Elements are the journal columns wanted; none are comments and work_notes. All entries
// of a record come, also those with old dates that an import wrote, which a feed of sys_journal_field cannot see.
//
// Changes wait until fifty have come or the feed ends: it is for [Feed.Changes], not for [Feed.Follow].
func JoinJournal[T any](
	ctx context.Context, s *Service, changes iter.Seq2[Change[T], error], elements ...string,
) iter.Seq2[Journaled[T], error] {
	if len(elements) == 0 {
		elements = []string{"comments", "work_notes"}
	}
	return func(yield func(Journaled[T], error) bool) {
		var waiting []Change[T]
		flush := func() bool {
			entries, err := journalOf(ctx, s, waiting, elements)
			if err != nil {
				yield(Journaled[T]{}, err)
				return false
			}
			for _, c := range waiting {
				if !yield(Journaled[T]{Change: c, Entries: entries[c.SysID]}, nil) {
					return false
				}
			}
			waiting = waiting[:0]
			return true
		}
		for c, err := range changes {
			if err != nil {
				if flush() {
					yield(Journaled[T]{}, err)
				}
				return
			}
			if waiting = append(waiting, c); len(waiting) == journalBatch && !flush() {
				return
			}
		}
		flush()
	}
}

func journalOf[T any](
	ctx context.Context, s *Service, changes []Change[T], elements []string,
) (map[string][]JournalEntry, error) {
	var ids []string
	for _, c := range changes {
		if c.Operation != Deleted && !slices.Contains(ids, c.SysID) {
			ids = append(ids, c.SysID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found := map[string][]JournalEntry{}
	q := Where("element_id", In, ids...).And("element", In, elements...)
	for e, err := range JournalEntries(s).List(ctx, ListOptions{Query: q, Background: true}) {
		if err != nil {
			return nil, err
		}
		found[e.ElementID.String()] = append(found[e.ElementID.String()], e)
	}
	for _, entries := range found {
		slices.SortStableFunc(entries, func(a, b JournalEntry) int {
			return cmp.Compare(a.CreatedOn.String(), b.CreatedOn.String())
		})
	}
	return found, nil
}
