// Package knowledge is ServiceNow's Knowledge Management API, for finding and reading articles as a reader does, and
// the way to write them, which that API does not have: rows of kb_knowledge through the Table API, with the knowledge
// base's own publishing and retiring rules respected.
//
//	for hit, err := range svc.Search(ctx, knowledge.SearchOptions{Text: "vpn", Limit: 5}) { … }
//
// What a reader may see is decided by user criteria. An instance may let everybody call the API without logging in;
// then readers without a role, and external ones, share 500 requests an hour.
//
// The API belongs to the plugin sn_km_api; see
// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
package knowledge
