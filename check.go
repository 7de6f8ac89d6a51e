package servicenow

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Check is Test Connection: it tries everything that capability needs, and writes nothing. It always returns a report;
// what the instance refuses is a finding, not an error. It sends about one GET for each need, in parallel within the
// instance's limits.
func (c *Client) Check(ctx context.Context, capability Capability) Report {
	began := time.Now()
	k := &checker{client: c, capability: capability}
	k.report = Report{Instance: c.Instance().Origin(), Capability: capability, At: began.UTC()}
	if k.connection(ctx) {
		k.needs(ctx)
		k.manners(ctx)
	}
	k.report.Took = time.Since(began)
	return k.report
}

// checker collects findings. Parallel probes write to their own slots, so that a report's order never varies.
type checker struct {
	client     *Client
	capability Capability
	report     Report
	roles      Roles // nil when they could not be read
}

func (k *checker) add(f ...Finding) { k.report.Findings = append(k.report.Findings, f...) }

// skew is how far the instance's clock may be from ours before signed webhooks and JWTs begin to fail.
const skew = time.Minute

// connection checks what everything else rests on: that the instance answers, that it takes the token, who we are.
func (k *checker) connection(ctx context.Context) bool {
	user, err := k.client.Users.Me(ctx)
	me := identityOf(user)
	reached := !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrHibernating) && !errors.Is(err, ErrNotJSON)
	k.add(judge("reachable", "the instance answers", reached, err, k.report.Instance))
	if !reached {
		return false
	}
	granted := !errors.Is(err, ErrUnauthorized) && !errors.Is(err, ErrReauthorize)
	k.add(judge("token", "the instance accepts the credential", granted, err, "accepted"))
	if !granted {
		return false
	}
	k.report.User = me.UserName
	k.add(judge("identity", "who the integration user is", err == nil, err, fmt.Sprintf("%s (%s)", me.UserName, me.SysID)))
	k.clock()
	if err == nil {
		k.rolesOf(ctx, me.SysID)
	}
	return true
}

func judge(id, name string, ok bool, err error, evidence string) Finding {
	if ok {
		return Finding{ID: id, Name: name, Verdict: Pass, Evidence: evidence}
	}
	return Finding{ID: id, Name: name, Verdict: Fail, Evidence: err.Error(), Remedy: Remedy(err)}
}

func (k *checker) clock() {
	off := time.Until(k.client.conn.Now()).Round(time.Second)
	f := Finding{ID: "clock", Name: "the two clocks agree", Verdict: Pass, Evidence: fmt.Sprintf("%s apart", off.Abs())}
	if off.Abs() > skew {
		f.Verdict, f.Remedy = Warn, "set this host's clock by NTP: signed webhooks and JWT assertions depend on it"
	}
	k.add(f)
}

func (k *checker) rolesOf(ctx context.Context, sysID string) {
	f := Finding{ID: "roles", Name: "the integration user's roles"}
	roles, err := k.client.Users.Roles(ctx, sysID)
	switch {
	case err != nil:
		f.Verdict, f.Evidence, f.Remedy = Unknown, err.Error(), "to see them here, let the integration user read sys_user_has_role"
	case len(roles) == 0:
		f.Verdict, f.Evidence = Unknown, "none visible: this user has no roles, or may not read them"
	default:
		k.roles = roles
		f.Verdict, f.Evidence = Pass, strings.Join(roles.Names(), ", ")
	}
	k.add(f)
}

// needs probes every API and table of the capability at once.
func (k *checker) needs(ctx context.Context) {
	needs := k.capability.Needs()
	found := make([][]Finding, len(needs))
	var wg sync.WaitGroup
	for i, need := range needs {
		wg.Go(func() { found[i] = k.need(ctx, need) })
	}
	wg.Wait()
	for _, f := range found {
		k.add(f...)
	}
}

func (k *checker) need(ctx context.Context, n Need) []Finding {
	found := []Finding{k.read(ctx, n)}
	if n.Access == ReadWrite && found[0].Verdict != Fail {
		found = append(found, k.write(n))
	}
	return found
}

// probe is the cheapest read of an API.
func probe(n Need) rest.Op {
	one := url.Values{"sysparm_limit": {"1"}}
	op := rest.Op{Name: "check." + string(n.API), Method: "GET", Query: one}
	switch {
	case n.Table != "":
		op.Name, op.Path = "check."+n.Table, []string{"api", "now", "v2", "table", n.Table}
		one.Set("sysparm_fields", "sys_id")
		one.Set("sysparm_exclude_reference_link", "true")
		one.Set("sysparm_suppress_pagination_header", "true")
		if n.Table == "sys_audit" { // hundreds of millions of rows on a large instance: counting them takes minutes
			one.Set("sysparm_no_count", "true")
		}
	case n.API == CaseAPI:
		op.Path = []string{"api", "sn_customerservice", "case"}
	case n.API == AccountAPI:
		op.Path = []string{"api", "now", "account"}
	case n.API == AttachmentAPI:
		op.Path = []string{"api", "now", "v1", "attachment"}
	default:
		op.Path = []string{"api", "now", "v2", "table", "sys_user"}
	}
	return op
}

func (n Need) id(access string) string {
	if n.Table != "" {
		return "table:" + n.Table + ":" + access
	}
	return "api:" + strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(string(n.API), " API")), " ", "_") + ":" + access
}

func (n Need) name(access string) string {
	if n.Table != "" {
		return access + " " + n.Table
	}
	return access + " through the " + string(n.API)
}

// read tells "no right" from "no rows" where the platform lets one tell: rows that are counted but not shown are
// hidden by an access rule.
func (k *checker) read(ctx context.Context, n Need) Finding {
	f := Finding{ID: n.id("read"), Name: n.name("read")}
	rows, meta, err := rest.Do[[]struct{}](ctx, k.client.conn, probe(n))
	switch {
	case errors.Is(err, ErrNotFound) && n.Table != "":
		// Version 1 of the Table API says 404 for an empty list.
		f.Verdict, f.Evidence, f.Remedy = Unknown, "no rows, or none that this user may see", k.grant(n)
	case err != nil:
		f.Verdict, f.Evidence, f.Remedy = Fail, err.Error(), Remedy(err)
	case len(rows) > 0:
		f.Verdict, f.Evidence = Pass, "a row came"
	case meta.Total > 0:
		f.Verdict, f.Evidence, f.Remedy = Fail, fmt.Sprintf("%d rows are there, and this user may see none of the first", meta.Total), k.grant(n)
	default:
		f.Verdict, f.Evidence, f.Remedy = Unknown, "no rows, or none that this user may see", k.grant(n)
	}
	return f
}

// write infers: nothing is written to find out.
func (k *checker) write(n Need) Finding {
	f := Finding{ID: n.id("write"), Name: n.name("write")}
	switch {
	case k.roles == nil:
		f.Verdict, f.Evidence, f.Remedy = Unknown, "the roles are not known, and a check writes nothing", k.grant(n)
	case k.roles.Has(n.Role), k.roles.Has(roleAdmin):
		f.Verdict, f.Evidence = Pass, "the user has a role that grants it"
	default:
		f.Verdict, f.Evidence, f.Remedy = Unknown, "the user lacks the stock role "+n.Role+", and a check writes nothing", k.grant(n)
	}
	return f
}

func (k *checker) grant(n Need) string {
	if n.Role == "" || k.roles.Has(n.Role) {
		return remedy.For(remedy.MissingRight)
	}
	return "give the integration user the role " + n.Role + ", or another role that may " + string(n.Access) + " it"
}
