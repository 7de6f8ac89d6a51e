package auth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func TestStaticCredentials(t *testing.T) {
	for name, tt := range map[string]struct {
		credential auth.Static
		header     string
		want       string
	}{
		"bearer": {auth.Bearer(auth.NewSecret("canary-t")), "Authorization", "Bearer canary-t"},
		"basic": {auth.Basic("abel", auth.NewSecret("canary-p")), "Authorization", "Basic " +
			base64.StdEncoding.EncodeToString([]byte("abel:canary-p"))},
		"api key": {auth.APIKey(auth.NewSecret("canary-k")), "x-sn-apikey", "canary-k"},
	} {
		var c rest.Credential = tt.credential
		h := http.Header{}
		used, err := c.Authorize(t.Context(), h)
		if err != nil || h.Get(tt.header) != tt.want || len(h) != 1 {
			t.Errorf("%s: %v, %v", name, h, err)
		}
		if c.Refused(used) {
			t.Errorf("%s: there is no other credential to try", name)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", tt.credential, tt.credential, used), "canary") {
			t.Errorf("%s prints its secret", name)
		}
	}
	for name, c := range map[string]auth.Static{"zero": {}, "bearer": auth.Bearer(auth.Secret{}),
		"key": auth.APIKey(auth.Secret{})} {
		if _, err := c.Authorize(t.Context(), http.Header{}); !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s without a secret: %v", name, err)
		}
	}
}

// The hot path: a fresh token, from many goroutines, without a lock. The measure beside it is setting the header alone.
func BenchmarkAuthorize(b *testing.B) {
	server := &tokenserver.Server{}
	s := source(b, auth.SourceConfig{App: app(b, server), Store: connected(b, server, 20*time.Minute)})
	for name, credential := range map[string]rest.Credential{"source": s,
		"static": auth.Bearer(auth.NewSecret("canary-access-1"))} {
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				h := http.Header{}
				for pb.Next() {
					if _, err := credential.Authorize(b.Context(), h); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
	if n := server.Stats().Requests; n != 0 {
		b.Errorf("%d exchanges", n)
	}
}
