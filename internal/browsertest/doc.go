// Package browsertest runs the consent in a real browser: an opener, its popup, the instance's pages, the message to
// the opener, and the popup's end. It is a module of its own, so that the browser's driver stays out of the graph of
// the library.
//
//	cd internal/browsertest && go test ./...
//
// It needs chromium-headless-shell or chromium in PATH, and says so when it skips.
package browsertest
