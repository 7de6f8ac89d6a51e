package attachment_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
)

// file is an answer with the bytes of a file, and what the instance says about them.
func file(body, contentType, metadata string) wiretest.Answer {
	header := map[string]string{"Content-Type": contentType}
	if metadata != "" {
		header["X-Attachment-Metadata"] = strings.Join(strings.Fields(metadata), " ")
	}
	return wiretest.Answer{Body: body, Header: header}
}

func TestOpen(t *testing.T) {
	for name, tt := range map[string]struct {
		answer wiretest.Answer
		want   attachment.Download
		body   string
	}{
		"with metadata": {
			file("0123456789", "text/plain", metadata("incident", "text/x-log", "10")),
			attachment.Download{Name: "blocks.swf", ContentType: "text/x-log", Size: 10}, "0123456789",
		},
		"without": {file("0123", "text/plain", ""), attachment.Download{ContentType: "text/plain", Size: 4}, "0123"},
		"a header that is not JSON": {
			file("0123", "text/plain", "size=4"), attachment.Download{ContentType: "text/plain", Size: 4}, "0123",
		},
		"a web page that is the file": {
			file("<html>", "text/html", metadata("incident", "text/html", "6")),
			attachment.Download{Name: "blocks.swf", ContentType: "text/html", Size: 6}, "<html>",
		},
		"JSON that is the file": {
			file(`{"error":"no"}`, "application/json", metadata("incident", "application/json", "14")),
			attachment.Download{Name: "blocks.swf", ContentType: "application/json", Size: 14}, `{"error":"no"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, base+"/"+fileID+"/file", tt.answer)
			d, err := svc.Open(t.Context(), fileID)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			body, err := io.ReadAll(d)
			if string(body) != tt.body || err != nil {
				t.Errorf("read %q, %v", body, err)
			}
			if d.Name != tt.want.Name || d.ContentType != tt.want.ContentType || d.Size != tt.want.Size {
				t.Errorf("got %+v", d)
			}
			w.Expect("GET " + base + "/" + fileID + "/file")
			if accept := w.Sent()[0].Header.Get("Accept"); accept != "*/*" {
				t.Errorf("Accept %s", accept)
			}
		})
	}
}

// A web page in place of a file is what an instance that sleeps, or that wants a login, answers to everything.
func TestOpenDoesNotTakeAPageForAFile(t *testing.T) {
	for name, tt := range map[string]struct {
		about wiretest.Answer
		want  error
	}{
		"the file is another": {wiretest.Result(metadata("incident", "image/png", "6")), rest.ErrNotJSON},
		"the instance is not there": {file("<html><head><title>Instance Hibernating page</title></head></html>", "text/html",
			""), rest.ErrHibernating},
		"the file is not to be seen":  {wiretest.Answer{Status: 404, Body: `{"error":{"message":"no"}}`}, rest.ErrNotFound},
		"the file is a page, we hear": {wiretest.Result(metadata("incident", "text/html;charset=utf-8", "6")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, base+"/"+fileID+"/file", file("<html>", "text/html;charset=UTF-8", ""))
			w.On(http.MethodGet, base+"/"+fileID, tt.about)
			d, err := svc.Open(t.Context(), fileID)
			if !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
				t.Fatalf("got %v", err)
			}
			if err == nil {
				d.Close()
			}
			w.Expect("GET "+base+"/"+fileID+"/file", "GET "+base+"/"+fileID)
		})
	}
}

func TestOpenRefusals(t *testing.T) {
	w, svc := connect(t)
	for status, want := range map[int]error{400: rest.ErrInvalid, 403: rest.ErrForbidden, 404: rest.ErrNotFound} {
		w.On(http.MethodGet, base+"/"+fileID+"/file", wiretest.Answer{Status: status, Body: `{"error":{"message":"no"}}`})
		if d, err := svc.Open(t.Context(), fileID); d != nil || !errors.Is(err, want) {
			t.Errorf("%d: %v, %v", status, d, err)
		}
	}
}

func TestCopyAll(t *testing.T) {
	other := strings.Replace(metadata("incident", "text/plain", "5"), fileID, "7"+fileID[1:], 2)
	w, svc := connect(t)
	w.On(http.MethodGet, base, wiretest.Answer{
		Body:   `{"result":[` + metadata("incident", "text/plain", "4") + "," + other + `]}`,
		Header: map[string]string{"X-Total-Count": "2"},
	})
	w.On(http.MethodGet, base+"/"+fileID+"/file", file("0123", "text/plain", ""))
	var out sink
	n, err := svc.CopyAll(t.Context(), record, func(f attachment.File) (io.WriteCloser, error) {
		if f.SysID.String() == fileID {
			return &out, nil
		}
		return nil, nil
	})
	if n != 1 || err != nil || out.String() != "0123" || out.closed != 1 {
		t.Errorf("copied %d: %q, %v", n, out.String(), err)
	}
	for _, r := range w.Sent() {
		if !strings.HasPrefix(r.Path, base) {
			t.Errorf("a download link was followed: %s", r)
		}
	}
	short := metadata("incident", "text/plain", "9")
	w.On(http.MethodGet, base+"/"+fileID+"/file", file("0123", "text/plain", short))
	out = sink{}
	full := func(attachment.File) (io.WriteCloser, error) { return &out, io.ErrShortWrite }
	if n, err := svc.CopyAll(t.Context(), record, full); n != 0 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("no writer: %d, %v", n, err)
	}
}

type sink struct {
	strings.Builder
	closed int
}

func (s *sink) Close() error { s.closed++; return nil }
