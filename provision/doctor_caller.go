package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// How far clocks may be apart before it is worth a word, and before the receiver refuses.
const (
	clockWarn = time.Minute
	clockFail = 5 * time.Minute
)

// caller is layer A, and F, which needs the same rows: who calls, with which roles, at what time.
func (e *examination) caller(ctx context.Context) {
	const me = "javascript:gs.getUserID()"
	answers, err := e.p.exchange(ctx, "caller", []rest.Op{
		listOp("sys_user", "sys_id="+me, "sys_id,user_name", 2),
		listOp("sys_user_has_role", "user="+me, "role.name", 200),
		listOp("sys_user_preference", "user="+me+"^name=sys_update_set", "value", 1),
	})
	if err != nil {
		todo := "see what the instance answered"
		var refused *rest.Error
		if errors.As(err, &refused) && refused.Remedy != "" {
			todo = refused.Remedy
		}
		e.note("A1", Fail, "token", err.Error(), todo)
		return
	}
	self := answers[0]
	if self.err != nil || len(self.rows) != 1 {
		e.note("A1", Unknown, "token", "accepted, but the user's own row cannot be read",
			"let the integration user read sys_user")
	} else {
		e.note("A1", OK, "token", "accepted for "+get(self.rows[0], "user_name"), "")
	}
	e.roles(answers[1])
	e.clock()
	switch set := answers[2]; {
	case set.err != nil:
		e.note("F1", Unknown, "update set", "the user's preferences cannot be read", "")
	case len(set.rows) > 0:
		e.note("F1", Warn, "update set", "the integration user has chosen an update set of its own",
			"let it use the default one: a rule that is promoted with a set names this instance and stays silent elsewhere")
	default:
		e.note("F1", OK, "update set", "the default one", "")
	}
}

func (e *examination) roles(a answer) {
	var names []string
	for _, r := range a.rows {
		names = append(names, get(r, "role.name"))
	}
	held := " " + strings.Join(names, " ") + " "
	has := func(role string) bool { return strings.Contains(held, " "+role+" ") }
	switch {
	case a.err != nil || len(names) == 0:
		e.note("A2", Unknown, "roles", "cannot be read", "let the integration user read sys_user_has_role")
	case has("snc_read_only"):
		e.note("A2", Fail, "roles", "the user has snc_read_only", "take the role snc_read_only from the integration user")
	default:
		e.admin = has("admin")
		e.privileged = e.admin || has("business_rule_admin")
		e.either(e.privileged, "A2", Warn, "roles", "has "+strings.Join(names, ", "),
			"to install or repair rules the user needs admin, or business_rule_admin for rules alone")
	}
}

// clock compares with the Date header of the calls just made.
func (e *examination) clock() {
	apart := e.Conn.Now().Sub(e.Now()).Round(time.Second)
	seen := fmt.Sprintf("the instance is %v ahead of this host", apart)
	todo := "compare both with a time server: the receiver refuses deliveries that are dated too far from now"
	switch d := apart.Abs(); {
	case d > clockFail:
		e.note("A3", Fail, "clock", seen, todo)
	default:
		e.either(d <= clockWarn, "A3", Warn, "clock", seen, todo)
	}
}
