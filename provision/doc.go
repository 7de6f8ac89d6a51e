// Package provision installs what makes an instance send webhooks, keeps it right, and says why none arrive.
//
// ServiceNow has no webhook subscription: Business Rules (sys_script) post to a URL that stands in a System Property
// (sys_properties), signed with a secret that stands in another. A [Spec] describes these records as data; [Helpdesk]
// and [Agent] make the two that most hosts want from [Settings]. A [Provisioner] brings an instance to a Spec:
//
//	spec, err := provision.Agent(settings)
//	p := provision.New(conn)
//	plan, err := p.Plan(ctx, spec)   // reads only; prints
//	result, err := p.Apply(ctx, plan)
//	report, err := p.Verify(ctx, spec)
//
// [Provisioner.Provision] does the three in a row. All of it may be repeated, interrupted and run by two replicas at
// once: it ends in the wanted state. Records are ours when their description carries our marker, or by exact name and
// table; nothing else is ever written. A run with nothing to do is one HTTP call and no write, because each write to
// sys_properties flushes the instance's caches for minutes.
//
// The scripts are files under scripts: ECMAScript 3 plus JSON, into which settings go as one JSON literal and nothing
// else. Package webhook receives what they send.
//
// The facts about the platform are from its documentation:
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html,
// https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_RESTMessageV2API.html and
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
package provision
