package casesvc

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Case is a case as the Case API sends it: the columns of the table, and the records it belongs to where the API
// sent them whole. The columns Account, Contact and Consumer then still hold the sys_id.
type Case struct {
	table.Case
	Related Related `json:"-"`
}

// Related are the records that a case belongs to. Each is nil where the API sent an id, or nothing: because it was not
// asked for, because there is none, or because the caller may not read it.
type Related struct {
	Account        *table.Account
	Contact        *table.Contact
	Consumer       *table.Consumer
	SocialProfiles []table.Record
}

const socialProfile = "sn_app_cs_social_social_profile"

// UnmarshalJSON reads a case with its related records as objects, as ids, or as "".
func (c *Case) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	*c = Case{}
	whole := false
	for column, value := range members {
		id, ok := expanded(value)
		if !ok {
			continue
		}
		if err := c.Related.take(column, value); err != nil {
			return fmt.Errorf("column %s: %w", column, err)
		}
		if value[0] == '{' {
			members[column], whole = id, true
		}
	}
	if whole {
		var err error
		if b, err = json.Marshal(members); err != nil {
			return err
		}
	}
	return table.UnmarshalRow(b, &c.Case)
}

// MarshalJSON writes the case in the shape in which it was read, so that nothing is lost. It is for storing cases, not
// for sending them.
func (c Case) MarshalJSON() ([]byte, error) {
	b, err := table.MarshalRow(c.Case)
	if err != nil || c.Related.Account == nil && c.Related.Contact == nil && c.Related.Consumer == nil {
		return b, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return nil, err
	}
	return c.Related.put(members)
}

// expanded reports that a value is a record, or a list of records, rather than a cell, and yields the id in its place.
func expanded(value json.RawMessage) (id json.RawMessage, ok bool) {
	value = bytes.TrimSpace(value)
	if len(value) == 0 || value[0] != '{' && value[0] != '[' {
		return nil, false
	}
	if value[0] == '[' {
		return nil, true
	}
	var record struct {
		SysID *table.Value `json:"sys_id"`
	}
	if json.Unmarshal(value, &record) != nil || record.SysID == nil {
		return nil, false
	}
	id, err := json.Marshal(record.SysID.String())
	return id, err == nil
}

func (r *Related) take(column string, value json.RawMessage) error {
	switch column {
	case "account":
		return json.Unmarshal(value, &r.Account)
	case "contact":
		return json.Unmarshal(value, &r.Contact)
	case "consumer":
		return json.Unmarshal(value, &r.Consumer)
	case socialProfile:
		if value[0] == '[' {
			return json.Unmarshal(value, &r.SocialProfiles)
		}
		r.SocialProfiles = make([]table.Record, 1)
		return json.Unmarshal(value, &r.SocialProfiles[0])
	}
	return nil
}

func (r *Related) put(members map[string]json.RawMessage) ([]byte, error) {
	set := func(column string, row any) error {
		b, err := json.Marshal(row)
		members[column] = b
		return err
	}
	if r.Account != nil {
		if err := set("account", r.Account); err != nil {
			return nil, err
		}
	}
	if r.Contact != nil {
		if err := set("contact", r.Contact); err != nil {
			return nil, err
		}
	}
	if r.Consumer != nil {
		if err := set("consumer", r.Consumer); err != nil {
			return nil, err
		}
	}
	return json.Marshal(members)
}
