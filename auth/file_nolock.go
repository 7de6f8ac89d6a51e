//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd && !windows

package auth

import (
	"errors"
	"os"
)

// tryLock refuses: without a lock between processes a FileStore would lose tokens.
func tryLock(*os.File) (bool, error) {
	return false, errors.New("auth: file store: no file lock on this operating system")
}

func syncDir(string) error { return nil }
