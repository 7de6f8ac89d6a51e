package rules

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is an engine over an empty database, and a receiver that collects what rules send.
type bench struct {
	*Engine
	t    *testing.T
	db   *db.DB
	user db.Session

	mu   sync.Mutex
	got  []received
	slow time.Duration
	hold chan bool // when it is there, the receiver says that a request came, and waits for it to be closed
	came chan bool
	code int
}

type received struct {
	header http.Header
	body   string
}

func newBench(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, code: http.StatusOK}
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(b.slow)
		if b.hold != nil {
			b.came <- true
			<-b.hold
		}
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.got = append(b.got, received{r.Header, string(body)})
		b.mu.Unlock()
		w.WriteHeader(b.code)
		_, _ = io.WriteString(w, "taken")
	}))
	t.Cleanup(receiver.Close)
	b.db = db.New(db.Options{Seed: 1})
	never := make(chan struct{})
	c := Config{DB: b.db, InstanceHost: "acme.service-now.com", Now: time.Now, Client: receiver.Client(),
		Logger: slog.New(slog.DiscardHandler), Jumped: func() <-chan struct{} { return never },
		Wait: func(due time.Time) (<-chan time.Time, func()) {
			timer := time.NewTimer(time.Until(due))
			return timer.C, func() { timer.Stop() }
		},
		Session: func(name string) (db.Session, bool) { return b.user, name == b.user.UserName },
	}
	for _, f := range change {
		f(&c)
	}
	b.Engine = New(c)
	t.Cleanup(b.Close)
	row := b.insert(db.Session{}, "sys_user", "user_name", "abel", "name", "Abel Tuter")
	b.user = db.Session{UserID: row.SysID(), UserName: "abel", Roles: []string{"itil"}}
	b.property("acme.url", receiver.URL+"/hook")
	return b
}

func pairs(kv []string) map[string]string {
	out := map[string]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}

func (b *bench) insert(s db.Session, table string, kv ...string) db.Row {
	b.t.Helper()
	row, err := b.db.Insert(s, table, pairs(kv))
	if err != nil {
		b.t.Fatalf("insert into %s: %v", table, err)
	}
	return row
}

func (b *bench) update(row db.Row, kv ...string) db.Row {
	b.t.Helper()
	out, err := b.db.Update(b.user, row.Class(), row.SysID(), pairs(kv))
	if err != nil {
		b.t.Fatalf("update of %s: %v", row.Class(), err)
	}
	return out
}

func (b *bench) property(name, value string) {
	b.insert(db.Session{}, "sys_properties", "name", name, "value", value)
}

// rule installs an after rule for insert and update; kv overrides columns.
func (b *bench) rule(table, script string, kv ...string) db.Row {
	b.t.Helper()
	values := []string{"name", "under test", "collection", table, "when", "after", "advanced", "true",
		"action_insert", "true", "action_update", "true", "script", script}
	return b.insert(db.Session{}, "sys_script", append(values, kv...)...)
}

// logged joins the messages of syslog.
func (b *bench) logged() string {
	var out []string
	for _, r := range b.db.All("syslog") {
		out = append(out, r.Get("message"))
	}
	return strings.Join(out, "\n")
}

func (b *bench) settle() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.Settle(ctx); err != nil {
		b.t.Fatalf("settle: %v", err)
	}
}

func (b *bench) received() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]received(nil), b.got...)
}

// say evaluates an expression in an after rule of an updated incident and returns what it logs.
func (b *bench) say(expression string) string {
	b.t.Helper()
	caller := b.insert(db.Session{}, "sys_user", "user_name", "beth", "name", "Beth Anglin")
	inc := b.insert(b.user, "incident", "short_description", "before", "state", "1", "caller_id", caller.SysID())
	b.rule("incident", "gs.info('=' + ("+expression+"));", "action_insert", "false")
	b.update(inc, "short_description", "now", "state", "2")
	b.settle()
	out := b.logged()
	if i := strings.Index(out, "="); i >= 0 && strings.Count(out, "\n") == 0 {
		return out[i+1:]
	}
	return out
}

func TestGlide(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"current.short_description", "now"},
		{"typeof current.short_description", "object"},
		{"current.short_description == 'now'", "true"},
		{"current.short_description === 'now'", "false"},
		{"current.short_description.toString() === 'now'", "true"},
		{"current.getValue('state') === '2'", "true"},
		{"current.getValue('description')", "null"},
		{"'' + current.description", ""},
		{"current.description.nil()", "true"},
		{"current.active", "true"},
		{"current.getValue('active')", "1"},
		{"current.state.getDisplayValue()", "In Progress"},
		{"current.caller_id.getDisplayValue()", "Beth Anglin"},
		{"current.caller_id.name", "Beth Anglin"},
		{"current.caller_id.getRefRecord().getValue('user_name')", "beth"},
		{"current.getDisplayValue('caller_id')", "Beth Anglin"},
		{"current.state.changes()", "true"},
		{"current.state.changesTo(2)", "true"},
		{"current.state.changesFrom('1')", "true"},
		{"current.state.changesTo('3')", "false"},
		{"current.urgency.changes()", "false"},
		{"previous.state", "1"},
		{"current.operation()", "update"},
		{"current.getTableName()", "incident"},
		{"current.getRecordClassName()", "incident"},
		{"current.getUniqueValue().length", "32"},
		{"current.isValidField('state') + ' ' + current.isValidField('nonsense')", "true false"},
		{"current.nonsense", "undefined"},
		{"current.isNewRecord()", "false"},
		{"GlideScriptRecordUtil.get(current).getChangedFieldNames().size()", "3"},
		{"GlideScriptRecordUtil.get(current).getChangedFieldNames().length", "undefined"},
		{"GlideScriptRecordUtil.get(current).getChangedFieldNames().contains('state')", "true"},
		{"gs.getUserName()", "abel"},
		{"gs.getUserID() == current.sys_updated_by", "false"},
		{"gs.getUser().getDisplayName()", "Abel Tuter"},
		{"gs.hasRole('itil') + ' ' + gs.hasRole('admin')", "true false"},
		{"gs.getProperty('acme.none', 'other')", "other"},
		{"gs.getProperty('acme.none')", "null"},
		{"gs.nil(current.description) + ' ' + gs.nil(current.state)", "true false"},
		{"gs.generateGUID().length", "32"},
		{"gs.tableExists('incident') + ' ' + gs.tableExists('nope')", "true false"},
		{"gs.base64Decode(gs.base64Encode('päng'))", "päng"},
		{"GlideStringUtil.base64Encode('key')", "a2V5"},
		{"new GlideCertificateEncryption().generateMac('a2V5', 'HmacSHA256', 'data')",
			"UDH+PZicbRU3oBP6bnOdojRj/a7DtwE32Cjjas4iG9A="},
		{"new GlideCertificateEncryption().generateMac('not base64!', 'HmacSHA256', 'data')", "null"},
		{"typeof CertificateEncryption", "undefined"},
		{"new GlideDigest().getSHA256Hex('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"new GlideDateTime('2026-01-02 03:04:05').getNumericValue()", "1767323045000"},
		{"(function () { var d = new GlideDateTime('2026-01-31 00:00:00'); d.addSeconds(90); return d; })()",
			"2026-01-31 00:01:30"},
		{"(function () { var d = new GlideDateTime('2024-02-28 00:00:00'); d.addDays(1); return d.getValue(); })()",
			"2024-02-29 00:00:00"},
		{"new GlideDateTime('2026-01-01 00:00:00').compareTo(new GlideDateTime('2026-01-02 00:00:00'))", "-1"},
		{"GlideDateTime.subtract(new GlideDateTime('2026-01-01 00:00:00'), new GlideDateTime('2026-01-01 00:01:00'))" +
			".getNumericValue()", "60000"},
		{"new GlideDateTime('nonsense').isValid()", "false"},
		{"JSON.stringify({ a: '' + current.state })", `{"a":"2"}`},
		{"JSON.stringify(current.state)", "{}"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			if got := newBench(t).say(c.expression); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
