// Command fleet pulls many tenants by several worker processes that share a message system and nothing else. Copy it:
// the SDK brings no engine of its own and needs none, its stores and its checkpoints fit on any that can swap.
//
//	cd examples/fleet
//	go run .                                      1,000 tenants, 4 workers, a NATS server and instances of its own
//	go run . -dsn nats://cluster:4222 -replicas 3 the same on your cluster
//	go run . -engine postgres -dsn postgres://…   the same on a database, for those who have only that
//	FLEET_DSN=… FLEET_KEY=… fleet worker          one worker, as you would deploy it
//
// # Who does what
//
// A pull of one tenant is a message of a work queue that holds at most one a tenant (engine.Enqueue). A worker takes it
// (worker.do), takes the tenant's lease, pulls from the stored checkpoint and publishes every change (puller.pull).
// Tokens, sealed, checkpoints, leases and the times at which an instance asked to be left alone are in the engine's
// key-value store or tables; the adapters pass the SDK's conformance suites, and everything they need is
// compare-and-swap. The lease and the stops (lease.go, stop.go) are a few lines over table.CheckpointStore.
//
// # Why nothing is lost
//
// A batch is published, and acknowledged as stored, before its checkpoint is saved. A worker that dies in between leaves
// the old checkpoint, and its message comes to another worker when nobody has beaten for a lease. A checkpoint is saved
// by compare-and-swap: of two workers that take each other for dead, the one that saves second is refused, and stops.
//
// # Why nothing is published twice
//
// A message's id is made of tenant, table, sys_id and version (sys_updated_on, sys_mod_count, or the deletion), so that
// what is published again after a crash has the id it had. On JetStream the id goes into Nats-Msg-Id, and the server
// drops what it has seen in the last ten minutes, restarts included. That window alone would not do: a fleet may be down
// for longer, and a paused process may wake up late. So
//
//   - a pull that is delivered for the second time asks, before it publishes, whether the last message about the record
//     is this version: each record has a subject of its own, and the stream answers from its index. It does not matter
//     how long the crash is ago.
//   - a paused worker that wakes up has lost its lease, and its context has ended; what it had on the wire meets the
//     window, which is twenty times the lease. Only a process that is frozen in the middle of a publication for longer
//     than the window can publish one batch again. Consumers for whom that matters keep ids in an inbox: it is the
//     pattern of webhook.Inbox.
//   - a record that was deleted and restored as it was has an id from before. The server calls it a duplicate, the last
//     message about the record says that it is not, and it is published under an id that names its place.
//
// On PostgreSQL the same question is part of the INSERT, under a lock of the tenant, and there is no window at all.
//
// # What it does not do
//
// The demonstration asks for each pull; a product asks every few minutes, and at once when a webhook comes: any number
// of schedulers may, since a tenant that is queued is not queued again. Messages are kept for ever: set the limits of
// the stream, or partition the table, as your consumers need. One NATS server that stands alone keeps what it has
// acknowledged when it is killed, but not when the power fails: use three, and -replicas 3. The clocks of the workers
// must agree within half a lease.
package main
