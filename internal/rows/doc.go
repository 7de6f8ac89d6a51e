// Package rows reads the rows of a Table API answer as their bytes arrive.
//
// A row is a list of named values; each value is one of the shapes in which the platform sends one. What a row means,
// and which Go struct it becomes, is the business of package table.
package rows
