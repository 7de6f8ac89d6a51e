package servicenowtest

import (
	"strconv"
	"strings"
	"time"
)

// clientRow is an application as oauth_entity shows it to those who may read the table.
func clientRow(c OAuthClient) map[string]string {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	return map[string]string{
		"name": c.Name, "client_id": c.ClientID, "client_secret": c.ClientSecret, "active": flag(!c.Inactive),
		"redirect_url":           strings.Join(c.RedirectURLs, ","),
		"access_token_lifespan":  seconds(c.accessLifespan()),
		"refresh_token_lifespan": seconds(c.refreshLifespan()),
		"public_client":          flag(c.Public), "pkce_required": flag(c.PKCERequired || c.Public),
		"enforce_token_restriction": flag(c.EnforceTokens),
	}
}

// Seed fills the instance with sample data: rows that look like those of a company, the same for the same seed.
// An instance of 100,000 rows takes a second or two.
func (s *Server) Seed(d SampleData) {
	if err := seedSample(s.db, d, s.opts.seed); err != nil {
		panic("servicenowtest: " + err.Error()) // the sample data are our own: they fit or the package is broken
	}
}
