package servicenowtest

import (
	"log/slog"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// Option changes how a server is started.
type Option func(*options)

type options struct {
	instance string
	seed     uint64
	clock    *Clock
	logger   *slog.Logger
	outbound *http.Client
	address  string
	proxy    string
	pipes    bool
	empty    bool
	users    []User
	clients  []OAuthClient
	policies []AccessPolicy
	limits   []RateLimit
	acls     []ACL
	apiKeys  map[string]string
	sample   []SampleData
	switches Switches
	threads  int
	queue    int
}

// Switches are the behaviours on which instances, releases or sources disagree. The zero value is the documented
// default, or where nothing is documented the more probable behaviour. [Server.Switch] changes them while it runs.
type Switches struct {
	// InvalidQuery is what becomes of a query clause that names an unknown column.
	InvalidQuery InvalidQuery
	// LiteralsInUserZone reads date literals of queries in the caller's time zone instead of UTC: sources disagree.
	LiteralsInUserZone bool
	// FoldCase compares text in queries without regard to letter case, as instances on a case-insensitive database do.
	FoldCase bool
	// SplitCarets ends a clause at every caret, also at a doubled one: that ^^ is a caret of a value is documented for a
	// helper of server scripts, and not for sysparm_query.
	SplitCarets bool
	// CountHonoursACL makes X-Total-Count count only the rows that the caller may read.
	CountHonoursACL bool
	// RangeRefused is the query_range ACL: ranges and sorting on a column it names make the query forbidden.
	RangeRefused func(table, column string) bool
	// MatchRefused is the query_match ACL: equality and emptiness on a column it names make the query forbidden.
	MatchRefused func(table, column string) bool
	// AllowAnyChoice is glide.rest.choice.allow_non_existing_value.
	AllowAnyChoice bool
	// BatchServices cuts a batch after this many requests, as the 30 second quota does; 0 means never.
	BatchServices int
	// NullColumns name columns whose empty cells come as JSON null instead of "".
	NullColumns map[string]bool
	// HasMore gives lists of accounts, contacts and consumers the hasMore member that their pages mention and their
	// samples do not show.
	HasMore bool
	// RepeatRows makes every list repeat its first row at its end.
	RepeatRows bool

	// RotateRefreshTokens gives a new refresh token with every refresh and refuses the old one.
	RotateRefreshTokens bool
	// OmitRefreshToken leaves the refresh token out of the answer to a refresh: one page says that such a request
	// "returns only an access token", and in the next breath that it returns the current refresh token.
	OmitRefreshToken bool
	// RefuseRedirectMismatch shows an error page for an unregistered redirect_uri. The documented behaviour is to use
	// the first registered URL.
	RefuseRedirectMismatch bool
	// RESTRoleRequired switches on the REST API ACLs of the Table, Aggregate, Attachment and Import Set APIs, which
	// ship deactivated: callers need the role snc_platform_rest_api_access.
	RESTRoleRequired bool
	// KnowledgeRequiresLogin is "Requires authentication" of the Knowledge API.
	KnowledgeRequiresLogin bool

	// ForeignScopeRules is what becomes of an after rule on a table of another application scope.
	ForeignScopeRules ForeignScopeRules
	// SealedProperties makes gs.getProperty return the cipher text of a property of type password2, instead of the
	// clear text: it is unknown which of the two an instance does, release by release.
	SealedProperties bool
	// JavaStrings makes the getters of the Glide API return Java strings whose typeof is "object".
	JavaStrings bool
}

// InvalidQuery is what an instance does with a clause that it does not understand.
type InvalidQuery int

const (
	// DropsClause drops the clause and runs the rest: the documented default.
	DropsClause InvalidQuery = iota
	// ReturnsNothing is glide.invalid_query.returns_no_rows = true.
	ReturnsNothing
	// Forbidden answers 403, as newer releases do.
	Forbidden
)

// ForeignScopeRules is what an instance does with an after rule of one scope on a table of another. The documentation
// allows only async rules with a script there; what a REST insert does is unknown.
type ForeignScopeRules int

const (
	// ForeignRulesRun stores the rule as it is, and it fires.
	ForeignRulesRun ForeignScopeRules = iota
	// ForeignRulesRefused refuses the insert with 403.
	ForeignRulesRefused
	// ForeignRulesAltered stores the rule with when = async.
	ForeignRulesAltered
	// ForeignRulesSilent stores the rule as it is, and it never fires.
	ForeignRulesSilent
)

// quirks are the switches that the data APIs look at.
func (s Switches) quirks() quirks {
	return quirks{
		Regime: db.Regime(s.InvalidQuery), LiteralsInUserZone: s.LiteralsInUserZone, FoldCase: s.FoldCase,
		SplitCarets: s.SplitCarets, CountHonoursACL: s.CountHonoursACL, AllowAnyChoice: s.AllowAnyChoice, BatchServices: s.BatchServices,
		NullColumns: s.NullColumns, RepeatRows: s.RepeatRows, HasMore: s.HasMore,
	}
}

// WithInstanceName sets the instance's name, "acme" without it: the first label of its host.
func WithInstanceName(name string) Option { return func(o *options) { o.instance = name } }

// WithSeed makes everything that is random, sys_ids and tokens included, repeatable. Certificates stay random.
func WithSeed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// WithClock sets the instance's clock; the machine's without it.
func WithClock(c *Clock) Option { return func(o *options) { o.clock = c } }

// WithLogger logs requests, refusals and outbound trouble. Nothing is logged without it.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.logger = l } }

// WithOutbound sets the client through which scripts send their requests. Without it they are refused: a test whose
// instance calls the internet is a bug.
func WithOutbound(c *http.Client) Option { return func(o *options) { o.outbound = c } }

// WithAddress sets the loopback address to listen on, "127.0.0.1:0" without it.
func WithAddress(addr string) Option { return func(o *options) { o.address = addr } }

// WithProxy starts a forward proxy on a loopback address ("127.0.0.1:0" picks a port): [Server.ProxyURL].
func WithProxy(addr string) Option { return func(o *options) { o.proxy = addr } }

// WithoutSockets serves over in-memory connections: [Server.HTTPClient] works, Addr is meaningless. This is the form
// for testing/synctest, where a goroutine that waits for a socket would keep the bubble's time from moving.
func WithoutSockets() Option { return func(o *options) { o.pipes = true } }

// WithoutStock leaves out the stock users, so that the instance knows only those that were added.
func WithoutStock() Option { return func(o *options) { o.empty = true } }

// WithUser adds a person; zone is an IANA name, "" for UTC. More can be said with [Server.AddUser].
func WithUser(userName, password string, roles []string, zone string) Option {
	return func(o *options) {
		o.users = append(o.users, User{UserName: userName, Password: password, Roles: roles, TimeZone: zone})
	}
}

// WithOAuthClient adds a record to the application registry.
func WithOAuthClient(c OAuthClient) Option {
	return func(o *options) { o.clients = append(o.clients, c) }
}

// WithAPIKey adds an API key (header x-sn-apikey) that acts as a user.
func WithAPIKey(key, userName string) Option {
	return func(o *options) {
		if o.apiKeys == nil {
			o.apiKeys = map[string]string{}
		}
		o.apiKeys[key] = userName
	}
}

// WithAccessPolicy adds a REST API access policy.
func WithAccessPolicy(p AccessPolicy) Option {
	return func(o *options) { o.policies = append(o.policies, p) }
}

// WithRateLimit adds a rate limit rule.
func WithRateLimit(l RateLimit) Option { return func(o *options) { o.limits = append(o.limits, l) } }

// WithACL adds an access control rule, which goes before the stock ones.
func WithACL(a ACL) Option { return func(o *options) { o.acls = append(o.acls, a) } }

// WithSwitches sets the switches.
func WithSwitches(s Switches) Option { return func(o *options) { o.switches = s } }

// WithIntegrationPool limits the API to a number of threads with a queue of waiting requests behind them; a request
// that finds the queue full gets a bare 429. A node has typically 4 and 50. There is no limit without it.
func WithIntegrationPool(threads, queue int) Option {
	return func(o *options) { o.threads, o.queue = threads, queue }
}

// WithSampleData seeds rows.
func WithSampleData(d SampleData) Option { return func(o *options) { o.sample = append(o.sample, d) } }

func defaults() options {
	return options{instance: "acme", seed: 1, clock: &Clock{}, logger: slog.New(slog.DiscardHandler),
		address: "127.0.0.1:0"}
}
