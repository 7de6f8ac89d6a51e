package webhook

import (
	"crypto/hmac"
	"net/http"
)

// A hand-pasted rule posts a flat object of the record's columns and signs nothing. It is accepted only for an Endpoint
// with a Token, and only when a request carries none of the three headers of a signed delivery: a bad signature never
// ends here.

// isPlain reports whether a request claims nothing that a signature would have to prove.
func isPlain(h http.Header) bool {
	return len(h["Webhook-Id"]) == 0 && len(h["Webhook-Timestamp"]) == 0 && len(h["Webhook-Signature"]) == 0
}

// checkToken compares in constant time.
func checkToken(h http.Header, token Key) error {
	got := h[HeaderToken]
	if len(got) != 1 || !hmac.Equal([]byte(got[0]), []byte(token.Export())) {
		return ErrToken
	}
	return nil
}

// ParsePlain decodes what hand-pasted rules send: one object with sys_id, table (or sys_class_name), number,
// sys_mod_count and, if they like, operation and more columns under the platform's own names. Nothing proves who sent
// it, so treat it as a hint to read the record. A payload without sys_mod_count has no ID, because nothing tells a
// repeat from the next change.
func ParsePlain(body []byte) (Event, error) {
	object, err := validated(body)
	if err != nil {
		return nil, err
	}
	d := readPlain(object)
	if d.sysID == "" || d.table == "" {
		return nil, malformed("a plain payload needs sys_id and table")
	}
	env := envelope{data: d, rule: "plain"}
	noun := plainNoun(d.table)
	if noun == "case" && d.operation == "" {
		env.data.operation = string(Update)
		if d.modCount == "0" {
			env.data.operation = string(Insert)
		}
	}
	if id := "plain_" + d.table + "_" + d.sysID + "_" + d.modCount; d.modCount != "" && isID(id) {
		env.id = id
	}
	if e := env.event(noun); e != nil {
		return e, nil
	}
	return &Unknown{Head: env.head(), Kind: noun, Raw: body}, nil
}

func plainNoun(table string) string {
	switch table {
	case "sn_customerservice_case":
		return "case"
	case "sys_journal_field":
		return "comment"
	case "sys_attachment":
		return "attachment"
	}
	return "task"
}

func readPlain(object string) data {
	var d data
	var class string
	members(object, func(name, v string) {
		switch name {
		case "sys_class_name":
			class = text(v)
		case "sys_mod_count":
			d.modCount = text(v)
		case "sys_updated_on":
			d.updatedOn = text(v)
		case "sys_updated_by":
			d.updatedBy = text(v)
		case "sys_created_on":
			d.createdOn = text(v)
		case "sys_created_by":
			d.createdBy = text(v)
		case "value":
			d.text = text(v)
		case "name", "table_name":
			d.parentTable = text(v)
		case "element_id", "table_sys_id":
			d.parentSysID = text(v)
		case "table", "sys_id", "number", "operation", "element", "file_name", "content_type", "size_bytes":
			*d.member(name) = text(v)
		}
	})
	d.table = first(class, d.table)
	return d
}
