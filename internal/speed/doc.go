// Package speed holds the measurements of what the SDK costs its host. The one who measures is a process of its own,
// the program in the folder host, which imports what a host imports; the instance is another, and between them are real
// connections on loopback. Each figure stands beside that of net/http alone, which does the same in the same process,
// in turn with the SDK.
//
//	go test ./internal/speed -run '^$' -bench . -benchtime 1x
package speed
