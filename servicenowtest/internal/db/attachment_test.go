package db

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAttachmentContentComesBackAsItWas(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	noise := make([]byte, 50000)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(noise)
	for name, content := range map[string][]byte{"empty": {}, "text": []byte("hello"), "noise": noise,
		"zeros": make([]byte, 100000)} {
		a, err := d.Attach(ada, NewAttachment{Table: "incident", SysID: r.SysID(), FileName: name, ContentType: "x/y"},
			bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		in, err := d.OpenAttachment(a.SysID())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes came back, %v", name, len(got), err)
		}
		if a.Get("compressed") != "true" || a.Get("state") != "available" || len(a.Get("hash")) != 64 {
			t.Errorf("%v", a.Values())
		}
	}
	if n := len(d.All("sys_attachment_doc")); n < 13 {
		t.Errorf("only %d chunks of 4 KB", n)
	}
	if err := d.Delete(ada, "incident", r.SysID()); err != nil {
		t.Fatal(err)
	}
	if n := len(d.All("sys_attachment")) + len(d.All("sys_attachment_doc")); n != 0 {
		t.Errorf("%d rows outlived their record", n)
	}
}

func TestAttachStopsWithItsSource(t *testing.T) {
	d, _ := clockDB()
	boom := errors.New("boom")
	source := io.MultiReader(strings.NewReader("abc"), readerFunc(func([]byte) (int, error) { return 0, boom }))
	_, err := d.Attach(ada, NewAttachment{Table: "incident", SysID: "x", FileName: "f"}, source)
	if !errors.Is(err, boom) || len(d.All("sys_attachment"))+len(d.All("sys_attachment_doc")) != 0 {
		t.Errorf("%v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
