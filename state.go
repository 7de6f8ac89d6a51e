package servicenow

import (
	"fmt"
	"slices"
)

// State is where a connection stands in its life.
type State string

// The states of a connection. A tenant without a connection has the empty State.
const (
	// PendingConsent: settings are saved, and nobody has clicked Allow yet.
	PendingConsent State = "pending_consent"
	// Connected: a token is saved; it, the identity, the webhooks and the rights have not all been proved.
	Connected State = "connected"
	// ReadyToSync: everything that the capability needs was proved.
	ReadyToSync State = "ready_to_sync"
	// Degraded: the connection works, and something that its capability needs does not. Status has the reason.
	Degraded State = "degraded"
	// NeedsReauthorization: the grant is gone; an admin must click Allow again. Settings and webhooks are kept.
	NeedsReauthorization State = "needs_reauthorization"
)

// transitions says which state may follow which. Staying where one is is always allowed: every step of a connection's
// life can be run again.
var transitions = map[State][]State{
	"":                   {PendingConsent},
	PendingConsent:       {Connected},
	Connected:            {ReadyToSync, Degraded, NeedsReauthorization, PendingConsent},
	ReadyToSync:          {Degraded, NeedsReauthorization, Connected},
	Degraded:             {ReadyToSync, NeedsReauthorization, Connected},
	NeedsReauthorization: {Connected},
}

// to returns next, or an error that wraps ErrConflict when s has no way there.
func (s State) to(next State) (State, error) {
	if s == next || slices.Contains(transitions[s], next) {
		return next, nil
	}
	return s, fmt.Errorf("a connection cannot go from %q to %q: %w", s, next, ErrConflict)
}
