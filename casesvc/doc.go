// Package casesvc is ServiceNow's Case API: the customer service cases with their activities, and what an agent does
// with them in the domain's own words (comment, assign, resolve, escalate).
//
//	cases := casesvc.Open().ByAccount(accountID)
//	for c, err := range svc.List(ctx, cases) { … }
//
// The API differs from the Table API in shape and in manners. Accounts, contacts and consumers come as whole objects
// where that is asked for, as a sys_id where not, and as "" where there is none or the caller may not read it. What is
// written is not checked: an unknown column, or one the caller may not set, is dropped without notice. A case can be
// read by its number, but is written by its sys_id. There is no way to delete one.
//
// The API belongs to the plugin com.sn_customerservice and asks for the role csm_ws_integration; see
// https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
package casesvc
