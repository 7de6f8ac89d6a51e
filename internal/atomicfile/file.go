package atomicfile

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Lock takes the lock that the file at path stands for, among processes and goroutines alike. The file is made if it is
// not there, and stays: to remove a lock file safely is not possible. Waiting ends with the context.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for next := 500 * time.Microsecond; ; next = min(next*2, 10*time.Millisecond) {
		got, err := tryLock(f)
		if got {
			return func() { _ = f.Close() }, nil // closing releases the lock, as the end of the process does
		}
		if err == nil {
			err = pause(ctx, next/2+rand.N(next))
		}
		if err != nil {
			_ = f.Close()
			return nil, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Replace puts b in the place of path. The new bytes are on the disk before their name is, and the name before the call
// returns. The caller holds the lock, so that one name for the second file is enough, and what a killed process left
// there is overwritten.
func Replace(path string, b []byte) (err error) {
	temp := path + ".tmp"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
		}
	}()
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Remove removes path for good.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
