// Package sqltest runs the conformance suite of token stores over real databases. It is a module of its own, so that no
// driver and no database ever stands in the graph of the library.
//
//	cd internal/sqltest && go test ./...
//
// SQLite needs nothing. PostgreSQL is started for the test, in a temporary directory and on a loopback port, where the
// machine has initdb and postgres. MySQL and MariaDB need a server: SQLTEST_MYSQL is its data source name, with a
// database that the test may use.
package sqltest
