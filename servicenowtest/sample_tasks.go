package servicenowtest

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// task is what the tasks of all classes have in common.
func (s *sampler) task(i, n int, state string, more values) values {
	agent := pick(s, s.users)
	v := s.row(i, n, s.userName(agent), values{"short_description": s.trouble(), "description": "Reported by phone.",
		"priority": strconv.Itoa(1 + s.rnd.IntN(4)), "impact": strconv.Itoa(1 + s.rnd.IntN(3)), "state": state,
		"urgency": strconv.Itoa(1 + s.rnd.IntN(3)), "assignment_group": pick(s, s.groups), "opened_by": agent})
	if s.rnd.IntN(4) > 0 {
		v["assigned_to"] = agent
	}
	maps.Copy(v, more)
	return v
}

func (s *sampler) userName(id string) string {
	if n := s.names[id]; n != "" {
		return n
	}
	return "system"
}

// closed gives a task that ended what only ended tasks have.
func closed(v values) values {
	v["active"], v["closed_at"], v["closed_by"] = "false", v["sys_updated_on"], v["opened_by"]
	v["close_notes"] = "Done."
	return v
}

func (s *sampler) caseload() {
	states := []string{"1", "10", "10", "18", "6", "3", "3"}
	s.cases = s.seed("sn_customerservice_case", s.Cases, func(i int) values {
		v := s.task(i, s.Cases, pick(s, states), values{"contact_type": pick(s, []string{"email", "phone", "web"}),
			"category": strconv.Itoa(s.rnd.IntN(3))})
		if i%4 == 3 && len(s.consumers) > 0 {
			v["consumer"] = pick(s, s.consumers)
		} else if contact := pick(s, s.contacts); contact != "" {
			row, _ := s.db.Get("customer_contact", contact)
			v["contact"], v["account"] = contact, row.Get("account")
		}
		if v["state"] == "3" {
			return closed(v)
		}
		return v
	})
	for i, id := range s.cases {
		row, _ := s.db.Get("sn_customerservice_case", id)
		s.talk(row)
		if i%20 == 0 {
			s.file(row, i)
		}
	}
	s.escalations()
}

// talk writes the journal of a task: entries between its creation and its last update, by agents and its contact.
func (s *sampler) talk(task db.Row) {
	created, _ := db.ParseTime(task.Get("sys_created_on"), time.UTC)
	updated, _ := db.ParseTime(task.Get("sys_updated_on"), time.UTC)
	s.seed("sys_journal_field", s.rnd.IntN(5), func(i int) values {
		at := created.Add(time.Duration(s.rnd.Int64N(int64(updated.Sub(created)) + 1)))
		column, by := "comments", s.userName(task.Get("opened_by"))
		switch {
		case i%3 == 2:
			column = "work_notes"
		case i%2 == 1 && task.Get("contact") != "":
			by = s.userName(task.Get("contact"))
		}
		return values{"name": task.Class(), "element": column, "element_id": task.SysID(), "value": pick(s, remarks),
			"sys_created_on": at.Format(db.TimeLayout), "sys_created_by": by}
	})
}

func (s *sampler) file(task db.Row, i int) {
	stamp := values{}
	for _, c := range []string{"sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by"} {
		stamp[c] = task.Get(c)
	}
	stamp["sys_updated_on"] = stamp["sys_created_on"]
	a := db.NewAttachment{Table: task.Class(), SysID: task.SysID(), FileName: fmt.Sprintf("trace-%d.log", i),
		ContentType: "text/plain", Values: stamp}
	line := fmt.Sprintf("%s %s: no answer within 30 s\n", task.Get("sys_created_on"), task.Get("number"))
	if _, err := s.db.SeedAttachment(db.Session{}, a, strings.NewReader(strings.Repeat(line, 20+i%200))); err != nil &&
		s.err == nil {
		s.err = fmt.Errorf("sample data: attachment: %w", err)
	}
}

func (s *sampler) escalations() {
	if len(s.cases) == 0 {
		return
	}
	severities := s.seed("sn_customerservice_escalation_severity", 2, func(i int) values {
		return values{"name": []string{"High Severity", "Medium Severity"}[i], "order": strconv.Itoa(i)}
	})
	template := s.seed("sn_customerservice_escalation_template", 1, func(int) values {
		return values{"name": "Case escalation"}
	})
	ids := s.seed("sn_customerservice_escalation", s.Escalations, func(i int) values {
		return s.task(i, s.Escalations, pick(s, []string{"100", "101", "103"}), values{
			"source_table": "sn_customerservice_case", "source_record": pick(s, s.cases), "type": template[0],
			"escalation_severity": pick(s, severities), "request_source": strconv.Itoa(s.rnd.IntN(2)),
			"reason": strconv.Itoa(s.rnd.IntN(3)), "escalation_justification": "The customer waits for too long."})
	})
	for _, id := range ids {
		e, _ := s.db.Get("sn_customerservice_escalation", id)
		_, err := s.db.Update(db.Session{System: true}, "sn_customerservice_case", e.Get("source_record"),
			values{"active_escalation": id}, db.WithoutWorkflow(), db.WithoutAutoSysFields())
		if err != nil && s.err == nil {
			s.err = fmt.Errorf("sample data: escalation: %w", err)
		}
	}
}

func (s *sampler) itsm() {
	s.tasks("incident", s.Incidents, []string{"1", "2", "3", "6", "7"}, "7", func(v values) {
		v["caller_id"] = pick(s, s.users)
		v["category"] = pick(s, []string{"inquiry", "software", "hardware", "network"})
	})
	s.tasks("change_request", s.Changes, []string{"-5", "-4", "-2", "0", "3"}, "3", func(v values) {
		v["type"] = pick(s, []string{"standard", "normal", "emergency"})
		v["requested_by"] = pick(s, s.users)
	})
	s.tasks("problem", s.Problems, []string{"101", "102", "103", "106", "107"}, "107", func(values) {})
	requests := s.tasks("sc_request", s.Requests, []string{"1", "3"}, "3", func(v values) {
		v["requested_for"] = pick(s, s.users)
	})
	if len(requests) == 0 {
		return
	}
	item := s.seed("sc_cat_item", 1, func(int) values { return values{"name": "Standard laptop"} })[0]
	items := s.tasks("sc_req_item", s.Requests, []string{"1", "2", "3"}, "3", func(v values) {
		v["request"], v["cat_item"] = pick(s, requests), item
	})
	s.tasks("sc_task", s.Requests, []string{"1", "2", "3"}, "3", func(v values) {
		id := pick(s, items)
		row, _ := s.db.Get("sc_req_item", id)
		v["request_item"], v["request"], v["parent"] = id, row.Get("request"), id
	})
}

func (s *sampler) tasks(table string, n int, states []string, end string, more func(values)) []string {
	ids := s.seed(table, n, func(i int) values {
		v := s.task(i, n, pick(s, states), nil)
		more(v)
		if v["state"] == end {
			return closed(v)
		}
		return v
	})
	for _, id := range ids {
		row, _ := s.db.Get(table, id)
		s.talk(row)
	}
	return ids
}

func (s *sampler) knowledge() {
	if s.Articles == 0 {
		return
	}
	bases := s.seed("kb_knowledge_base", 2, func(i int) values {
		return values{"title": []string{"IT", "Customer Service"}[i], "owner": pick(s, s.users)}
	})
	categories := s.seed("kb_category", 6, func(i int) values {
		label := strings.ToUpper(things[i][:1]) + things[i][1:]
		return values{"label": label, "value": things[i], "parent_id": bases[i%2], "parent_table": "kb_knowledge_base",
			"full_category": label}
	})
	states := []string{"published", "published", "published", "draft", "retired"}
	s.seed("kb_knowledge", s.Articles, func(i int) values {
		author, topic := pick(s, s.users), pick(s, things)
		v := s.row(i, s.Articles, s.userName(author), values{"short_description": "How to set up your " + topic,
			"text": "<p>Unpack the " + topic + ", connect it and <b>wait</b> for two minutes.</p>", "author": author,
			"workflow_state": pick(s, states), "kb_knowledge_base": bases[i%2], "kb_category": categories[i%6],
			"meta": topic, "topic": "General", "sys_view_count": strconv.Itoa(s.rnd.IntN(500)),
			"featured": strconv.FormatBool(i%10 == 0)})
		if v["workflow_state"] != "draft" {
			v["published"] = v["sys_created_on"][:10]
		}
		return v
	})
}

// deletions writes what the platform keeps of deleted cases.
func (s *sampler) deletions() {
	s.seed("sys_audit_delete", s.Deletions, func(i int) values {
		by := s.userName(pick(s, s.users))
		number := fmt.Sprintf("CS%07d", 9000+i)
		return s.row(i, s.Deletions, by, values{"tablename": "sn_customerservice_case", "documentkey": s.db.NewID(),
			"display_value": number, "payload": "<unload><sn_customerservice_case action=\"delete\"><number>" + number +
				"</number></sn_customerservice_case></unload>"})
	})
}
