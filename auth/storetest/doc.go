// Package storetest is the conformance suite for implementations of auth.TokenStore, this library's and a host's own.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Open {
//			db := newDatabase(t)
//			return func() auth.TokenStore { return mystore.New(db.Connect(t)) }
//		})
//	}
//
// [Run] checks what the library relies on when replicas share a store; [RunRefresh] then lets replicas renew one token
// over it. Both use only the interface. They belong into a host's tests, with -race.
package storetest
