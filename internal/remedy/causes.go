package remedy

// Addresses and the network.
const (
	WrongDomain  Cause = "wrong_domain"
	HTTPNotHTTPS Cause = "http_not_https"
	Network      Cause = "network"
	Certificate  Cause = "certificate"
	Redirected   Cause = "redirected"
	NotAnAPI     Cause = "not_an_api"
	LoginPage    Cause = "login_page"
	Hibernating  Cause = "hibernating"
	Unavailable  Cause = "unavailable"
	Silent       Cause = "silent"
)

// Who calls.
const (
	InvalidClient    Cause = "invalid_client"
	RedirectMismatch Cause = "redirect_mismatch"
	ConsentDenied    Cause = "consent_denied"
	NoRefreshToken   Cause = "no_refresh_token"
	Reauthorize      Cause = "reauthorize"
	Unauthorized     Cause = "unauthorized"
	MFA              Cause = "mfa"
)

// Consent and tokens.
const (
	ClientNotAllowed  Cause = "client_not_allowed"
	GrantNotEnabled   Cause = "grant_not_enabled"
	GrantRefused      Cause = "grant_refused"
	InvalidScope      Cause = "invalid_scope"
	InvalidRequest    Cause = "invalid_oauth_request"
	MalformedToken    Cause = "malformed_token"
	NotConnected      Cause = "not_connected"
	ConsentExpired    Cause = "consent_expired"
	ConsentForeign    Cause = "consent_foreign"
	ConsentIncomplete Cause = "consent_incomplete"
	ConsentReplayed   Cause = "consent_replayed"
	ConsentState      Cause = "consent_state"
	ConsentTampered   Cause = "consent_tampered"
)

// What the caller may do.
const (
	MissingITIL           Cause = "missing_itil"
	MissingEmailAPISend   Cause = "missing_email_api_send"
	MissingCSMIntegration Cause = "missing_csm_integration"
	MissingAdmin          Cause = "missing_admin"
	MissingRuleAdmin      Cause = "missing_rule_admin"
	MissingRESTAccess     Cause = "missing_rest_access"
	MissingKnowledge      Cause = "missing_knowledge"
	MissingAttachment     Cause = "missing_attachment"
	MissingUserAdmin      Cause = "missing_user_admin"
	MissingRight          Cause = "missing_right"
	AuthScope             Cause = "auth_scope"
	AccessPolicy          Cause = "access_policy"
	IPAllowList           Cause = "ip_allow_list"
	QueryACL              Cause = "query_acl"
	WriteACL              Cause = "write_acl"
	BusinessRuleAbort     Cause = "business_rule_abort"
)

// What was asked.
const (
	HiddenRecord    Cause = "hidden_record"
	HiddenEmail     Cause = "hidden_email"
	UnknownAPI      Cause = "unknown_api"
	UnknownTable    Cause = "unknown_table"
	QuotaExceeded   Cause = "quota_exceeded"
	Crowded         Cause = "crowded"
	SessionQueue    Cause = "session_queue"
	Cancelled       Cause = "cancelled"
	ChangedMeantime Cause = "changed_meantime"
	TooLarge        Cause = "too_large"
)

// Webhooks.
const (
	WebhookSilent Cause = "webhook_silent"
)

var texts = map[Cause]string{
	WrongDomain:  "use the instance's own address, https://NAME.service-now.com or https://NAME.servicenowservices.com, not a custom or vanity host",
	HTTPNotHTTPS: "write the address with https://",
	Network:      "check that this host reaches the instance on port 443, through the proxy if one is needed (HTTPS_PROXY, NO_PROXY)",
	Certificate:  "the certificate presented is not trusted: a proxy that inspects TLS needs its own certificate in SSL_CERT_FILE",
	Redirected:   "the instance sent this call elsewhere, as it does with browsers that must log in: check the address and that the integration user may use the REST API",
	NotAnAPI:     "something in front of the instance answered with a page: check the address, the proxy, and whether the instance is being upgraded",
	LoginPage:    "the instance answered with its login page: check the credentials, and that single sign-on is not forced on the integration user",
	Hibernating:  "wake the developer instance: sign in at developer.servicenow.com and open it, then try again in a few minutes",
	Unavailable:  "the instance is restarting, being upgraded or overloaded: try again later, and look at its status page if it lasts",
	Silent:       "the instance did not answer in time: ask for fewer rows or columns, and check the network between",

	InvalidClient:    "check four things in the OAuth application registry: the client ID is this record's, the client secret was copied without blanks or line breaks, the record is active, and it is on this very instance (a sandbox has its own); enter the new secret if it was regenerated",
	RedirectMismatch: "enter exactly this application's redirect URL in the OAuth application registry, byte for byte: https, no slash at its end, no parameters that are not part of it",
	ConsentDenied:    "start again and choose Allow on the instance's consent page",
	Reauthorize:      "an admin must connect again: the refresh token expired, was revoked, or its user was deactivated",
	Unauthorized:     "check the credentials: the user must be active, not locked out, and allowed to use web services",
	MFA:              "the user has multi-factor authentication: use OAuth, or a user meant for integrations",

	ClientNotAllowed: "the OAuth application may not use this kind of grant: check its grant type, and for client credentials its OAuth Application User",
	GrantNotEnabled:  "let an admin enable this kind of grant on the instance, and check the grant type of the OAuth application",
	GrantRefused:     "an admin must connect again; if it is refused once more, check the client secret, that the user is active and not locked out, and the instance's log: it names the real cause",
	NoRefreshToken: "the instance gave no refresh token, so that the connection ends with its access token: make the OAuth " +
		"application a confidential client, not a public one, and connect again",
	InvalidScope: "ask only for scopes that the OAuth application registry record grants, or for none: it then gives its own",
	InvalidRequest: "check that the redirect URL is https, registered byte for byte, and that the instance's own address is used; " +
		"where the instance names code_challenge, connect without PKCE",
	MalformedToken:    "something between this host and the instance changed the token answer: check the address and the proxy",
	NotConnected:      "connect this instance first",
	ConsentExpired:    "start the connection again and finish it within the time given",
	ConsentForeign:    "start the connection again from this account's own settings page",
	ConsentIncomplete: "start the connection again; if it repeats, check that no proxy or filter removes the parameters of the callback",
	ConsentReplayed:   "this consent was used already: if the connection is not shown as connected, start it again",
	ConsentState:      "start the connection again in this browser, and finish it in the same one with cookies allowed",
	ConsentTampered:   "start the connection again: what was kept about it is damaged or was changed",

	MissingITIL:           "give the integration user the role itil",
	MissingEmailAPISend:   "give the integration user the role email_api_send",
	MissingCSMIntegration: "give the integration user the role csm_ws_integration (or sn_customerservice_agent for an agent's rights)",
	MissingAdmin:          "the integration user needs the role admin for system properties; create or change the property with an admin user",
	MissingRuleAdmin:      "the integration user needs the role admin or business_rule_admin for Business Rules; let an admin run the provisioning",
	MissingRESTAccess:     "give the integration user the role snc_platform_rest_api_access",
	MissingKnowledge:      "give the integration user the role knowledge, and let the knowledge base's user criteria include it",
	MissingAttachment:     "let the integration user create rows of sys_attachment, and read and write the record that the file belongs to",
	MissingUserAdmin:      "give the integration user the role user_admin",
	MissingRight:          "an access rule of the instance refuses this to the integration user: give it a role that has the right",
	AuthScope:             "add the auth scope of this API to the OAuth application registry record: the token lacks it",
	AccessPolicy:          "a REST API access policy of the instance refuses this kind of login, method or address: let an admin add the OAuth profile to the policy of this API, and apply it to all methods (where it is written), resources and versions",
	IPAllowList:           "add this host's outgoing address to the instance's IP address access control, and look for a gateway or firewall before the instance that refuses it",
	QueryACL:              "check the column names, and give the integration user read access to the columns used in the query",
	WriteACL:              "an access rule refuses the change: give the integration user write access to this record and its columns",
	BusinessRuleAbort:     "a Business Rule or data policy of the instance refused the values: see the message",

	HiddenRecord:    "check the id; if it is right, an access rule hides the record from the integration user",
	HiddenEmail:     "check the id, because this API says the same of a mail that does not exist; if it is right, give the integration user read access to sys_email",
	UnknownAPI:      "the instance does not have this API: activate its plugin, and check that the API is not switched off",
	UnknownTable:    "check the table's name, and that the plugin which brings the table is active",
	QuotaExceeded:   "a rate limit rule of the instance is used up: wait, or let an admin raise it in Rate Limit Rules",
	Crowded:         "the instance's queue for integrations is full: wait, and make fewer calls at the same time",
	SessionQueue:    "too many calls wait on one session: do not share session cookies between calls",
	Cancelled:       "the instance cancelled a long transaction: ask for fewer rows or columns",
	ChangedMeantime: "read the record again and repeat the change",
	TooLarge:        "send less in one call: the instance bounds the size of a request",

	WebhookSilent: "check on the instance that the Business Rule is there and active, that the callback property is set, and that the instance can reach the callback URL; then reconnect, which installs both again and is safe to repeat",
}
