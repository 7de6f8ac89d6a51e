// Package rest is the one path that every request of the SDK takes: build, wait for the instance's limit, authorize,
// send, classify, retry, decode.
//
// API packages describe a call as an [Op] and hand it to [Do], [Conn.Do] or [Conn.Open]; none of them builds an
// http.Request. What the platform does that surprises is handled here and nowhere else:
//
//   - An answer is data only if its status, its content type and its JSON all say so. A login page, a hibernation
//     page, a 202 (not executed), a redirect, an "error" member beside the result and a body that stops early are
//     errors, each with its class.
//   - Nothing is sent twice unless the call site said that it may be, or it is certain that the instance did not act.
//   - The instance's queue for integrations is short. A [Conn] keeps few calls in flight, fewer when it is told so.
//   - Errors and log lines hold no URL, no query, no header and no body, and no credential.
//
// The error and status codes are those of
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/r_RESTAPIHTTPResponseCodes.html.
package rest
