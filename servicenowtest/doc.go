// Package servicenowtest is a ServiceNow instance in a process: what httptest is to net/http, for programs that talk to
// ServiceNow.
//
//	s := servicenowtest.NewServer(t, servicenowtest.WithSampleData(servicenowtest.SampleData{}))
//	client := s.HTTPClient() // reaches https://acme.service-now.com, which is this server, and nothing else
//
// It serves over TLS under its instance's own name, with users, roles and access control, OAuth with pages that a
// browser can use, the Table, Aggregate, Batch, Attachment, CSM Attachment, Case, Account, Contact, Consumer, Knowledge
// and Email APIs, sessions and their limits, and Business Rules that run. It is stricter than a client would like and as nasty as the
// platform: see [Switches] for what instances disagree on and [Server.Fault] for what goes wrong.
//
// Several servers live in one process without knowing of each other. The same seed gives the same instance. The clock
// can be moved by hand ([NewClock]) or by testing/synctest ([WithoutSockets]).
//
// # What it is faithful to
//
// ServiceNow's public documentation, which is linked where a behaviour comes from it. What the documentation does not
// say, and what is therefore only our belief, is marked "belief:" in the source, together with the observation on a
// real instance that would settle it.
//
// # What it does not emulate
//
//   - Forms, lists, UI policies, client scripts, workflows, flows, SLAs, approvals and notifications. Stock Business
//     Rules: only the rules that a test installs run.
//   - Display rules. Data policies, dictionary overrides, and update sets beyond their columns.
//   - The Import Set and Change APIs, multipart answers of the Batch API, sysparm_query_category, session debug
//     messages, CORS, currency conversion. There is no text index: 123TEXTQUERY321 looks for the words in all texts of
//     a row. Deleting a record leaves the references to it as they are.
//   - Domain separation, encryption contexts, field encryption by KMF, views other than the built-in mobile view.
//   - The scripted ACLs of a real instance: the stock rights are table by table and role by role, [ACL] adds to them.
//   - REST message records, MID servers, mutual authentication, redirect lists and response attachments of
//     RESTMessageV2; waitForResponse on a queued request.
//   - The Rhino engine itself. Scripts run in an ES5 interpreter (see internal/rules) whose regular expressions are
//     those of Go's package regexp: no look-ahead, and a character outside the basic plane is one character to them
//     and not two.
//   - Single sign-on, multi-factor authentication, HMAC authentication, the implicit grant, tokens in JWT format.
//     Tokens are kept beside the tables: oauth_credential has no rows.
//   - Several nodes: rate limits count at once and not every 30 seconds, and there is one semaphore pool.
package servicenowtest
