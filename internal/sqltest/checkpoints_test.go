package sqltest

import (
	"errors"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/table/checkpointtest"
)

func (d database) checkpoints(t *testing.T) *table.SQLCheckpoints {
	t.Helper()
	return table.NewSQLCheckpoints(d.open(t), d.dialect)
}

func (d database) checkpointBacking(t *testing.T) checkpointtest.Open {
	t.Helper()
	d.drop(t, "servicenow_checkpoint")
	migrateAtOnce(t, func() migrator { return d.checkpoints(t) })
	return func() table.CheckpointStore { return d.checkpoints(t) }
}

func runCheckpoints(t *testing.T, d database) {
	t.Run("store", func(t *testing.T) { checkpointtest.Run(t, d.checkpointBacking) })
	t.Run("a second migration changes nothing", func(t *testing.T) {
		s := d.checkpointBacking(t)()
		v, err := s.CompareAndSwap(t.Context(), "acme", "", "text")
		if err != nil {
			t.Fatal(err)
		}
		migrateAtOnce(t, func() migrator { return d.checkpoints(t) })
		if text, have, err := s.Load(t.Context(), "acme"); text != "text" || have != v || err != nil {
			t.Errorf("loaded %q as %q: %v", text, have, err)
		}
	})
	t.Run("a newer row", func(t *testing.T) {
		s := d.checkpointBacking(t)()
		v, err := s.CompareAndSwap(t.Context(), "acme", "", "text")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.open(t).Exec("UPDATE servicenow_checkpoint SET format = 99"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Load(t.Context(), "acme"); !errors.Is(err, table.ErrCheckpointVersion) {
			t.Errorf("Load: %v, want ErrCheckpointVersion", err)
		}
		if _, err := s.CompareAndSwap(t.Context(), "acme", v, "other"); !errors.Is(err, table.ErrCheckpointConflict) {
			t.Errorf("CompareAndSwap: %v, want a conflict", err)
		}
		if err := s.Delete(t.Context(), "acme", v); !errors.Is(err, table.ErrCheckpointVersion) {
			t.Errorf("Delete: %v, want ErrCheckpointVersion", err)
		}
	})
}
