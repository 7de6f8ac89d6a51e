package servicenow

import (
	"net/http"
	"net/url"
	"strings"
)

// tenantMark is where the tenant stands in [ConnectorConfig.WebhookURL]: in its path, or as a parameter of its query.
const tenantMark = "{tenant}"

func checkWebhookURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	placed := err == nil && (strings.Contains(u.Path, tenantMark) && u.RawQuery == "" || tenantParameter(u) != "")
	if !placed || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return &SettingError{"WebhookURL", "must be an https URL with {tenant} in its path or as a parameter, and without user",
			"for example https://app.example.com/hooks/servicenow/{tenant} or https://app.example.com/hooks?tenant={tenant}"}
	}
	return nil
}

// tenantParameter names the parameter of u that is the tenant; empty is none.
func tenantParameter(u *url.URL) string {
	for name, values := range u.Query() {
		if len(values) == 1 && values[0] == tenantMark {
			return name
		}
	}
	return ""
}

// webhookURL is where a tenant's instance posts.
func (c *Connector) webhookURL(tenant string) string {
	path, query, asked := strings.Cut(c.cfg.WebhookURL, "?")
	path = strings.ReplaceAll(path, tenantMark, url.PathEscape(tenant))
	if !asked {
		return path
	}
	return path + "?" + strings.ReplaceAll(query, tenantMark, url.QueryEscape(tenant))
}

// tenantOf reads the tenant of a delivery where [ConnectorConfig.WebhookURL] put it.
func (c *Connector) tenantOf() func(*http.Request) string {
	u, err := url.Parse(c.cfg.WebhookURL)
	if err != nil {
		return nil
	}
	name := tenantParameter(u)
	if name == "" {
		return nil // the handler's own way: the path
	}
	return func(r *http.Request) string { return r.URL.Query().Get(name) }
}
