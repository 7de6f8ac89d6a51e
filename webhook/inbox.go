package webhook

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Claim is what an [Inbox] knows about an id.
type Claim int

const (
	// Fresh: the id is new, or was left behind by a process that died, and is now ours.
	Fresh Claim = iota + 1
	// Busy: somebody is working on it, perhaps in another replica.
	Busy
	// Done: the host took this event before.
	Done
)

// Inbox remembers event ids for longer than the sender repeats them, across replicas if it is shared. Implementations
// are safe for concurrent use, and webhook/inboxtest checks them.
//
// A claim that is neither confirmed nor released, because its process died, is free again after the inbox's lease: an
// event is marked done only by Confirm.
type Inbox interface {
	// Claim takes id if it is Fresh.
	Claim(ctx context.Context, tenant, id string) (Claim, error)
	// Confirm marks a claimed id as done. It is not an error when the claim is gone.
	Confirm(ctx context.Context, tenant, id string) error
	// Release gives a claimed id back after the host's function failed, so that a repeat is not taken for a duplicate.
	// It never frees what is done.
	Release(ctx context.Context, tenant, id string) error
}

// The defaults of the inboxes. Ids must be kept longer than the tolerance of one hour and than the last try of a queued
// event, seven and a half hours after the first.
const (
	DefaultKeep  = 24 * time.Hour
	DefaultLease = time.Minute
	maxMemory    = 1 << 18
)

// MemoryInbox is an Inbox for one process. It holds ids for a time and at most 262,144 of them, dropping the oldest
// first.
type MemoryInbox struct {
	keep, lease time.Duration

	mu    sync.Mutex
	ids   map[inboxKey]*list.Element
	order *list.List // of *inboxEntry, by the time of the claim
}

type inboxKey struct{ tenant, id string }

type inboxEntry struct {
	inboxKey
	at   time.Time
	done bool
}

// NewMemoryInbox remembers ids for keep; zero is DefaultKeep.
func NewMemoryInbox(keep time.Duration) *MemoryInbox {
	if keep <= 0 {
		keep = DefaultKeep
	}
	return &MemoryInbox{keep: keep, lease: min(DefaultLease, keep), ids: map[inboxKey]*list.Element{}, order: list.New()}
}

// Claim implements [Inbox].
func (m *MemoryInbox) Claim(_ context.Context, tenant, id string) (Claim, error) {
	key, now := inboxKey{tenant, id}, time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purge(now)
	if el, there := m.ids[key]; there {
		switch e := el.Value.(*inboxEntry); {
		case e.done:
			return Done, nil
		case now.Sub(e.at) < m.lease:
			return Busy, nil
		}
		m.drop(el)
	}
	m.ids[key] = m.order.PushBack(&inboxEntry{inboxKey: key, at: now})
	return Fresh, nil
}

// Confirm implements [Inbox].
func (m *MemoryInbox) Confirm(_ context.Context, tenant, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if el, there := m.ids[inboxKey{tenant, id}]; there {
		el.Value.(*inboxEntry).done = true
	}
	return nil
}

// Release implements [Inbox].
func (m *MemoryInbox) Release(_ context.Context, tenant, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if el, there := m.ids[inboxKey{tenant, id}]; there && !el.Value.(*inboxEntry).done {
		m.drop(el)
	}
	return nil
}

// Len is how many ids are remembered.
func (m *MemoryInbox) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purge(time.Now())
	return len(m.ids)
}

func (m *MemoryInbox) purge(now time.Time) {
	for el := m.order.Front(); el != nil; el = m.order.Front() {
		if now.Sub(el.Value.(*inboxEntry).at) < m.keep && len(m.ids) < maxMemory {
			return
		}
		m.drop(el)
	}
}

func (m *MemoryInbox) drop(el *list.Element) {
	delete(m.ids, el.Value.(*inboxEntry).inboxKey)
	m.order.Remove(el)
}
