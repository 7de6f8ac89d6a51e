package attachment_test

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/transfer"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
)

func stored(size string) wiretest.Answer {
	return wiretest.Answer{Status: 201, Body: `{"result":` + metadata("incident", "text/plain", size) + `}`}
}

func TestUpload(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPost, base+"/file", stored("5"))
	f := attachment.Bytes("Issue & screenshot.txt", []byte("hello"))
	f.CreatedAt, f.EncryptionContext = time.Date(2026, 2, 3, 5, 5, 6, 0, time.FixedZone("", 3600)), recordID
	got, err := svc.Upload(t.Context(), record, f)
	if err != nil || got.SysID.String() != fileID {
		t.Fatalf("got %+v, %v", got, err)
	}
	w.Expect("POST " + base + "/file?creation_time=2026-02-03 04:05:06&encryption_context=" + recordID +
		"&file_name=Issue & screenshot.txt&table_name=incident&table_sys_id=" + recordID)
	sent := w.Sent()[0]
	if sent.Body != "hello" || sent.ContentLength != 5 || sent.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("sent %q, %d bytes of %s", sent.Body, sent.ContentLength, sent.Header.Get("Content-Type"))
	}
}

// The file is the last part, as the platform wants it, and its own type stands in its part.
func TestUploadForm(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPost, base+"/upload", stored("5"))
	f := attachment.Bytes(`say "hi".txt`, []byte("hello"))
	f.ContentType = "text/x-log"
	if _, err := svc.UploadForm(t.Context(), record, f); err != nil {
		t.Fatal(err)
	}
	w.Expect("POST " + base + "/upload")
	sent := w.Sent()[0]
	mediaType, params, err := mime.ParseMediaType(sent.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" || sent.ContentLength != int64(len(sent.Body)) {
		t.Fatalf("%s, %v; %d bytes announced, %d sent", mediaType, err, sent.ContentLength, len(sent.Body))
	}
	r := multipart.NewReader(strings.NewReader(sent.Body), params["boundary"])
	for _, want := range []struct{ name, file, contentType, body string }{
		{"table_name", "", "", "incident"}, {"table_sys_id", "", "", recordID},
		{"uploadFile", `say "hi".txt`, "text/x-log", "hello"},
	} {
		part, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(part)
		if part.FormName() != want.name || part.FileName() != want.file || part.Header.Get("Content-Type") != want.contentType ||
			string(body) != want.body {
			t.Errorf("part %s %q %s: %q", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), body)
		}
	}
	if _, err := r.NextPart(); err != io.EOF {
		t.Errorf("after the file: %v", err)
	}
}

func TestUploadRefusesBeforeAByteIsSent(t *testing.T) {
	w, svc := connect(t)
	svc = svc.WithLimits(attachment.Limits{MaxBytes: 10, Extensions: []string{"txt", "log"}})
	opened := 0
	base := attachment.NewFile{Name: "a.TXT", Size: 1, Source: func() (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader("a")), nil
	}}
	for name, change := range map[string]func(*attachment.NewFile){
		"no name":             func(f *attachment.NewFile) { f.Name = " " },
		"a path":              func(f *attachment.NewFile) { f.Name = "../a.txt" },
		"a path of Windows":   func(f *attachment.NewFile) { f.Name = `c:\a.txt` },
		"a line break":        func(f *attachment.NewFile) { f.Name = "a\r\nX: y.txt" },
		"not text":            func(f *attachment.NewFile) { f.Name = "\xff.txt" },
		"extension":           func(f *attachment.NewFile) { f.Name = "a.exe" },
		"no extension":        func(f *attachment.NewFile) { f.Name = "a" },
		"too large":           func(f *attachment.NewFile) { f.Size = 11 },
		"negative":            func(f *attachment.NewFile) { f.Size = -2 },
		"no source":           func(f *attachment.NewFile) { f.Source = nil },
		"no type":             func(f *attachment.NewFile) { f.ContentType = "text plain/" },
		"a type with a break": func(f *attachment.NewFile) { f.ContentType = "text/plain\r\nX: y" },
		"no context":          func(f *attachment.NewFile) { f.EncryptionContext = "x" },
	} {
		f := base
		change(&f)
		for _, upload := range []func() error{
			func() error { return second(svc.Upload(t.Context(), record, f)) },
			func() error { return second(svc.UploadForm(t.Context(), record, f)) },
		} {
			if err := upload(); !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	f := base
	f.CreatedAt = time.Now()
	if err := second(svc.UploadForm(t.Context(), record, f)); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("a form has no creation time: %v", err)
	}
	w.Expect()
	if opened > 0 {
		t.Errorf("the source was opened %d times", opened)
	}
}

func TestUploadNoticesAnotherSize(t *testing.T) {
	for name, tt := range map[string]struct {
		size   int64
		answer wiretest.Answer
		want   error // nil: any
	}{
		"fewer bytes than announced":    {6, stored("6"), transfer.ErrSize},
		"more bytes than announced":     {4, stored("4"), transfer.ErrSize},
		"fewer bytes stored than sent":  {5, stored("4"), nil},
		"fewer stored, size not known":  {-1, stored("4"), nil},
		"the source fails on its way":   {5, stored("5"), iotest.ErrTimeout},
		"the source cannot be opened":   {5, stored("5"), os.ErrNotExist},
		"the source opens nothing":      {5, stored("5"), nil},
		"the record is not to be seen":  {5, wiretest.Answer{Status: 404, Body: `{"error":{"message":"no"}}`}, rest.ErrNotFound},
		"the instance does not take it": {5, wiretest.Answer{Status: 400, Body: `{"error":{"message":"no"}}`}, rest.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodPost, base+"/file", tt.answer)
			w.On(http.MethodPost, base+"/upload", tt.answer)
			f := attachment.NewFile{Name: "a.txt", Size: tt.size, Source: func() (io.ReadCloser, error) {
				switch {
				case tt.want == os.ErrNotExist:
					return nil, os.ErrNotExist
				case strings.Contains(name, "opens nothing"):
					return nil, nil
				case tt.want == iotest.ErrTimeout:
					return io.NopCloser(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("hello")))), nil
				}
				return io.NopCloser(strings.NewReader("hello")), nil
			}}
			for _, err := range []error{
				second(svc.Upload(t.Context(), record, f)), second(svc.UploadForm(t.Context(), record, f)),
			} {
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

// A renewed token, and an instance that says it did nothing, cost a second attempt from the beginning of the source.
func TestUploadOpensItsSourceForEveryAttempt(t *testing.T) {
	for name, first := range map[string]wiretest.Answer{
		"401": {Status: 401, Body: `{"error":{"message":"User Not Authenticated"}}`},
		"429": {Status: 429, Header: map[string]string{"Retry-After": "0"}},
	} {
		for _, form := range []bool{false, true} {
			w := wiretest.Retrying(t, 1)
			w.On(http.MethodPost, base+"/file", first, stored("5"))
			w.On(http.MethodPost, base+"/upload", first, stored("5"))
			opened, closed := 0, 0
			f := attachment.NewFile{Name: "a.txt", Size: 5, Source: func() (io.ReadCloser, error) {
				opened++
				return counted{strings.NewReader("hello"), &closed}, nil
			}}
			svc := attachment.New(w.Conn, w.Tables)
			upload := svc.Upload
			if form {
				upload = svc.UploadForm
			}
			if _, err := upload(t.Context(), record, f); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			sent := w.Sent()
			if len(sent) != 2 || sent[0].Body != sent[1].Body || !strings.Contains(sent[1].Body, "hello") || opened != 2 ||
				closed != 2 {
				t.Errorf("%s, form %v: sent %v, opened %d, closed %d", name, form, sent, opened, closed)
			}
		}
	}
}

type counted struct {
	io.Reader
	closed *int
}

func (c counted) Close() error { *c.closed++; return nil }

func TestUploadLooksBeforeItSendsAgain(t *testing.T) {
	const now = "2026-02-03 04:05:06"
	clock := map[string]string{"Date": "Tue, 03 Feb 2026 04:05:06 GMT"}
	busy := wiretest.Answer{Status: 503, Header: clock}
	row := func(name, size, created string) wiretest.Answer {
		text := strings.NewReplacer("blocks.swf", name, "2009-05-21 04:12:21", created).Replace(metadata("incident", "a/b", size))
		return wiretest.Answer{Body: `{"result":[` + text + `]}`, Header: map[string]string{"X-Total-Count": "1"}}
	}
	const post, look = "POST ", "GET "
	for name, tt := range map[string]struct {
		lookFirst bool
		look      wiretest.Answer
		sent      string
		ok        bool
	}{
		"it arrived":          {true, row("a.txt", "5", now), post + look, true},
		"it did not":          {true, wiretest.Result(`[]`), post + look + post, true},
		"only half of it did": {true, row("a.txt", "3", now), post + look + post, true},
		"an older one":        {true, row("a.txt", "5", "2026-02-03 03:05:06"), post + look + post, true},
		"looking fails":       {true, wiretest.Answer{Status: 404, Body: `{"error":{"message":"no"}}`}, post + look, false},
		"without leave":       {false, row("a.txt", "5", now), post, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, base+"/"+fileID, wiretest.Answer{Body: `{"result":` + metadata("x", "y", "1") + `}`,
				Header: clock})
			if _, err := svc.Get(t.Context(), fileID); err != nil { // the instance's clock is known from its answers
				t.Fatal(err)
			}
			w.On(http.MethodPost, base+"/file", busy, stored("5"))
			w.On(http.MethodGet, base, tt.look)
			f := attachment.Bytes("a.txt", []byte("hello"))
			f.LookFirst = tt.lookFirst
			got, err := svc.Upload(t.Context(), record, f)
			if (err == nil) != tt.ok || tt.ok && got.SysID.String() != fileID || !tt.ok && !errors.Is(err, rest.ErrUnavailable) {
				t.Errorf("got %+v, %v", got, err)
			}
			var methods string
			for _, r := range w.Sent()[1:] {
				methods += r.Method + " "
				if q := r.Query.Get("sysparm_query"); r.Method == http.MethodGet && !strings.Contains(q,
					"^file_name=a.txt^sys_created_on>=2026-02-03 04:05:0") {
					t.Errorf("looked with %s", q)
				}
			}
			if methods != tt.sent {
				t.Errorf("sent %s, want %s", methods, tt.sent)
			}
		})
	}
}

func TestSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace.log")
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	onDisk, err := attachment.Path(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []attachment.NewFile{
		onDisk, attachment.Bytes("trace.log", []byte("hello")),
		attachment.ReaderAt("trace.log", strings.NewReader("hello, world"), 5),
	} {
		for range 2 {
			r, err := f.Source()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if string(b) != "hello" || errors.Join(err, r.Close()) != nil || f.Size != 5 || f.Name != "trace.log" {
				t.Errorf("%+v: %q, %v", f, b, err)
			}
		}
	}
	if _, err := attachment.Path(filepath.Dir(path)); err == nil {
		t.Error("a directory is no file")
	}
	if _, err := attachment.Path(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
