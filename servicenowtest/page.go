package servicenowtest

import (
	"html/template"
	"net/http"
)

// pages are the few HTML pages of an instance that a browser meets on its way through the authorization code grant.
// They are plain forms: no script, so that an HTTP client can answer them as well.
var pages = template.Must(template.New("").Parse(`
{{define "top"}}<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{.Title}} | ServiceNow</title></head>
<body><h1>{{.Title}}</h1>{{end}}
{{define "login"}}{{template "top" .}}
{{with .Message}}<p class="outputmsg_error">{{.}}</p>{{end}}
<form method="post" action="/login.do">
<label>User name <input name="user_name" autocomplete="username" autofocus></label>
<label>Password <input name="user_password" type="password" autocomplete="current-password"></label>
<input type="hidden" name="sysparm_goto_url" value="{{.Goto}}">
<input type="hidden" name="sysparm_ck" value="{{.CK}}">
<button name="sys_action" value="sysverb_login">Log in</button>
</form></body></html>{{end}}
{{define "consent"}}{{template "top" .}}
<p>{{.Client}} would like to connect to your ServiceNow account as {{.User}}.</p>
<p>Scope: {{.Scope}}</p>
<form method="post" action="/oauth_auth.do?{{.Query}}">
<input type="hidden" name="sysparm_ck" value="{{.CK}}">
<button name="sysparm_consent" value="allow">Allow</button>
<button name="sysparm_consent" value="deny">Deny</button>
</form></body></html>{{end}}
{{define "message"}}{{template "top" .}}<p>{{.Message}}</p></body></html>{{end}}
{{define "hibernating"}}<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Instance Hibernating page</title></head>
<body><h1>Your instance is hibernating.</h1><p>Sign in to the developer site to wake it.</p></body></html>{{end}}
`))

// page is what the templates are filled with; template.URL marks a query that was encoded already.
type page struct {
	Title, Message string
	Goto, CK       string
	Client, User   string
	Scope          string
	Query          template.URL
}

// writePage sends a page. Pages are never cached and never framed.
func writePage(w http.ResponseWriter, status int, name string, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html;charset=UTF-8")
	h.Set("Cache-Control", "no-cache,no-store,must-revalidate,max-age=-1")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, p) // a client that went away is no concern of the page
}
