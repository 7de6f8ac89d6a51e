package rules

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// messageBridge is RESTMessageV2 and RESTResponseV2.
func (m *machine) messageBridge() map[string]func(args) any {
	return map[string]func(args) any{
		"newMessage": func(args) any {
			m.messages = append(m.messages, &message{header: http.Header{}, names: map[string]string{},
				query: url.Values{}, parameters: map[string]string{}, method: http.MethodGet})
			return len(m.messages) - 1
		},
		"message":        func(a args) any { m.messages[a.int(0)].set(a.text(1), a.text(2), a.text(3)); return nil },
		"messagePart":    func(a args) any { return m.messages[a.int(0)].part(a.text(1), a.text(2)) },
		"messageHeaders": func(a args) any { return maps.Clone(m.messages[a.int(0)].headers()) },
		"execute":        func(a args) any { return m.execute(m.messages[a.int(0)]) },
		"executeAsync":   func(a args) any { return m.executeAsync(m.messages[a.int(0)]) },
		"response":       func(a args) any { return m.responses[a.int(0)].part(a.text(1), a.text(2)) },
		"await":          func(a args) any { m.await(m.responses[a.int(0)]); return nil },
	}
}

func (msg *message) set(part, a, b string) {
	switch part {
	case "endpoint":
		msg.endpoint = a
	case "method":
		msg.method = strings.ToUpper(a)
	case "body":
		msg.body = a
	case "timeout":
		if ms, err := strconv.ParseFloat(a, 64); err == nil {
			msg.timeout = time.Duration(ms) * time.Millisecond
		}
	case "header":
		msg.header.Set(a, b)
		msg.names[http.CanonicalHeaderKey(a)] = a
	case "query":
		msg.query.Set(a, b)
	case "parameter":
		msg.parameters[a] = b
	case "verbatim":
		msg.verbatim = true
	case "basic":
		msg.user, msg.password = a, b
	}
}

func (msg *message) part(part, name string) any {
	switch part {
	case "endpoint":
		return msg.endpoint
	case "body":
		return msg.body
	}
	return orNull(msg.header.Get(name))
}

func (msg *message) headers() map[string]string {
	out := map[string]string{}
	for _, canonical := range slices.Sorted(maps.Keys(msg.names)) {
		out[msg.names[canonical]] = msg.header.Get(canonical)
	}
	return out
}

func (m *machine) delivery(async bool) Delivery {
	return Delivery{Async: async, Rule: m.rule.Get("name"), User: userName(m.tx.session)}
}

// execute sends now: the writer of an after rule waits for it. It throws when no answer comes.
func (m *machine) execute(msg *message) any {
	r := m.tx.engine.send(m.tx.engine.ctx, *msg, m.delivery(false))
	if r.err != nil {
		m.throw(r.err.Error())
	}
	m.responses = append(m.responses, r)
	return len(m.responses) - 1
}

// executeAsync queues: a row of ecc_queue, and a worker that sends it after the request. The message is as it was at
// the time of the call.
func (m *machine) executeAsync(msg *message) any {
	e, d := m.tx.engine, m.delivery(true)
	out := &response{done: make(chan struct{})}
	m.responses = append(m.responses, out)
	snapshot := *msg
	snapshot.header = msg.header.Clone()
	queued, err := e.DB.Insert(m.tx.session, "ecc_queue", map[string]string{
		"agent": "", "topic": "RESTProbe", "name": snapshot.method, "source": snapshot.endpoint, "queue": "output",
		"state": "ready",
	}, db.WithoutWorkflow())
	if err != nil {
		m.throw(err.Error())
	}
	m.tx.later = append(m.tx.later, func() { e.deliver(queued.SysID(), snapshot, d, out) })
	return len(m.responses) - 1
}

// deliver sends a queued request and records the outcome in its queue row.
func (e *Engine) deliver(queued string, msg message, d Delivery, out *response) {
	e.spawn(e.workers, func(ctx context.Context) {
		defer close(out.done)
		r := e.send(ctx, msg, d)
		out.status, out.header, out.body, out.err = r.status, r.header, r.body, r.err
		state, why := "processed", ""
		if r.err != nil {
			state, why = "error", r.err.Error()
		}
		_, _ = e.DB.Update(db.Session{System: true}, "ecc_queue", queued,
			map[string]string{"state": state, "error_string": why}, db.WithoutWorkflow())
	})
}

// await is waitForResponse, or a getter called on the answer of executeAsync: it would wait for a request that is
// sent only after this script. On the platform it waits up to 30 s; here it is refused, since a rule that waits has
// lost what executeAsync is for.
func (m *machine) await(r *response) {
	if r.done != nil {
		m.throw("waitForResponse on executeAsync is not emulated by servicenowtest: it makes the user wait again")
	}
}

func (r *response) part(part, name string) any {
	if r.done != nil {
		select {
		case <-r.done:
		default:
			return nil // not there yet
		}
	}
	switch part {
	case "status":
		return r.status
	case "body":
		return r.body
	case "header":
		return orNull(r.header.Get(name))
	case "failed":
		return r.err != nil || r.status >= 400
	case "error":
		if r.err != nil {
			return r.err.Error()
		}
		return ""
	case "code":
		if r.err != nil {
			return 1
		}
		return 0
	}
	return nil
}
