//go:build race

package table_test

// raceDetector tells tests of memory that their figures would be the race detector's.
const raceDetector = true
