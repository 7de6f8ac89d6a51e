package rest

import "sync"

// The figures are those of the AWS SDKs: 500 tokens, 14 for a retry after a transient failure, one back for every
// success. An instance that is down costs few retries and then one attempt a call.
const (
	budgetSize  = 500
	budgetRetry = 14
)

// budget bounds the retries of one Conn.
type budget struct {
	mu   sync.Mutex
	left int
}

func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < budgetRetry {
		return false
	}
	b.left -= budgetRetry
	return true
}

func (b *budget) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+1, budgetSize)
}
