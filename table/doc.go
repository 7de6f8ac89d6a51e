// Package table is the typed surface of ServiceNow's Table, Aggregate and Batch APIs: what a row is, and every way to
// reach one.
//
// [Of] names a table and the Go type its rows are read as: one of the row types of this package ([Incident], [Case],
// [User] and so on), a struct of your own made of the same cells, or [Record] for no struct at all.
//
//	incidents := table.Of[table.Incident](svc, "incident")
//	open := table.Where("active", table.Is, "true").And("priority", table.AtMost, "2")
//	for incident, err := range incidents.List(ctx, table.ListOptions{Query: open}) { … }
//
// Every value is a cell ([Text], [Ref], [Time], …), because the platform has three states where Go has one: a column
// that was not sent (an access rule hides it, or it was not asked for), one that is empty, and one that is set. The
// zero value of every cell is "not sent", and is not written either.
//
// What is read and what is written are different types. Rows are read; a [Changes], or a struct that embeds [Write],
// is written, and only the columns set in it. Journal entries (comments, work notes) are added, never set.
//
// The facts about the platform are from its documentation:
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html,
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html and
// https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html.
package table
