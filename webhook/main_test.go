package webhook_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func clock() time.Time { return now }

// envelope is a body as a rule makes it.
func envelope(id, kind, data string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"type":%q,"timestamp":"2026-01-02T03:04:05Z","spec":1,`+
		`"source":{"instance":"acme","rule":"task","version":3},"data":{%s}}`, id, kind, data)
}

func verifier(t testing.TB, keys ...webhook.Key) *webhook.Verifier {
	t.Helper()
	v, err := webhook.NewVerifier(keys, webhook.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
