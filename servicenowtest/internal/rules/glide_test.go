package rules

import (
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// What authors of Business Rules use besides the essentials of TestGlide. The pages are those of
// https://www.servicenow.com/docs/r/api-reference/server-api-reference/, by class. It is Wednesday, 2026-03-04 10:00 UTC.
func TestGlideOfRuleAuthors(t *testing.T) {
	const find = "var g = new GlideRecord('incident'); g.orderBy('short_description'); "
	const count = "var a = new GlideAggregate('incident'); "
	for _, c := range []struct{ script, want string }{
		// c_GlideSystemScopedAPI, GlideSystem
		{"gs.beginningOfToday()", "2026-03-04 00:00:00"},
		{"gs.endOfYesterday()", "2026-03-03 23:59:59"},
		{"gs.beginningOfThisWeek()", "2026-03-02 00:00:00"},
		{"gs.endOfLastMonth()", "2026-02-28 23:59:59"},
		{"gs.beginningOfNextYear()", "2027-01-01 00:00:00"},
		{"gs.beginningOfThisQuarter()", "2026-01-01 00:00:00"},
		{"gs.daysAgoStart(1) + ' ' + gs.daysAgoEnd(0)", "2026-03-03 00:00:00 2026-03-04 23:59:59"},
		{"gs.monthsAgo(1)", "2026-02-04 10:00:00"},
		{"gs.hoursAgo(2)", "2026-03-04 08:00:00"},
		{"gs.yesterday()", "2026-03-03 10:00:00"},
		{"gs.dateGenerate('2026-01-02', 'end')", "2026-01-02 23:59:59"},
		{"gs.dateDiff('2026-01-01 00:00:00', '2026-01-02 01:00:05', true)", "90005"},
		{"gs.dateDiff('2026-01-01 00:00:00', '2026-01-02 01:00:05', false)", "1 01:00:05"},
		{"gs.nowGlideDateTime().getValue()", "2026-03-04 10:00:00"},
		{"gs.userID() === gs.getUserID()", "true"},
		{"gs.getUserNameByUserID(gs.getUserID())", "abel"},
		{"gs.getDisplayColumn('incident') + ' ' + gs.getDisplayColumn('nope')", "number null"},
		{"gs.getUser().getEmail() + ' ' + gs.getUser().getFirstName() + ' ' + gs.getUser().getLastName()",
			"abel@x.example Abel Tuter"},
		{"gs.getUser().isMemberOf('Network') + ' ' + gs.getUser().isMemberOf('Other')", "true false"},
		{"gs.getUser().getRoles().contains('itil')", "true"},
		// GlideRecord
		{find + "g.addInactiveQuery(); g.query(); g.getRowCount()", "1"},
		{find + "g.query(); g.next(); g.next(); g.getRowNumber()", "2"},
		{find + "g.query(); g.next(); g.saveLocation(); g.next(); g.restoreLocation(); '' + g.short_description", "a"},
		{find + "g.query(); g.setLocation(2); '' + g.short_description", "c"},
		{find + "g.query(); g.find('short_description', 'b') + ' ' + g.short_description", "true b"},
		{find + "g.query(); g.find('short_description', 'z')", "false"},
		{find + "g.query(); g.next(); g.instanceOf('task') + ' ' + g.instanceOf('problem')", "true false"},
		{find + "g.isValidEncodedQuery('state=1^nope=2') + ' ' + g.isEncodedQueryValid('state=1')", "false true"},
		{find + "g.addSystemQuery('short_description', 'b'); g.query(); g.next() + ' ' + g.short_description", "true b"},
		{find + "g.query(); g.next(); g.hasAttachments()", "false"},
		{find + "g.query(); g.next(); g.addValue('reassignment_count', 2); '' + g.reassignment_count", "2"},
		{find + "g.query(); g.next(); g.setForceUpdate(true); g.update(); g.sys_mod_count", "1"},
		{find + "g.query(); g.next(); g.update(); g.sys_mod_count", "0"},
		{find + "g.applyEncodedQuery('state=2^category=network'); g.getValue('state') + ' ' + g.category", "2 network"},
		{find + "g.query(); g.next(); g.getFields().size() > 50", "true"},
		{find + "g.query(); g.next(); g.getPlural()", "Incidents"},
		// GlideElement
		{find + "g.query(); g.next(); g.state.getChoiceValue()", "New"},
		{find + "g.state.getChoices().contains('6')", "true"},
		{find + "g.state.setError('no'); g.comments.setJournalEntry('hi'); '' + g.comments", "hi"},
		{find + "g.query(); g.next(); g.short_description.hasRightsTo('write')", "true"},
		// GlideDateTime, GlideDate, GlideDuration
		{"new GlideDateTime('2026-02-10 00:00:00').getDaysInMonth()", "28"},
		{"new GlideDateTime('2026-01-04 00:00:00').getDayOfWeekUTC()", "7"},
		{"var d = new GlideDateTime('2026-01-31 00:00:00'); d.setDayOfMonthUTC(2); d.setMonthUTC(3); d.getValue()",
			"2026-03-02 00:00:00"},
		{"new GlideDateTime('2026-03-04 10:11:12').getDate()", "2026-03-04"},
		{"new GlideDateTime('2026-03-04 10:11:12').getLocalDate().getValue()", "2026-03-04"},
		{"new GlideDateTime('2026-03-04 10:11:12').getUTCMidnight().getValue()", "2026-03-04 00:00:00"},
		{"new GlideDateTime('2026-03-04 10:11:12').getWeekOfYearUTC()", "10"},
		{"new GlideDateTime('2026-07-04 10:11:12').isDST()", "false"},
		{"new GlideDate().getValue()", "2026-03-04"},
		{"new GlideDuration('1 02:03:04').getDisplayValue()", "1 Day 2 Hours 3 Minutes 4 Seconds"},
		{"new GlideDuration('1 00:00:00').add(new GlideDuration('0 12:00:00')).getDurationValue()", "1 12:00:00"},
		{"new GlideDuration('1 12:00:00').getRoundedDayPart() + ' ' + new GlideDuration('1 12:00:00').getDayPart()", "2 1"},
		// GlideStringUtil
		{"GlideStringUtil.escapeQueryTermSeparator('a^b')", "a^^b"},
		{"GlideStringUtil.unEscapeHTML('&lt;b&gt; &amp;amp;')", "<b> &amp;"},
		{"GlideStringUtil.normalizeWhitespace('  a   b ')", "a b"},
		{"GlideStringUtil.getNumeric('INC0012')", "0012"},
		// c_GlideAggregateScopedAPI
		{count + "a.addAggregate('COUNT'); a.query(); a.next() + ' ' + a.getAggregate('COUNT')", "true 4"},
		{count + "a.addAggregate('COUNT', 'category'); a.query(); var o = ''; while (a.next()) { " +
			"o += a.category + a.getAggregate('COUNT', 'category') + ' '; } o", "network3 software1 "},
		{count + "a.setGroup(false); a.addAggregate('COUNT', 'category'); a.query(); a.getRowCount()", "1"},
		{count + "a.addQuery('active', 'true'); a.groupBy('category'); a.addAggregate('SUM', 'reassignment_count'); " +
			"a.addAggregate('AVG', 'reassignment_count'); a.query(); a.next(); a.getValue('category') + ' ' + " +
			"a.getAggregate('SUM', 'reassignment_count') + ' ' + a.getAggregate('AVG', 'reassignment_count')", "network 3 1.5"},
		{count + "a.addAggregate('MIN', 'reassignment_count'); a.addAggregate('MAX', 'short_description'); a.query(); " +
			"a.next(); a.getAggregate('MIN', 'reassignment_count') + ' ' + a.getAggregate('MAX', 'short_description')", "0 d"},
		{count + "a.groupBy('category'); a.addHaving('COUNT', 'category', '>', 1); a.query(); a.next(); a.category + '' + " +
			"a.hasNext()", "networkfalse"},
		{count + "a.groupBy('category'); a.orderByAggregate('COUNT', 'category'); a.query(); a.next(); '' + a.category",
			"network"},
		{count + "a.addQuery('short_description', 'none'); a.addAggregate('COUNT'); a.query(); a.next(); a.getAggregate('COUNT')",
			"0"},
	} {
		t.Run(c.script, func(t *testing.T) {
			at := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
			b := newBench(t, func(c *Config) {
				c.Now = func() time.Time { return at }
				c.DB = db.New(db.Options{Now: c.Now, Seed: 1})
			})
			b.db = b.DB
			abel := b.insert(db.Session{}, "sys_user", "user_name", "abel", "first_name", "Abel", "last_name", "Tuter",
				"email", "abel@x.example")
			b.user = db.Session{UserID: abel.SysID(), UserName: "abel", Roles: []string{"itil"}}
			group := b.insert(db.Session{}, "sys_user_group", "name", "Network")
			b.insert(db.Session{}, "sys_user_grmember", "user", abel.SysID(), "group", group.SysID())
			for text, values := range map[string][]string{"a": {"category", "network", "reassignment_count", "0"},
				"b": {"category", "network", "reassignment_count", "3"}, "c": {"category", "software"},
				"d": {"category", "network", "active", "false", "reassignment_count", ""}} {
				b.insert(b.user, "incident", append(values, "short_description", text)...)
			}
			b.rule("problem", "gs.info('=' + eval("+quote(c.script)+"));")
			b.insert(b.user, "problem", "short_description", "go")
			if got := b.logged(); got != "="+c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
