// Package webhook receives what the Business Rules of package provision send.
//
// ServiceNow has no webhook subscription. A rule on the instance posts a thin JSON envelope, signed by the scheme of
// Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), so that any library of that scheme can verify it too.
// This package holds the contract that both sides share (header names, signed text, envelope), and the receiving side:
//
//   - [Verifier] checks the signature over the bytes as they came, and that they are recent.
//   - [Parse] turns a verified body into a typed [Event]. News that it does not know is an [Unknown], not an error.
//   - [Handler] does both behind a URL with a {tenant} in it, drops repeats through an [Inbox], and answers 2xx only
//     after the host took the event.
//   - [Dispatcher] keeps the order of arrival for each record, for hosts that need it.
//
// A webhook is a hint: RESTMessageV2 has no retry policy, and imports and some platform jobs run no rules at all.
// Polling (table.Feed, servicenow's Pull) is what guarantees that nothing is lost.
//
// The package imports the standard library only and contains no HTTP client.
package webhook
