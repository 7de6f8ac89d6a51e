package attachment

import (
	"errors"
	"strings"
)

// The two APIs, by their names in a path.
const (
	attachmentAPI = "attachment"
	csmAPI        = "attachment_csm"
)

// CSM is the same service through the CSM Attachment API, which external users (customers, consumers) may call. It
// reaches the files of the tables in the property glide.rest.attachment_csm_api.allowed_tables, lists one table's files
// at a time, and can neither rename a file nor read or write attributes. External users share 500 requests an hour.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/attachment_csm-api.html.
func (s *Service) CSM() *Service {
	return &Service{conn: s.conn, tables: s.tables, limits: s.limits, api: csmAPI}
}

// only refuses what the other API does not have.
func (s *Service) only(api, what string) error {
	if s.api == api {
		return nil
	}
	return errors.New("the CSM Attachment API has no " + what)
}

// namesTable reports what the CSM Attachment API demands of every list: table_name= and a table.
func (s *Service) namesTable(query string) bool {
	return s.api != csmAPI || strings.HasPrefix(query, "table_name=") || strings.Contains(query, "^table_name=")
}

func (s *Service) path(more ...string) []string {
	return append([]string{"api", "now", "v1", s.api}, more...)
}
