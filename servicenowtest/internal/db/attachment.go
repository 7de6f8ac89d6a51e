package db

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
)

// chunkSize is what one sys_attachment_doc row holds of the compressed content.
// https://www.servicenow.com/docs/r/platform-administration/r_AdministeringAttachments.html
const chunkSize = 4096

// NewAttachment is a file on its way to a record.
type NewAttachment struct {
	Table, SysID          string // the record it hangs on
	FileName, ContentType string
	Values                map[string]string // further columns of sys_attachment, such as sys_created_on when seeding
}

// Attach stores content as an attachment of a record: a sys_attachment row, which hooks see once its content is there,
// and the compressed content in sys_attachment_doc rows. An error of content aborts it.
func (d *DB) Attach(s Session, a NewAttachment, content io.Reader) (Row, error) {
	values, err := d.storeContent(s, a, content)
	if err != nil {
		return Row{}, err
	}
	row, err := d.Insert(s, "sys_attachment", values)
	if row.IsZero() {
		d.dropChunksOf(values["sys_id"])
	}
	return row, err
}

// SeedAttachment is Attach without hooks.
func (d *DB) SeedAttachment(s Session, a NewAttachment, content io.Reader) (string, error) {
	values, err := d.storeContent(s, a, content)
	if err != nil {
		return "", err
	}
	_, err = d.Seed(s, "sys_attachment", []map[string]string{values})
	return values["sys_id"], err
}

func (d *DB) storeContent(s Session, a NewAttachment, content io.Reader) (map[string]string, error) {
	var packed bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	hash := sha256.New()
	size, err := io.Copy(zip, io.TeeReader(content, hash))
	if err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	values := map[string]string{"sys_id": d.NewID(), "table_name": a.Table, "table_sys_id": a.SysID,
		"file_name": a.FileName, "content_type": a.ContentType, "size_bytes": strconv.FormatInt(size, 10),
		"size_compressed": strconv.Itoa(packed.Len()), "hash": hex.EncodeToString(hash.Sum(nil)),
		"chunk_size_bytes": strconv.Itoa(chunkSize)}
	for k, v := range a.Values {
		values[k] = v
	}
	for position := 0; packed.Len() > 0; position++ {
		chunk := packed.Next(chunkSize)
		d.quiet(s, "sys_attachment_doc", map[string]string{"sys_attachment": values["sys_id"],
			"position": strconv.Itoa(position), "length": strconv.Itoa(len(chunk)),
			"data": base64.StdEncoding.EncodeToString(chunk)})
	}
	return values, nil
}

// OpenAttachment reads the content of an attachment, chunk by chunk.
func (d *DB) OpenAttachment(sysID string) (io.Reader, error) {
	chunks := d.Find("sys_attachment_doc", "sys_attachment", sysID)
	if len(chunks) == 0 {
		return nil, ErrNotFound
	}
	slices.SortFunc(chunks, func(a, b Row) int {
		x, _ := strconv.Atoi(a.Get("position"))
		y, _ := strconv.Atoi(b.Get("position"))
		return cmp.Compare(x, y)
	})
	parts := make([]io.Reader, len(chunks))
	for i, c := range chunks {
		parts[i] = base64.NewDecoder(base64.StdEncoding, bytes.NewReader([]byte(c.Get("data"))))
	}
	return gzip.NewReader(io.MultiReader(parts...))
}

func (d *DB) dropChunks(row Row) {
	if row.Class() == "sys_attachment" {
		d.dropChunksOf(row.SysID())
	}
}

func (d *DB) dropChunksOf(attachment string) {
	chunks := d.Find("sys_attachment_doc", "sys_attachment", attachment)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range chunks {
		if _, ok := d.lookup("sys_attachment_doc", c.SysID()); ok {
			d.remove(c)
		}
	}
}
