// Command verify checks requests, one JSON object a line, with the reference library of Standard Webhooks: the receiver
// that we did not write. It names each request that the library refuses, and fails if there is one.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type request struct {
	Script  string            `json:"script"`
	Case    string            `json:"case"`
	Secrets []string          `json:"secrets"` // each of them must verify it
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"` // base64 of the bytes that left the instance
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	good, bad := 0, 0
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Println("unreadable line:", err)
			os.Exit(2)
		}
		if err := check(r); err != nil {
			fmt.Printf("REFUSED %s (%s): %v\n", r.Script, r.Case, err)
			bad++
			continue
		}
		good++
	}
	fmt.Printf("%d requests verified, %d refused\n", good, bad)
	if bad > 0 || good == 0 || lines.Err() != nil {
		os.Exit(1)
	}
}

func check(r request) error {
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	var body struct{ ID string }
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return err
	}
	if body.ID != header.Get("webhook-id") {
		return fmt.Errorf("the body's id is %q, the header's %q", body.ID, header.Get("webhook-id"))
	}
	for _, secret := range r.Secrets {
		w, err := webhooks.NewWebhook(secret)
		if err != nil {
			return err
		}
		if err := w.Verify(r.Body, header); err != nil {
			return err
		}
	}
	return nil
}
