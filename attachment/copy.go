package attachment

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// CopyAll writes every file of a record, hidden ones excepted, to where to says, one after the other, and returns how
// many. A nil writer leaves a file out. One request for each page of the record's files, and one for each file.
//
// The first failure ends it; files written by then are whole. The writer of the file that failed is closed as well: to
// get rid of what it has, wrap it and remove it when CopyAll returns the error.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) CopyAll(ctx context.Context, from Target, to func(File) (io.WriteCloser, error)) (int, error) {
	if err := from.check(); err != nil {
		return 0, invalid("attachment.CopyAll", err)
	}
	copied := 0
	for file, err := range s.List(ctx, ListOptions{Target: from}) {
		if err != nil {
			return copied, err
		}
		w, err := to(file)
		if err == nil && w == nil {
			continue
		}
		if err == nil {
			err = s.copyTo(ctx, file, w)
		}
		if err != nil {
			return copied, fmt.Errorf("attachment %s: %w", file.SysID, err)
		}
		copied++
	}
	return copied, nil
}

func (s *Service) copyTo(ctx context.Context, file File, w io.WriteCloser) (err error) {
	defer func() { err = errors.Join(err, w.Close()) }()
	r, err := s.Open(ctx, file.SysID.String())
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(w, r)
	return err
}
