package storetest_test

import (
	"fmt"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
)

// What a host gives to Run: each test a backing of its own, and on it as many handles as are asked for.
func ExampleBacking() {
	var memory storetest.Backing = func(*testing.T) storetest.Open {
		s := auth.NewMemoryStore() // here: a new database or directory
		return func() auth.TokenStore { return s }
	}
	// func TestStore(t *testing.T) { storetest.Run(t, memory); storetest.RunRefresh(t, memory) }

	open, other := memory(nil), memory(nil)
	fmt.Println("handles share a backing:", open() == open())
	fmt.Println("tests do not:", open() != other())
	// Output:
	// handles share a backing: true
	// tests do not: true
}
