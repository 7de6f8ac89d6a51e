package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// fourKB is a delivery of 4 KB as the comment rule sends it: a long text with a few escapes in it.
func fourKB() []byte {
	line := `The printer on floor 3 prints blank pages again, see the photo.\u000aIt cost \u002430 last time. `
	return []byte(`{"id":"comment_9d385017c611228701d22104cc95c371_insert","type":"comment.created",` +
		`"timestamp":"2026-01-02T03:04:05Z","spec":1,"source":{"instance":"acme","rule":"comment","version":1},` +
		`"data":{"table":"sys_journal_field","sys_id":"9d385017c611228701d22104cc95c371","operation":"insert",` +
		`"element":"comments","created_on":"2026-01-02T03:04:05Z","created_by":"abel.tuter","actor":"abel.tuter",` +
		`"text":"` + strings.Repeat(line, 37) + `","truncated":"false",` +
		`"parent":{"table":"sn_customerservice_case","sys_id":"46d44a23a9fe19810012d100cca80666"}}}`)
}

// bare is what nobody can do without: the MAC and a decoded body.
func bare(tb testing.TB, key, body []byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	mac.Sum(nil)
	var v struct {
		ID, Type, Timestamp string
		Spec                int
		Source              struct {
			Instance, Rule string
			Version        int
		}
		Data struct {
			Table, SysID, Operation, Element, Actor, Text, Truncated string
			Parent                                                   struct{ Table, SysID string }
		}
	}
	if err := json.Unmarshal(body, &v); err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkVerifyAndParse(b *testing.B) {
	key, body := webhook.NewKey(), fourKB()
	now := time.Unix(1767323045, 0)
	h := webhook.Sign("comment_9d385017c611228701d22104cc95c371_insert", now, body, key)
	v, err := webhook.NewVerifier([]webhook.Key{key}, webhook.WithClock(func() time.Time { return now }))
	if err != nil {
		b.Fatal(err)
	}
	secret := make([]byte, 32)
	rounds := 0
	var ours, theirs time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, err := v.Event(h, body); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		bare(b, secret, body)
		theirs += time.Since(start)
		b.StartTimer()
		rounds++
	}
	b.SetBytes(int64(len(body)))
	b.ReportMetric(float64(ours)/float64(theirs), "×bare")
}

func TestVerifyAndParseAllocatesLittle(t *testing.T) {
	key, body := webhook.NewKey(), fourKB()
	h := webhook.Sign("comment_9d385017c611228701d22104cc95c371_insert", time.Now(), body, key)
	v, err := webhook.NewVerifier([]webhook.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(100, func() {
		if _, err := v.Event(h, body); err != nil {
			t.Fatal(err)
		}
	})
	if n > 10 {
		t.Errorf("%v allocations for a delivery of %d bytes, promised 10", n, len(body))
	}
}
