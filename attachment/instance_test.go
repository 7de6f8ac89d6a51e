package attachment_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
)

func TestFilesOfARecord(t *testing.T) {
	in := roomtest.New(t)
	ctx := t.Context()
	record := attachment.Target{Table: "incident", ID: in.Insert("incident", map[string]string{"short_description": "Log"})}
	content := bytes.Repeat([]byte("0123456789abcdef"), 20_000) // more than one chunk of the platform's
	upload := map[string]func(f attachment.NewFile) (attachment.File, error){
		"plain.log": func(f attachment.NewFile) (attachment.File, error) { return in.Attachments.Upload(ctx, record, f) },
		"form.log":  func(f attachment.NewFile) (attachment.File, error) { return in.Attachments.UploadForm(ctx, record, f) },
	}
	for name, up := range upload {
		file, err := up(attachment.Bytes(name, content))
		if err != nil || file.FileName.String() != name || file.Target() != record || file.Hidden() {
			t.Fatalf("%s: %+v, %v", name, file, err)
		}
		d, err := in.Attachments.Open(ctx, file.SysID.String())
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(d)
		if !bytes.Equal(got, content) || err != nil || d.Name != name || d.Size != int64(len(content)) {
			t.Errorf("%s: %d bytes, %v as %+v", name, len(got), err, d)
		}
		d.Close()
	}
	copies := map[string]int{}
	n, err := in.Attachments.CopyAll(ctx, record, func(f attachment.File) (io.WriteCloser, error) {
		return writer(func(p []byte) { copies[f.FileName.String()] += len(p) }), nil
	})
	if n != 2 || err != nil || copies["plain.log"] != len(content) || copies["form.log"] != len(content) {
		t.Errorf("copied %d: %v, %v", n, copies, err)
	}
	for f, err := range in.Attachments.List(ctx, attachment.ListOptions{Target: record}) {
		if err == nil {
			err = errors.Join(in.Attachments.Rename(ctx, f.SysID.String(), "old.log"), in.Attachments.Delete(ctx, f.SysID.String()))
		}
		if err != nil {
			t.Error(err)
		}
	}
	if left := in.Rows("sys_attachment", "table_sys_id="+record.ID); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	nowhere := attachment.Target{Table: "incident", ID: strings.Repeat("0", 32)}
	if _, err := in.Attachments.Upload(ctx, nowhere, attachment.Bytes("a.txt", nil)); !errors.Is(err, servicenow.ErrNotFound) {
		t.Errorf("a record that is not there: %v", err)
	}
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }
func (w writer) Close() error                { return nil }
