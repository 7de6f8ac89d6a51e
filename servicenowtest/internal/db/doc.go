// Package db is the data of an embedded instance: tables in a class hierarchy with their dictionary, rows, journals,
// audit, attachments, and the evaluator of encoded queries.
//
// It knows nothing of HTTP, rights or scripts: those who do hand in a [Session], a visibility function and write hooks.
// A [DB] is safe for concurrent use; no lock is held while a hook runs, so hooks may write.
package db
