package auth

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// replaceFile puts b in the place of path so that at any moment path holds the old bytes or the new ones, also after
// the power failed: the new file is on the disk before its name is, and the name before the call returns. The caller
// holds the lock, so one name for the second file is enough, and what a killed process left there is overwritten.
func replaceFile(path string, b []byte) (err error) {
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

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrCorrupt
	}
	return b, err
}

// withoutPath drops the file's name, which holds the tenant's.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

// fileLockPause yields growing, jittered pauses. Polling keeps a waiting caller's context in charge, which a blocking
// lock call would not.
func fileLockPause() func() time.Duration {
	next := 500 * time.Microsecond
	return func() time.Duration {
		d := next/2 + rand.N(next)
		next = min(next*2, 10*time.Millisecond)
		return d
	}
}
