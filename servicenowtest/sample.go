package servicenowtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// SampleData says how much data an instance begins with. A zero count takes the default, a negative one means none.
// The same seed gives the same data; rows are spread over the Months before the instance's clock.
type SampleData struct {
	Months      int // 6
	Groups      int // 5
	Users       int // 25, agents with the roles itil and sn_customerservice_agent
	Accounts    int // 40
	Contacts    int // 160
	Consumers   int // 60
	Cases       int // 2000, with comments, work notes, and a file for one in twenty
	Escalations int // 60
	Incidents   int // 300
	Changes     int // 40
	Problems    int // 30
	Requests    int // 40, each with a requested item and a catalog task
	Articles    int // 100
	Deletions   int // 40 cases that sys_audit_delete knows and no table holds any more
}

func (s SampleData) withDefaults() SampleData {
	for _, f := range []struct {
		n        *int
		byItself int
	}{{&s.Months, 6}, {&s.Groups, 5}, {&s.Users, 25}, {&s.Accounts, 40}, {&s.Contacts, 160}, {&s.Consumers, 60},
		{&s.Cases, 2000}, {&s.Escalations, 60}, {&s.Incidents, 300}, {&s.Changes, 40}, {&s.Problems, 30},
		{&s.Requests, 40}, {&s.Articles, 100}, {&s.Deletions, 40}} {
		switch {
		case *f.n == 0:
			*f.n = f.byItself
		case *f.n < 0:
			*f.n = 0
		}
	}
	return s
}

// sampler writes sample data; the first error stops it.
type sampler struct {
	SampleData
	db    *db.DB
	rnd   *rand.Rand
	now   time.Time
	err   error
	names map[string]string // user_name by sys_id of users and contacts

	groups, users, accounts, contacts, consumers, cases []string
}

// seedSample fills d with sample data.
func seedSample(d *db.DB, sample SampleData, seed uint64) error {
	s := &sampler{SampleData: sample.withDefaults(), db: d, now: d.Now(), names: map[string]string{}}
	s.rnd = rand.New(rand.NewPCG(seed, 7))
	s.people()
	s.customers()
	s.caseload()
	s.itsm()
	s.knowledge()
	s.deletions()
	return s.err
}

type values = map[string]string

func (s *sampler) seed(table string, n int, row func(i int) values) []string {
	rows := make([]values, n)
	for i := range rows {
		rows[i] = row(i)
	}
	ids, err := s.db.Seed(db.Session{}, table, rows)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("sample data: %s: %w", table, err)
	}
	return ids
}

func pick[T any](s *sampler, from []T) (zero T) {
	if len(from) == 0 {
		return zero
	}
	return from[s.rnd.IntN(len(from))]
}

// stamp spreads n rows evenly over the months, oldest first, and lets each be updated some time later.
func (s *sampler) stamp(i, n int, by string) values {
	begin := s.now.AddDate(0, -max(s.Months, 1), 0)
	step := s.now.Sub(begin) / time.Duration(n+1)
	created := begin.Add(step*time.Duration(i) + time.Duration(s.rnd.Int64N(int64(step)+1)))
	updated := created.Add(time.Duration(s.rnd.Int64N(int64(s.now.Sub(created)) + 1)))
	return values{"sys_created_on": created.Format(db.TimeLayout), "sys_updated_on": updated.Format(db.TimeLayout),
		"sys_created_by": by, "sys_updated_by": by, "opened_at": created.Format(db.TimeLayout),
		"sys_mod_count": strconv.Itoa(s.rnd.IntN(6))}
}

func (s *sampler) row(i, n int, by string, more values) values {
	v := s.stamp(i, n, by)
	maps.Copy(v, more)
	return v
}

var (
	firstNames = strings.Fields("Ada Ben Clara Dov Eva Finn Gita Hugo Ines Jonas Kira Leo Mara Nils Olga Paul Rosa Sven Tina Uwe")
	lastNames  = strings.Fields("Abel Brandt Castro Diaz Ekberg Falk Grau Hahn Ivers Jansen Kolb Lind Moreau Nagy Okafor Park")
	trades     = strings.Fields("Pumps Optics Foods Logistics Energy Health Textiles Robotics Paper Marine")
	things     = strings.Fields("pump printer portal invoice router laptop sensor badge mailbox contract")
	troubles   = []string{"does not start", "shows an error", "is slow", "was delivered damaged", "lost its settings",
		"needs a new licence", "cannot be reached"}
	remarks = []string{"Thanks, we are looking into it.", "Any news?", "Attached is the log.", "It happened again today.",
		"This works now, thank you.", "Could you send a picture of the label?", "Übergabe an die Spätschicht ✓"}
)

func (s *sampler) person(i int) (first, last, login string) {
	first, last = firstNames[i%len(firstNames)], lastNames[(i/len(firstNames)+i)%len(lastNames)]
	return first, last, strings.ToLower(first+"."+last) + "." + strconv.Itoa(i)
}

func (s *sampler) trouble() string { return "The " + pick(s, things) + " " + pick(s, troubles) }

// role finds a role by name, or makes it.
func (s *sampler) role(name string) string {
	for _, r := range s.db.Find("sys_user_role", "name", name) {
		return r.SysID()
	}
	return s.seed("sys_user_role", 1, func(int) values { return values{"name": name} })[0]
}

func (s *sampler) people() {
	groupNames := []string{"Service Desk", "Customer Support", "Network", "Hardware", "Field Service"}
	s.groups = s.seed("sys_user_group", s.Groups, func(i int) values {
		name := groupNames[i%len(groupNames)]
		if i >= len(groupNames) {
			name += " " + strconv.Itoa(i)
		}
		return values{"name": name}
	})
	s.users = s.seed("sys_user", s.Users, func(i int) values {
		first, last, login := s.person(i)
		return values{"first_name": first, "last_name": last, "user_name": login, "email": login + "@acme.example",
			"title": "Agent", "time_zone": "GMT"}
	})
	roles := []string{s.role("itil"), s.role("sn_customerservice_agent")}
	for _, u := range s.users {
		row, _ := s.db.Get("sys_user", u)
		s.names[u] = row.Get("user_name")
		s.seed("sys_user_has_role", len(roles), func(i int) values { return values{"user": u, "role": roles[i]} })
		if g := pick(s, s.groups); g != "" {
			s.seed("sys_user_grmember", 1, func(int) values { return values{"user": u, "group": g} })
		}
	}
}

func (s *sampler) customers() {
	s.accounts = s.seed("customer_account", s.Accounts, func(i int) values {
		return s.row(i, s.Accounts, "system", values{"name": lastNames[i%len(lastNames)] + " " +
			trades[i/len(lastNames)%len(trades)] + " " + strconv.Itoa(i), "customer": "true", "city": "Bergen",
			"phone": fmt.Sprintf("+47 555 %04d", i), "account_code": fmt.Sprintf("A%04d", i)})
	})
	s.contacts = s.seed("customer_contact", s.Contacts, func(i int) values {
		first, last, login := s.person(1000 + i)
		return s.row(i, s.Contacts, "system", values{"first_name": first, "last_name": last, "user_name": login,
			"email": login + "@customer.example", "account": pick(s, s.accounts)})
	})
	for _, c := range s.contacts {
		row, _ := s.db.Get("customer_contact", c)
		s.names[c] = row.Get("user_name")
	}
	s.consumers = s.seed("csm_consumer", s.Consumers, func(i int) values {
		first, last, login := s.person(3000 + i)
		return s.row(i, s.Consumers, "system", values{"first_name": first, "last_name": last,
			"email": login + "@mail.example", "city": "Porto"})
	})
}
