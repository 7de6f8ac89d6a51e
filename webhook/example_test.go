package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// A receiver for many tenants, and a delivery to it as a rule would send it.
func Example() {
	key := webhook.NewKey()
	handler, err := webhook.NewHandler(webhook.HandlerConfig{
		Resolve: func(_ context.Context, tenant string) (webhook.Endpoint, error) {
			if tenant != "t-42" {
				return webhook.Endpoint{}, webhook.ErrUnknownTenant
			}
			return webhook.Endpoint{Keys: []webhook.Key{key}, Instance: "acme"}, nil
		},
		Receive: func(_ context.Context, e webhook.Event) error {
			switch e := e.(type) {
			case *webhook.CommentAdded:
				fmt.Println("comment on", e.Record.Table, "by", e.By)
			case *webhook.TaskChanged:
				fmt.Println(e.Class, e.Number, e.Operation, e.Changed)
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("POST /hooks/servicenow/{tenant}", handler)

	body := []byte(`{"id":"task_9d38_update_7","type":"task.updated","timestamp":"2026-01-02T03:04:05Z","spec":1,` +
		`"source":{"instance":"acme","rule":"task","version":1},"data":{"table":"incident","sys_id":"9d38",` +
		`"number":"INC0010001","operation":"update","mod_count":"7","changed":["state"]}}`)
	for _, tenant := range []string{"t-42", "t-42", "t-43"} {
		r := httptest.NewRequest(http.MethodPost, "/hooks/servicenow/"+tenant, bytes.NewReader(body))
		r.Header = webhook.Sign("task_9d38_update_7", time.Now(), body, key)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// incident INC0010001 update [state]
	// 200
	// 200
	// 404
}
