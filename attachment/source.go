package attachment

import (
	"bytes"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Source opens the bytes to send, from the beginning. It is called once for every attempt, so that nothing has to be
// held in memory for the case that one fails; what it returns is closed.
type Source func() (io.ReadCloser, error)

// NewFile is a file to attach.
type NewFile struct {
	// Name is the file's name on the instance: no path, and with an extension that the instance allows.
	Name string
	// ContentType is stored with the file. Empty is the type that goes with the name's extension, or else
	// application/octet-stream.
	ContentType string
	// Size is how many bytes Source yields, -1 when not known. More or fewer bytes end the upload with an error, and
	// the instance does not keep the file.
	Size int64
	// Source opens the bytes.
	Source Source
	// CreatedAt is when the file was made where the record keeper was offline. Zero is now, by the instance's clock.
	CreatedAt time.Time
	// EncryptionContext is the sys_id of the encryption context whose users alone may read the file. Empty leaves it
	// to the instance.
	EncryptionContext string
	// LookFirst sends the file a second time when nobody knows what became of the first (no answer, 502 to 504), after
	// looking at the record whether a file of this name and size came into being meanwhile. Without it such a failure
	// is reported, because a second upload is a second attachment.
	LookFirst bool
}

// Bytes is a file that is in memory already.
func Bytes(name string, b []byte) NewFile {
	return NewFile{Name: name, Size: int64(len(b)), Source: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(b)), nil
	}}
}

// Path is a file on disk, under its own name. The error is that of os.Stat, or that it is no regular file.
func Path(path string) (NewFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return NewFile{}, err
	}
	if !info.Mode().IsRegular() {
		return NewFile{}, &fs.PathError{Op: "attach", Path: path, Err: fs.ErrInvalid}
	}
	open := func() (io.ReadCloser, error) { return os.Open(path) }
	return NewFile{Name: filepath.Base(path), Size: info.Size(), Source: open}, nil
}

// ReaderAt is part of something that can be read at any place, such as a file in an archive.
func ReaderAt(name string, r io.ReaderAt, size int64) NewFile {
	return NewFile{Name: name, Size: size, Source: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(r, 0, size)), nil
	}}
}

const anyContent = "application/octet-stream"

// contentType is what is sent: the platform wants one with every upload.
func (f NewFile) contentType() string {
	if f.ContentType != "" {
		return f.ContentType
	}
	if byName := mime.TypeByExtension(filepath.Ext(f.Name)); byName != "" {
		return byName
	}
	return anyContent
}

// extension is the name's last extension in lower case, without the dot.
func (f NewFile) extension() string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(f.Name), "."))
}
