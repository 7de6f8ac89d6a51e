// Package servicenow connects products to their customers' ServiceNow instances.
//
// It is built for hosts that serve many customers at once from several replicas: a [Connector] keeps each customer's
// connection alive, from the consent in a popup through token refreshes, restarts and mistakes; a [Client] reads and
// writes what the connection may reach; [Client.Pull] reads everything that a [Capability] needs, so that nothing is
// lost and nothing comes twice; and the webhooks that package provision installs on an instance arrive, verified and
// typed, through package webhook.
//
// A tool with one instance needs two lines:
//
//	sn, err := servicenow.New(instance, servicenow.WithBasicAuth(user, password))
//	me, err := sn.Users.Me(ctx)
//
// The rooms behind the front door:
//
//   - auth: OAuth, token stores, the one refresh for each tenant
//   - table: rows, queries, lists, feeds, batches
//   - casesvc, account, attachment, knowledge: the APIs of these names
//   - provision, webhook: installing webhooks on an instance, and receiving them
//   - servicenowtest: an instance in a process, for tests
//
// Nothing here logs unless it is told to, and no secret ever appears in a log line, an error or a printed value.
package servicenow
