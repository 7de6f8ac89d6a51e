//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/attachment"
)

const (
	fileID = "0123456789abcdef0123456789abcdef"
	files  = origin + "/api/now/v1/attachment/"
)

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// file is one that nobody has to keep.
func (t task) file() io.ReadCloser { return io.NopCloser(io.LimitReader(zeros{}, t.bytes)) }

// downloading streams a file to nowhere, as io.Copy does of the body of a plain request.
func downloading(to near, t task) work {
	return work{
		ours: func() {
			d, err := to.sdk.Attachments.Open(context.Background(), fileID)
			check(err)
			n, err := io.Copy(io.Discard, d)
			check(err)
			check(d.Close())
			if n != t.bytes {
				check(fmt.Errorf("%d bytes", n))
			}
		},
		floor: func() { discard(to.http.Get(files + fileID + "/file")) },
	}
}

type upload func(*attachment.Service, context.Context, attachment.Target, attachment.NewFile) (attachment.File, error)

// uploading streams a file from nowhere, as the body of a plain request.
func uploading(how upload) func(near, task) work {
	return func(to near, t task) work {
		f := attachment.NewFile{Name: "zeros.bin", Size: t.bytes,
			Source: func() (io.ReadCloser, error) { return t.file(), nil }}
		return work{
			ours: func() {
				_, err := how(to.sdk.Attachments, context.Background(), attachment.Target{Table: "incident", ID: fileID}, f)
				check(err)
			},
			floor: func() {
				r, err := http.NewRequest(http.MethodPost, files+"file", t.file())
				check(err)
				r.ContentLength = t.bytes
				discard(to.http.Do(r))
			},
		}
	}
}
