package provision

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// slow is an answer time beyond which the platform's four connections for one host become the bottleneck.
const slow = 2 * time.Second

// traffic is layer D: what leaves the instance, and what becomes of it.
func (e *examination) traffic(ctx context.Context) {
	since := e.Conn.Now().UTC().Add(-24 * time.Hour).Format(time.DateTime)
	stale := e.Conn.Now().UTC().Add(-5 * time.Minute).Format(time.DateTime)
	event := e.Spec.Vendor + ".webhook"
	// The columns of the outbound log are not documented: rows come whole, and are picked from.
	ops := []rest.Op{
		listOp("sys_outbound_http_log", "sys_created_on>="+since+"^ORDERBYDESCsys_created_on", "", 200),
		listOp("syslog", "messageLIKE"+event+"^sys_created_on>="+since+"^ORDERBYDESCsys_created_on",
			"message,sys_created_on", 5),
		listOp("ecc_queue", "queue=output^state=ready^sys_created_on<"+stale, "sys_id", 1),
		listOp("sysevent", "name="+event+"^stateINready,error^process_on<"+stale, "state", 1),
		listOp("sys_properties", "nameINglide.outbound_http.db.log,glide.outbound_http_log.override", "name,value", 2),
	}
	answers, err := e.p.exchange(ctx, "traffic", ops)
	if err != nil {
		e.note("D1", Unknown, "outbound log", err.Error(), "")
		return
	}
	off := e.logging(answers[4])
	reached := e.reach(ctx)
	e.outbound(answers[0], off, reached)
	e.logged(answers[1])
	e.backlog(answers[2], answers[3])
}

// logged looks at what the scripts wrote into the system log.
func (e *examination) logged(a answer) {
	switch {
	case len(a.rows) > 0:
		e.note("D2", Warn, "scripts", "logged: "+get(a.rows[0], "message"),
			"act on the message; run the provisioning again if it is about the key")
	case a.err != nil || !e.admin:
		e.note("D2", Unknown, "scripts", "the system log cannot be read",
			"let an admin look for "+e.Spec.Vendor+".webhook in it")
	default:
		e.note("D2", OK, "scripts", "logged no error within a day", "")
	}
}

// backlog looks at what waits: requests of direct delivery, events of queued.
func (e *examination) backlog(requests, events answer) {
	switch {
	case len(requests.rows)+len(events.rows) > 0:
		e.note("D3", Warn, "backlog", "requests wait for more than 5 minutes, or failed",
			"look at the instance's scheduler workers, its ECC queue and its events: deliveries are late, not lost")
	case requests.err != nil || events.err != nil || !e.admin:
		e.note("D3", Unknown, "backlog", "the queues cannot be read", "let an admin look at the ECC queue and the events")
	default:
		e.note("D3", OK, "backlog", "none", "")
	}
}

// logging tells whether the outbound log can be relied on.
func (e *examination) logging(a answer) (off bool) {
	for _, r := range a.rows {
		switch {
		case get(r, "name") == "glide.outbound_http.db.log" && get(r, "value") == "false":
			off = true
			e.note("D4", Warn, "outbound log", "is switched off by glide.outbound_http.db.log",
				"switch it on to see what leaves the instance")
		case get(r, "name") == "glide.outbound_http_log.override" && get(r, "value") == "true":
			e.note("D4", Warn, "outbound log", "glide.outbound_http_log.override is on: headers, and so our "+
				"signatures, are stored",
				"switch it off")
		}
	}
	return off
}

// reach tries the receiver from here. The handler answers 405 to a GET, but any answer shows that it is there.
func (e *examination) reach(ctx context.Context) error {
	target := e.callbackURL()
	if e.Reach == nil || target == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := e.Reach.Do(req)
	if err == nil {
		return resp.Body.Close()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the URL
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		e.note("D0", Fail, "receiver", "presents a certificate that is not trusted: "+err.Error(),
			"install a certificate of a public authority with its whole chain: instances trust no other")
		return err
	}
	e.note("D0", Fail, "receiver", "is down: "+err.Error(), "start the receiver, and check its name and port from outside")
	return err
}

func (e *examination) callbackURL() string {
	for _, p := range e.Spec.Properties {
		if p.Key == "callback_url" {
			return p.Value
		}
	}
	return ""
}

// outbound judges the newest request to our host.
func (e *examination) outbound(a answer, off bool, reached error) {
	host := ""
	if u, err := url.Parse(e.callbackURL()); err == nil {
		host = u.Hostname()
	}
	switch {
	case reached != nil:
		return // said already, and better
	case a.err != nil:
		e.note("D1", Unknown, "outbound log", "cannot be read: "+a.err.Error(),
			"let an admin look at System Logs, Outbound HTTP Requests")
		return
	}
	for _, r := range a.rows {
		if pick(r, "hostname", "host", "host_name", "url_hostname") == host {
			e.request(r)
			return
		}
	}
	if !off {
		e.note("D1", Unknown, "outbound log", "has no request to "+host+" within a day",
			"change a record, or use a canary, and look again")
	}
}

// pick is the first column that the row has: public readers of this log disagree about their names.
func pick(r table.Record, names ...string) string {
	for _, n := range names {
		if v := get(r, n); v != "" {
			return v
		}
	}
	return ""
}

func (e *examination) request(r table.Record) {
	status, _ := strconv.Atoi(pick(r, "response_status", "http_status", "status", "status_code"))
	took, _ := strconv.Atoi(pick(r, "response_time", "total_time", "time_taken"))
	elapsed := time.Duration(took) * time.Millisecond
	seen := fmt.Sprintf("the newest request was answered %d after %v", status, elapsed)
	switch {
	case status == 0 && elapsed >= slow:
		e.note("D1", Fail, "receiver", fmt.Sprintf("is slow: no answer within %v", elapsed),
			"answer within half a second: keep the event, and work later")
	case status == 0:
		e.note("D1", Fail, "receiver", "the instance got no answer from it",
			"check name, port and certificate as seen from the instance")
	case status == http.StatusUnauthorized:
		e.note("D1", Fail, "receiver",
			"refuses the signature (401): the secret on the instance is not the receiver's, or the "+
				"clocks differ",
			"write the secret again: provision with a new key")
	case status == http.StatusForbidden:
		e.note("D1", Fail, "receiver", "refuses this instance (403): it takes it for a clone",
			"connect this instance as a tenant of its own")
	case status == http.StatusNotFound:
		e.note("D1", Fail, "receiver", "does not know the tenant of the URL (404)", repair)
	case status >= http.StatusBadRequest:
		e.note("D1", Fail, "receiver", seen, "look at the receiver's own log")
	case elapsed >= slow:
		e.note("D1", Warn, "receiver", "is slow: "+seen, "answer within half a second: keep the event, and work later")
	default:
		e.note("D1", OK, "receiver", seen, "")
	}
}
