// Package sqlcheck holds no code but a test: random encoded queries are answered by the embedded instance's evaluator and
// by SQLite, over the same rows, and the answers compared. It is a module of its own so that nothing that imports the
// SDK ever sees a database driver.
package sqlcheck
