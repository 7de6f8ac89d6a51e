package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// natsEngine keeps everything in JetStream: a work queue of tenants, a log of changes, and key-value buckets.
type natsEngine struct {
	conn    *nats.Conn
	js      jetstream.JetStream
	queue   jetstream.Consumer
	changes jetstream.Stream
	state   jetstream.KeyValue
	inbox   jetstream.KeyValue
	c       config
}

const (
	queueStream, queueSubject   = "FLEET_QUEUE", "fleet.pull."
	changeStream, changeSubject = "FLEET_CHANGES", "fleet.change."
	dedupeWindow                = 10 * time.Minute // far longer than a lease: see doc.go
	requestTimeout              = 3 * time.Second
	publishesAtATime            = 32
)

func openNATS(ctx context.Context, c config) (_ engine, err error) {
	e := &natsEngine{c: c}
	e.conn, err = nats.Connect(c.dsn, nats.Name("fleet"), nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond),
		nats.RetryOnFailedConnect(true))
	if err != nil {
		return nil, err
	}
	if e.js, err = jetstream.New(e.conn); err == nil {
		err = e.prepare(ctx)
	}
	if err != nil {
		e.conn.Close()
		return nil, fmt.Errorf("NATS: %w", err)
	}
	return e, nil
}

// prepare makes the streams and the bucket, or changes them to what they should be.
func (e *natsEngine) prepare(ctx context.Context) error {
	queue, err := e.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: queueStream, Subjects: []string{queueSubject + "*"}, Retention: jetstream.WorkQueuePolicy,
		// One message a tenant: a second one is refused as long as the first is not done.
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, Replicas: e.c.replicas,
	})
	if err != nil {
		return err
	}
	e.queue, err = queue.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: "workers", AckPolicy: jetstream.AckExplicitPolicy, AckWait: e.c.lease, MaxAckPending: -1,
	})
	if err != nil {
		return err
	}
	e.changes, err = e.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: changeStream, Subjects: []string{changeSubject + ">"}, Duplicates: dedupeWindow, Replicas: e.c.replicas,
	})
	if err != nil {
		return err
	}
	if e.state, err = e.bucket(ctx, "fleet", 0); err == nil {
		e.inbox, err = e.bucket(ctx, "fleet_inbox", webhook.DefaultKeep)
	}
	return err
}

// bucket makes a bucket that forgets after ttl, if that is not 0. It is read from the leader only: a replica may lag
// behind, and who swaps must see what was swapped before.
func (e *natsEngine) bucket(ctx context.Context, name string, ttl time.Duration) (jetstream.KeyValue, error) {
	_, err := e.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name, TTL: ttl, Replicas: e.c.replicas})
	if err != nil && !errors.Is(err, jetstream.ErrBucketExists) {
		return nil, err
	}
	stream, err := e.js.Stream(ctx, "KV_"+name)
	if err != nil {
		return nil, err
	}
	if leaderOnly := stream.CachedInfo().Config; leaderOnly.AllowDirect {
		leaderOnly.AllowDirect = false
		if _, err := e.js.UpdateStream(ctx, leaderOnly); err != nil {
			return nil, err
		}
	}
	return e.js.KeyValue(ctx, name)
}

func (e *natsEngine) Close() { e.conn.Close() }

func (e *natsEngine) Tokens() auth.TokenStore            { return natsTokens{e.state} }
func (e *natsEngine) Checkpoints() table.CheckpointStore { return natsCheckpoints{e.state} }
func (e *natsEngine) Inbox() webhook.Inbox               { return natsInbox{e.inbox, webhook.DefaultLease} }

// brief bounds one request to the server, which a server that dies never answers. The caller's own time is not spent
// on waiting for that.
func brief(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, requestTimeout)
}

func (e *natsEngine) Enqueue(ctx context.Context, tenant string) error {
	ctx, cancel := brief(ctx)
	defer cancel()
	_, err := e.js.Publish(ctx, queueSubject+word(tenant), []byte(tenant))
	var refused *jetstream.APIError
	if errors.As(err, &refused) && strings.Contains(refused.Description, "maximum messages per subject") {
		return nil
	}
	return err
}

func (e *natsEngine) Next(ctx context.Context) (*job, error) {
	m, err := e.queue.Next(jetstream.FetchMaxWait(2 * time.Second))
	if errors.Is(err, nats.ErrTimeout) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	about, err := m.Metadata()
	if err != nil {
		return nil, err
	}
	return &job{
		tenant: string(m.Data()), again: about.NumDelivered > 1,
		beat: func(context.Context) error { return m.InProgress() },
		done: func(ctx context.Context) error { // a lost acknowledgement would be a second pull
			ctx, cancel := brief(ctx)
			defer cancel()
			return m.DoubleAck(ctx)
		},
		later: func(_ context.Context, d time.Duration) error { return m.NakWithDelay(d) },
	}, nil
}

func (e *natsEngine) Queued(ctx context.Context) (int, error) {
	ctx, cancel := brief(ctx)
	defer cancel()
	stream, err := e.js.Stream(ctx, queueStream)
	if err != nil {
		return 0, err
	}
	return int(stream.CachedInfo().State.Msgs), nil
}

func (e *natsEngine) Publish(ctx context.Context, batch []message, ask bool) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(publishesAtATime)
	for _, m := range batch {
		all.Go(func() error { return e.publish(ctx, m, ask) })
	}
	return all.Wait()
}

func (e *natsEngine) publish(ctx context.Context, m message, ask bool) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	subject := changeSubject + word(m.Tenant) + "." + word(m.Table) + "." + word(m.SysID)
	id := subject + "." + m.Version
	if ask {
		if last, _, err := e.last(ctx, subject); err != nil || last == m.Version {
			return err
		}
	}
	ack, err := e.store(ctx, subject, id, body)
	if err != nil || !ack.Duplicate {
		return err
	}
	// The id is known: the message is there, or an older one, of a record that was deleted since and restored as it was.
	last, sequence, err := e.last(ctx, subject)
	if err != nil || last == m.Version {
		return err
	}
	_, err = e.store(ctx, subject, fmt.Sprint(id, "@", sequence), body)
	return err
}

// store publishes until the server has it: it may be away for a while, and drops what it has already.
func (e *natsEngine) store(ctx context.Context, subject, id string, body []byte) (*jetstream.PubAck, error) {
	for {
		once, cancel := brief(ctx)
		ack, err := e.js.Publish(once, subject, body, jetstream.WithMsgID(id))
		cancel()
		var refused *jetstream.APIError
		if err == nil || ctx.Err() != nil || errors.As(err, &refused) && refused.Code < 500 {
			return ack, err
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// last is the version of the last message about a record, and its place in the log.
func (e *natsEngine) last(ctx context.Context, subject string) (version string, sequence uint64, err error) {
	ctx, cancel := brief(ctx)
	defer cancel()
	raw, err := e.changes.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	var m message
	err = json.Unmarshal(raw.Data, &m)
	return m.Version, raw.Sequence, err
}

func (e *natsEngine) Published(ctx context.Context, f func(message) error) error {
	stream, err := e.js.Stream(ctx, changeStream)
	if err != nil {
		return err
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return err
	}
	for left := stream.CachedInfo().State.Msgs; left > 0; {
		got, err := consumer.Fetch(int(min(left, 500)), jetstream.FetchMaxWait(requestTimeout))
		if err != nil {
			return err
		}
		for raw := range got.Messages() {
			left--
			var m message
			if err := json.Unmarshal(raw.Data(), &m); err != nil {
				return err
			}
			if err := f(m); err != nil {
				return err
			}
		}
		if err := got.Error(); err != nil {
			return err
		}
	}
	return nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// word writes any text as one word of a subject or a key, and no two as the same.
func word(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "=" + base64.RawURLEncoding.EncodeToString([]byte(s))
}
