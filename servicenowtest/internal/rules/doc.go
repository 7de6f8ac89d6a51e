// Package rules runs an instance's server-side scripts: Business Rules, events and script actions, with the Glide API
// over the data of package db, and the outbound requests they send.
//
// The engine is otto, an ES5 interpreter written in Go. Which JavaScript mode a script gets that was created over REST
// is undocumented: it may be the oldest. An engine that knows nothing of ECMAScript 2015 refuses what the oldest mode
// refuses (let, const, arrow functions, template literals, Object.assign, Array.prototype.includes), so a script that
// runs here has a chance everywhere; an engine with a newer language would wave through what a customer's instance
// rejects. otto is more lenient than Rhino's compatibility mode in two things: reserved words as property names, and
// String.prototype.startsWith and trim.
//
// Methods of the Glide API that are documented and not emulated throw, and name themselves; what is documented nowhere
// is undefined, as on the platform, and calling it throws too.
package rules
