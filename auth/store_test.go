package auth_test

import (
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
)

func memory(*testing.T) storetest.Open {
	s := auth.NewMemoryStore()
	return func() auth.TokenStore { return s }
}

func files(t *testing.T) storetest.Open {
	dir := t.TempDir()
	return func() auth.TokenStore {
		s, err := auth.NewFileStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func testKey(t testing.TB, id string) auth.Key {
	t.Helper()
	k, err := auth.GenerateKey(id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testKeys(t testing.TB, ids ...string) *auth.Keys {
	t.Helper()
	var ring []auth.Key
	for _, id := range ids {
		ring = append(ring, testKey(t, id))
	}
	keys, err := auth.NewKeys(ring[0], ring[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func encrypted(inner storetest.Backing) storetest.Backing {
	return func(t *testing.T) storetest.Open {
		open, keys := inner(t), testKeys(t, "k1")
		return func() auth.TokenStore { return auth.Encrypted(open(), keys) }
	}
}

var backings = map[string]storetest.Backing{
	"memory": memory, "file": files, "encrypted memory": encrypted(memory), "encrypted file": encrypted(files),
}

func TestStores(t *testing.T) {
	for name, backing := range backings {
		t.Run(name, func(t *testing.T) { storetest.Run(t, backing) })
	}
}

func TestStoresRefresh(t *testing.T) {
	for name, backing := range backings {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			storetest.RunRefresh(t, backing)
		})
	}
}
