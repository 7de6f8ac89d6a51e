package db

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestHooksSeeEveryWriteInOrder(t *testing.T) {
	d, _ := clockDB()
	var log []string
	d.OnWrite(func(w Write) error {
		phase := map[Phase]string{Before: "before", After: "after"}[w.Phase]
		log = append(log, phase+" "+string(w.Op)+" "+w.Class)
		return nil
	})
	r := mustInsert(t, d, ada, "incident", map[string]string{"comments": "hi"})
	if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{"state": "2"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(ada, "incident", r.SysID()); err != nil {
		t.Fatal(err)
	}
	want := "before insert incident|before insert sys_journal_field|after insert sys_journal_field|after insert incident|" +
		"before update incident|after update incident|before delete incident|after delete incident"
	if got := strings.Join(log, "|"); got != want {
		t.Errorf("hooks saw\n%s, want\n%s", got, want)
	}
}

func TestBeforeHooksChangeAndAbort(t *testing.T) {
	d, _ := clockDB()
	no := errors.New("no")
	d.OnWrite(func(w Write) error {
		if w.Phase != Before || w.Class != "incident" {
			return nil
		}
		if w.Draft == nil || w.Draft.Get("short_description") == "bad" {
			return no
		}
		if w.Op == OpInsert && (w.Draft.Get("number") == "" || len(w.Draft.SysID()) != 32) {
			t.Errorf("a before-hook sees number %q and sys_id %q", w.Draft.Get("number"), w.Draft.SysID())
		}
		if w.Draft.Changed("short_description") {
			w.Draft.Set("description", "from a rule: "+w.Draft.Get("short_description"))
			w.Draft.Set("bogus", "x")
		}
		return nil
	})
	r := mustInsert(t, d, ada, "incident", map[string]string{"short_description": "good"})
	if r.Get("description") != "from a rule: good" {
		t.Errorf("description %q", r.Get("description"))
	}
	if _, err := d.Insert(ada, "incident", map[string]string{"short_description": "bad"}); !errors.Is(err, no) {
		t.Errorf("insert: %v", err)
	}
	if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{"short_description": "bad"}); !errors.Is(err, no) {
		t.Errorf("update: %v", err)
	}
	if err := d.Delete(ada, "incident", r.SysID()); !errors.Is(err, no) {
		t.Errorf("delete: %v", err)
	}
	if now, _ := d.Get("incident", r.SysID()); now.Get("short_description") != "good" || len(d.All("incident")) != 1 {
		t.Errorf("an aborted write left something: %v", now.Values())
	}
}

func TestAfterHooksMayWriteTheSameRecord(t *testing.T) {
	d, _ := clockDB()
	d.OnWrite(func(w Write) error {
		if w.Phase == After && w.Op == OpInsert && w.Class == "incident" {
			_, err := d.Update(w.Session, "incident", w.Current.SysID(), map[string]string{"state": "2"})
			return err
		}
		return nil
	})
	r := mustInsert(t, d, ada, "incident", nil)
	if now, _ := d.Get("incident", r.SysID()); now.Get("state") != "2" || now.Get("sys_mod_count") != "1" {
		t.Errorf("%v", now.Values())
	}
}

func TestDraftTellsWhatAWriteChanges(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", map[string]string{"state": "1"})
	d.OnWrite(func(w Write) error {
		if w.Phase == Before && w.Op == OpUpdate {
			for column, want := range map[string]bool{"state": true, "priority": false, "comments": true, "work_notes": false,
				"impact": false} {
				if got := w.Draft.Changed(column); got != want {
					t.Errorf("Changed(%s) is %v", column, got)
				}
			}
			if w.Draft.Get("comments") != "hi" || w.Journal["comments"] != "hi" || w.Draft.SysID() != r.SysID() ||
				w.Previous.Get("state") != "1" || w.Draft.Row().Get("state") != "2" {
				t.Errorf("draft %+v", w.Draft)
			}
		}
		return nil
	})
	_, err := d.Update(ada, "incident", r.SysID(), map[string]string{"state": "2", "impact": "3", "comments": "hi"})
	if err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	var wg sync.WaitGroup
	columns := []string{"short_description", "description", "correlation_id", "close_notes"}
	for _, c := range columns {
		wg.Go(func() {
			for _, v := range []string{"1", "2", "3", "4", "5"} {
				if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{c: v}); err != nil {
					t.Error(err)
				}
				if _, err := d.Query(ada, Query{Table: "task", Encoded: c + "=" + v}); err != nil {
					t.Error(err)
				}
				if _, err := d.Insert(ada, "problem", nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	now, _ := d.Get("incident", r.SysID())
	if now.Get("sys_mod_count") != "20" {
		t.Errorf("20 writes were counted as %s", now.Get("sys_mod_count"))
	}
	for _, c := range columns {
		if now.Get(c) != "5" {
			t.Errorf("%s is %q", c, now.Get(c))
		}
	}
	if n, _ := d.Count(ada, "problem", ""); n != 20 {
		t.Errorf("%d problems", n)
	}
}
