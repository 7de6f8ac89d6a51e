package webhook_test

import (
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func TestRecentKeepsTheNewest(t *testing.T) {
	r := webhook.NewRecent(3)
	for i := range 5 {
		r.Observe(t.Context(), webhook.Delivery{At: now.Add(time.Duration(i) * time.Second), Status: i})
	}
	for since, want := range map[int][]int{0: {2, 3, 4}, 3: {3, 4}, 5: nil} {
		got, err := r.Since(t.Context(), now.Add(time.Duration(since)*time.Second))
		if err != nil || len(got) != len(want) {
			t.Fatalf("since %d: %v %v", since, got, err)
		}
		for i, d := range got {
			if d.Status != want[i] {
				t.Errorf("since %d: %v", since, got)
			}
		}
	}
}
