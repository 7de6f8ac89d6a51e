package webhook_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func TestVerifyAcceptsWhatStandardWebhooksSigns(t *testing.T) {
	// The test vector of the reference libraries.
	key, err := webhook.ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1614265330, 0)
	v, err := webhook.NewVerifier([]webhook.Key{key}, webhook.WithClock(func() time.Time { return at }))
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if err := v.Verify(h, []byte(`{"test": 2432232314}`)); err != nil {
		t.Fatal(err)
	}
}

func TestVerify(t *testing.T) {
	key, old, stranger := webhook.NewKey(), webhook.NewKey(), webhook.NewKey()
	body := envelope("task_1_update_7", "task.updated", `"sys_id":"1"`)
	sign := func(at time.Time, keys ...webhook.Key) http.Header {
		return webhook.Sign("task_1_update_7", at, body, keys...)
	}
	with := func(name string, values ...string) http.Header {
		h := sign(now, key)
		h[http.CanonicalHeaderKey(name)] = values
		return h
	}
	good := sign(now, key).Get(webhook.HeaderSignature)

	for name, c := range map[string]struct {
		h    http.Header
		body []byte
		want error
	}{
		"the current key":                {sign(now, key), body, nil},
		"the key being retired":          {sign(now, old), body, nil},
		"both signatures of a rotation":  {sign(now, stranger, key), body, nil},
		"an hour old":                    {sign(now.Add(-time.Hour), key), body, nil},
		"five minutes ahead":             {sign(now.Add(5*time.Minute), key), body, nil},
		"other versions beside ours":     {with("webhook-signature", "v2,x v1a,y "+good), body, nil},
		"no headers":                     {http.Header{}, body, webhook.ErrNoSignature},
		"no signature":                   {with("webhook-signature"), body, webhook.ErrNoSignature},
		"no id":                          {with("webhook-id"), body, webhook.ErrMalformed},
		"no timestamp":                   {with("webhook-timestamp"), body, webhook.ErrMalformed},
		"two ids":                        {with("webhook-id", "a", "b"), body, webhook.ErrMalformed},
		"two timestamps":                 {with("webhook-timestamp", "1", "2"), body, webhook.ErrMalformed},
		"two signature headers":          {with("webhook-signature", good, good), body, webhook.ErrMalformed},
		"an id with a full stop":         {with("webhook-id", "a.1"), body, webhook.ErrMalformed},
		"an id with a line break":        {with("webhook-id", "a\nb"), body, webhook.ErrMalformed},
		"an id with an umlaut":           {with("webhook-id", "ä"), body, webhook.ErrMalformed},
		"an empty id":                    {with("webhook-id", ""), body, webhook.ErrMalformed},
		"an id of 201 bytes":             {with("webhook-id", strings.Repeat("a", 201)), body, webhook.ErrMalformed},
		"a timestamp with a sign":        {with("webhook-timestamp", "+1767323045"), body, webhook.ErrMalformed},
		"a timestamp with a fraction":    {with("webhook-timestamp", "1767323045.0"), body, webhook.ErrMalformed},
		"a timestamp of thirteen digits": {with("webhook-timestamp", "1767323045000"), body, webhook.ErrMalformed},
		"seventeen signatures":           {with("webhook-signature", strings.Repeat(good+" ", 16)+good), body, webhook.ErrMalformed},
		"another key":                    {sign(now, stranger), body, webhook.ErrSignature},
		"another body":                   {sign(now, key), append(body, ' '), webhook.ErrSignature},
		"another id":                     {with("webhook-id", "task_1_update_8"), body, webhook.ErrSignature},
		"another timestamp":              {with("webhook-timestamp", "1767323046"), body, webhook.ErrSignature},
		"another version tag":            {with("webhook-signature", "v2"+good[2:]), body, webhook.ErrSignature},
		"no version tag":                 {with("webhook-signature", good[3:]), body, webhook.ErrSignature},
		"a cut signature":                {with("webhook-signature", good[:len(good)-1]), body, webhook.ErrSignature},
		"an empty signature":             {with("webhook-signature", "v1,"), body, webhook.ErrSignature},
		"more than an hour old":          {sign(now.Add(-time.Hour-time.Second), key), body, webhook.ErrTooOld},
		"dated next year":                {sign(now.AddDate(1, 0, 0), key), body, webhook.ErrTooNew},
		"old and forged is forged":       {sign(now.Add(-2*time.Hour), stranger), body, webhook.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			err := verifier(t, key, old).Verify(c.h, c.body)
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// A signature has one spelling: base64 decoders that ignore the last bits would accept others.
func TestVerifyRefusesAnotherSpellingOfTheSameSignature(t *testing.T) {
	key, body := webhook.NewKey(), envelope("a", "ping", "")
	h := webhook.Sign("a", now, body, key)
	good := h.Get(webhook.HeaderSignature)
	last := good[len(good)-2]
	other := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := strings.IndexByte(other, last) ^ 1
	h.Set(webhook.HeaderSignature, good[:len(good)-2]+other[i:i+1]+"=")
	if err := verifier(t, key).Verify(h, body); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("got %v", err)
	}
}

func TestNewVerifierRefusesWhatWouldAcceptAnything(t *testing.T) {
	one := []webhook.Key{webhook.NewKey()}
	for name, c := range map[string]struct {
		keys []webhook.Key
		opts []webhook.Option
	}{
		"no keys":                 {nil, nil},
		"a zero key":              {[]webhook.Key{one[0], {}}, nil},
		"tolerance to one side":   {one, []webhook.Option{webhook.WithTolerance(time.Hour, 0)}},
		"a tolerance of for ever": {one, []webhook.Option{webhook.WithTolerance(-1, time.Minute)}},
		"no clock":                {one, []webhook.Option{webhook.WithClock(nil)}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := webhook.NewVerifier(c.keys, c.opts...); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestToleranceIsAnOption(t *testing.T) {
	key, body := webhook.NewKey(), envelope("a", "ping", "")
	v, err := webhook.NewVerifier([]webhook.Key{key}, webhook.WithClock(clock),
		webhook.WithTolerance(5*time.Minute, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for offset, want := range map[time.Duration]error{
		-5 * time.Minute: nil, -301 * time.Second: webhook.ErrTooOld,
		time.Minute: nil, 61 * time.Second: webhook.ErrTooNew,
	} {
		err := v.Verify(webhook.Sign("a", now.Add(offset), body, key), body)
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%v: got %v, want %v", offset, err, want)
		}
	}
}

func TestParseKey(t *testing.T) {
	raw := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for text, ok := range map[string]bool{
		"whsec_" + raw(24): true, "whsec_" + raw(64): true, raw(32): true,
		"": false, "whsec_": false, "whsec_" + raw(23): false, "whsec_" + raw(65): false,
		"whsec_not base64": false, "WHSEC_" + raw(32): false, "whsec_" + raw(32)[:41]: false,
	} {
		k, err := webhook.ParseKey(text)
		if ok != (err == nil) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), strconv.Quote(text)) {
			t.Errorf("the error repeats the secret: %v", err)
		}
		if again, err := webhook.ParseKey(k.Export()); ok && (err != nil || !again.Equal(k)) {
			t.Errorf("%q does not survive Export: %v", text, err)
		}
	}
}
