package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func TestKeyIsNeverPrinted(t *testing.T) {
	k := webhook.NewKey()
	host := struct {
		Key    webhook.Key
		hidden webhook.Key
		V      *webhook.Verifier
	}{k, k, verifier(t, k)}
	asJSON, err := json.Marshal(host)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("key", "key", k, "host", host)
	outputs := []string{string(asJSON), log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		outputs = append(outputs, fmt.Sprintf(verb, k), fmt.Sprintf(verb, host), fmt.Sprintf(verb, &host))
	}
	secret := strings.TrimPrefix(k.Export(), webhook.SecretPrefix)
	for _, out := range outputs {
		if strings.Contains(out, secret) || strings.Contains(out, secret[:12]) {
			t.Errorf("the secret is in %s", out)
		}
	}
	if want := "webhook.Key(" + k.ID() + ")"; fmt.Sprintf("%v", k) != want || len(k.ID()) != 8 {
		t.Errorf("%v, want %s", k, want)
	}
}

func TestKeysDiffer(t *testing.T) {
	a, b := webhook.NewKey(), webhook.NewKey()
	if a.Equal(b) || a.ID() == b.ID() || (webhook.Key{}).Equal(webhook.Key{}) || !a.Equal(a) {
		t.Error("Equal or ID does not tell keys apart")
	}
}
