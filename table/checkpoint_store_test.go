package table_test

import (
	"testing"

	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/table/checkpointtest"
)

func TestMemoryCheckpoints(t *testing.T) {
	checkpointtest.Run(t, func(*testing.T) checkpointtest.Open {
		store := &table.MemoryCheckpoints{}
		return func() table.CheckpointStore { return store }
	})
}

func TestFileCheckpoints(t *testing.T) {
	checkpointtest.Run(t, func(t *testing.T) checkpointtest.Open {
		dir := t.TempDir()
		return func() table.CheckpointStore {
			store, err := table.NewFileCheckpoints(dir)
			if err != nil {
				t.Fatal(err)
			}
			return store
		}
	})
}
