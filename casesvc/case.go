package casesvc

import (
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
	// Others are the records behind further columns that an instance sends whole, by column.
	Others map[string]table.Record
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
		if column == socialProfile && value[0] == '[' {
			if err := json.Unmarshal(value, &c.Related.SocialProfiles); err != nil {
				return fmt.Errorf("column %s: %w", column, err)
			}
			continue // the column keeps the list as it was sent
		}
		id, ok := wholeRecord(value)
		if !ok {
			continue
		}
		if err := c.Related.take(column, value); err != nil {
			return fmt.Errorf("column %s: %w", column, err)
		}
		members[column], whole = id, true
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
	records := c.Related.records()
	if err != nil || len(records) == 0 {
		return b, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return nil, err
	}
	for column, record := range records {
		if len(members[column]) > 0 && members[column][0] == '[' {
			continue // the list is there already
		}
		if members[column], err = json.Marshal(record); err != nil {
			return nil, err
		}
	}
	return json.Marshal(members)
}

// wholeRecord reports that a value is a record rather than a cell, and yields the id in its place.
func wholeRecord(value json.RawMessage) (id json.RawMessage, ok bool) {
	if len(value) == 0 || value[0] != '{' {
		return nil, false
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
	}
	var record table.Record
	if err := json.Unmarshal(value, &record); err != nil {
		return err
	}
	if column == socialProfile {
		r.SocialProfiles = []table.Record{record}
		return nil
	}
	if r.Others == nil {
		r.Others = map[string]table.Record{}
	}
	r.Others[column] = record
	return nil
}

// records are those that stood in the place of an id, by column.
func (r *Related) records() map[string]any {
	all := map[string]any{}
	if r.Account != nil {
		all["account"] = r.Account
	}
	if r.Contact != nil {
		all["contact"] = r.Contact
	}
	if r.Consumer != nil {
		all["consumer"] = r.Consumer
	}
	if len(r.SocialProfiles) == 1 {
		all[socialProfile] = r.SocialProfiles[0]
	}
	for column, record := range r.Others {
		all[column] = record
	}
	return all
}
