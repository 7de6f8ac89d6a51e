package servicenow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Check is Test Connection: it tries everything that capability needs, and writes nothing. It always returns a report;
// what the instance refuses is a finding, not an error. It sends about one GET for each need, in parallel within the
// instance's limits.
func (c *Client) Check(ctx context.Context, capability Capability) Report {
	began := time.Now()
	k := &checker{client: c, capability: capability}
	k.report = Report{Instance: c.Instance().Origin(), Capability: capability, At: began.UTC()}
	if k.connection(ctx) {
		var manners []Finding
		var wg sync.WaitGroup
		wg.Go(func() { manners = k.manners(ctx) })
		k.needs(ctx)
		wg.Wait()
		k.add(manners...)
	}
	k.report.Took = time.Since(began)
	return k.report
}

// checker collects findings. Parallel probes write to their own slots, so that a report's order never varies.
type checker struct {
	client     *Client
	capability Capability
	report     Report
	me         string // the sys_id of the integration user
	roles      knownRoles
}

func (k *checker) add(f ...Finding) { k.report.Findings = append(k.report.Findings, f...) }

// skew is how far the instance's clock may be from ours before signed webhooks and JWTs begin to fail.
const skew = time.Minute

// connection checks what everything else rests on: that the instance answers, that it takes the token, who we are.
func (k *checker) connection(ctx context.Context) bool {
	user, err := k.client.Users.Me(ctx)
	me := identityOf(user)
	reached := !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrHibernating) && !errors.Is(err, ErrNotJSON)
	if _, distrusted := errors.AsType[*tls.CertificateVerificationError](err); distrusted {
		k.add(judge("tls", "the instance's certificate is trusted", false, err, ""))
		return false
	}
	k.add(judge("reachable", "the instance answers", reached, err, k.report.Instance))
	if !reached {
		return false
	}
	k.add(judge("tls", "the instance's certificate is trusted", true, nil, "verified for "+k.client.Instance().Host()))
	granted := !errors.Is(err, ErrUnauthorized) && !errors.Is(err, ErrReauthorize)
	k.add(judge("token", "the instance accepts the credential", granted, err, "accepted"))
	if !granted {
		return false
	}
	k.report.User = me.UserName
	k.add(judge("identity", "who the integration user is", err == nil, err, fmt.Sprintf("%s (%s)", me.UserName, me.SysID)))
	k.clock()
	if k.me = me.SysID; err == nil {
		k.rolesOf(ctx)
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
