// Package sqltest runs the conformance suites of token stores, checkpoint stores and inboxes over real databases. It is
// a module of its own, so that no driver and no database ever stands in the graph of the library.
//
//	cd internal/sqltest && go test ./...
//
// SQLite needs nothing. PostgreSQL and MariaDB are started for the test, each in a temporary directory and on a
// loopback port, where the machine has initdb and postgres, and mariadbd; what is missing is skipped, and said.
// SQLTEST_MYSQL is the data source name of a running MySQL or MariaDB, with a database that the test may use, to be
// used instead.
package sqltest
