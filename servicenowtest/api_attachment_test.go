package servicenowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html
func TestAttachmentFileUpload(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	target := "table_name=incident&table_sys_id=" + id
	a := b.do("POST", "/api/now/v1/attachment/file?"+target+"&file_name=tr%C3%A4ce.log", "hello\x00world",
		"Content-Type", "text/plain").want(201)
	sysID := a.value("result/sys_id")
	for member, want := range map[string]string{"file_name": "träce.log", "content_type": "text/plain", "size_bytes": "11",
		"table_name": "incident", "table_sys_id": id, "compressed": "true", "sys_created_by": "ada.diaz",
		"created_by_name": "Ada Diaz", "download_link": testOrigin + "/api/now/v1/attachment/" + sysID + "/file",
		"sys_mod_count": "0", "image_width": "", "sys_tags": ""} {
		a.is("result/"+member, want)
	}
	if got := a.Header.Get("Location"); got != testOrigin+"/api/now/v1/attachment/"+sysID {
		t.Errorf("Location %q", got)
	}
	file := b.do("GET", "/api/now/attachment/"+sysID+"/file", "", "Accept", "*/*").want(200)
	if file.Body != "hello\x00world" || file.Header.Get("Content-Type") != "text/plain" || file.Header.Get("Content-Length") != "11" {
		t.Errorf("file %q, %v", file.Body, file.Header)
	}
	var meta map[string]string
	if err := json.Unmarshal([]byte(file.Header.Get("X-Attachment-Metadata")), &meta); err != nil || meta["size_bytes"] != "11" {
		t.Errorf("X-Attachment-Metadata %s: %v", file.Header.Get("X-Attachment-Metadata"), err)
	}
	b.get("/api/now/attachment/"+sysID).want(200).is("result/sys_id", sysID)
}

func TestAttachmentRefusals(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	target := "table_name=incident&table_sys_id=" + id
	b.seed("sys_properties", row{"name": "glide.attachment.extensions", "value": "txt, LOG"})
	size := b.seed("sys_properties", row{"name": "com.glide.attachment.max_size", "value": ""})
	big := strings.Repeat("x", 2000)
	for _, c := range []struct {
		name, query, contentType, body string
		status                         int
	}{
		{"no content type", target + "&file_name=a.txt", "", "x", 400},
		{"no file name", target, "text/plain", "x", 400},
		{"no table", "table_sys_id=" + id + "&file_name=a.txt", "text/plain", "x", 400},
		{"no record", "table_name=incident&file_name=a.txt", "text/plain", "x", 400},
		{"record that is not there", "table_name=incident&table_sys_id=none&file_name=a.txt", "text/plain", "x", 404},
		{"table that is not there", "table_name=bogus&table_sys_id=" + id + "&file_name=a.txt", "text/plain", "x", 404},
		{"extension", target + "&file_name=a.exe", "text/plain", "x", 403},
		{"no extension", target + "&file_name=a", "text/plain", "x", 403},
		{"extension in other letters", target + "&file_name=a.Log", "text/plain", "x", 201},
		{"an empty size property means 1 KB", target + "&file_name=a.txt", "text/plain", big, 403},
		{"within it", target + "&file_name=a.txt", "text/plain", big[:1024], 201},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.do("POST", "/api/now/attachment/file?"+c.query, c.body, "Content-Type", c.contentType).want(c.status)
		})
	}
	if _, err := b.db.Update(db.Session{}, "sys_properties", size, map[string]string{"value": "1"}); err != nil {
		t.Fatal(err)
	}
	b.do("POST", "/api/now/attachment/file?"+target+"&file_name=a.txt", big, "Content-Type", "x/y").want(201)
	b.policy.noWrite = "incident"
	b.do("POST", "/api/now/attachment/file?"+target+"&file_name=a.txt", "x", "Content-Type", "x/y").want(403)
	b.policy.hideRow = func(r db.Row) bool { return r.Class() == "incident" }
	b.do("POST", "/api/now/attachment/file?"+target+"&file_name=a.txt", "x", "Content-Type", "x/y").want(404)
	b.get("/api/now/attachment").want(200).is("result", "[]") // an attachment is as readable as its record
}

type part struct{ name, file, contentType, body string }

func form(t *testing.T, parts ...part) (body, contentType string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name=%q`, p.name)
		if p.file != "" {
			disposition += fmt.Sprintf(`; filename=%q`, p.file)
		}
		h.Set("Content-Disposition", disposition)
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		pw, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = pw.Write([]byte(p.body))
	}
	w.Close()
	return buf.String(), w.FormDataContentType()
}

// "ensure that the file content is contained in the final part of the message only"
func TestAttachmentMultipart(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	table, record := part{name: "table_name", body: "incident"}, part{name: "table_sys_id", body: id}
	file := part{name: "uploadFile", file: "a.png", contentType: "image/png", body: "bytes"}
	for _, c := range []struct {
		name   string
		parts  []part
		status int
	}{
		{"file last", []part{table, record, file}, 201},
		{"the other way round", []part{record, table, file}, 201},
		{"file first", []part{file, table, record}, 400},
		{"file in between", []part{table, file, record}, 400},
		{"no file", []part{table, record}, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			body, contentType := form(t, c.parts...)
			a := b.do("POST", "/api/now/attachment/upload", body, "Content-Type", contentType).want(c.status)
			if c.status == 201 {
				a.is("result/file_name", "a.png").is("result/content_type", "image/png").is("result/size_bytes", "5")
				if a.Header.Get("Location") == "" {
					t.Error("no Location")
				}
			}
		})
	}
	b.do("POST", "/api/now/attachment/upload", "{}").want(415)
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/attachment_csm-api.html
func TestCSMAttachments(t *testing.T) {
	b := newBench(t)
	kase := b.seed(caseTable, row{"number": "CS1"})
	incident := b.incidents(1)[0]
	attach := func(table, id, name string) string {
		t.Helper()
		a, err := b.db.SeedAttachment(db.Session{UserName: "ada.diaz"}, db.NewAttachment{Table: table, SysID: id,
			FileName: name, ContentType: "text/plain"}, strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	mine, theirs := attach(caseTable, kase, "a.txt"), attach("incident", incident, "b.txt")
	b.asRole("sn_customerservice.customer")
	const api = "/api/now/v1/attachment_csm"
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"list of an allowed table", "GET", "?sysparm_query=table_name=" + caseTable, "", 200},
		{"parameters without their prefix", "GET", "?query=table_name=" + caseTable + "&limit=1", "", 200},
		{"list of another table", "GET", "?sysparm_query=table_name=incident", "", 400},
		{"list without a table", "GET", "?sysparm_query=file_name=a.txt", "", 400},
		{"list without a query", "GET", "", "", 400},
		{"metadata", "GET", "/" + mine, "", 200},
		{"metadata of another table", "GET", "/" + theirs, "", 400},
		{"file", "GET", "/" + mine + "/file", "", 200},
		{"file of another table", "GET", "/" + theirs + "/file", "", 400},
		{"nothing there", "GET", "/none", "", 404},
		{"upload", "POST", "/file?table_name=" + caseTable + "&table_sys_id=" + kase + "&file_name=c.txt", "text", 200},
		{"upload to another table", "POST", "/file?table_name=incident&table_sys_id=" + incident + "&file_name=c.txt", "text", 400},
		{"upload to a record that is not there", "POST", "/file?table_name=" + caseTable + "&table_sys_id=x&file_name=c.txt",
			"text", 404},
		{"delete from another table", "DELETE", "/" + theirs, "", 400},
		{"delete", "DELETE", "/" + mine, "", 204},
		{"no renaming here", "PATCH", "/" + theirs, `{"file_name":"x"}`, 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.do(c.method, api+c.path, c.body).want(c.status)
		})
	}
	b.t = t
	b.seed("sys_properties", row{"name": csmTables, "value": "incident, sn_customerservice_case"})
	a := b.get(api + "/" + theirs).want(200)
	a.is("result/created_by_name", "Ada Diaz").is("result/download_link", testOrigin+"/api/now/v1/attachment_csm/"+theirs+"/file")
	b.get(api+"?sysparm_query=table_name=incident^NQfile_nameLIKE.").want(200).is("result/0/file_name", "b.txt")
}

func TestAttachmentListRenameDelete(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	for i := range 1001 {
		_, err := b.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: "incident", SysID: id,
			FileName: fmt.Sprintf("f%04d", i), ContentType: "x/y"}, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.get("/api/now/attachment").want(200).list("sys_id")); n != 1000 {
		t.Errorf("without a limit the list has %d rows, want 1000", n)
	}
	a := b.get("/api/now/attachment?sysparm_query=table_sys_id=" + id + "^ORDERBYDESCfile_name&sysparm_limit=2&sysparm_offset=1").want(200)
	if got := strings.Join(a.list("file_name"), " "); got != "f0999 f0998" {
		t.Errorf("page %s", got)
	}
	first := a.value("result/0/sys_id")
	if want := `<` + testOrigin + `/api/now/attachment/` + first + `/file>;rel="download"`; !strings.HasPrefix(a.Header.Get("Link"), want) {
		t.Errorf("Link %s", a.Header.Get("Link"))
	}
	b.do("PATCH", "/api/now/attachment/"+first, `{"file_name":"new.txt"}`).want(204)
	b.get("/api/now/attachment/"+first).is("result/file_name", "new.txt")
	b.do("PATCH", "/api/now/attachment/"+first, `{}`).want(400)
	b.do("DELETE", "/api/now/attachment/"+first, "").want(204)
	b.do("DELETE", "/api/now/attachment/"+first, "").want(404)
	b.get("/api/now/attachment/" + first + "/file").want(404)
	b.get("/api/now/v2/attachment").want(400) // served as version 1 and without
}

func TestAttachmentAttributes(t *testing.T) {
	b := newBench(t)
	id, err := b.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: "incident", SysID: b.incidents(1)[0],
		FileName: "f", ContentType: "x/y"}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/now/attachment/" + id + "/attributes"
	b.do("PUT", path+"/none", `{"value":"x"}`).want(404)
	b.do("POST", path, `{"key":"alt","value":"a"}`).want(201)
	b.do("PUT", path+"/alt", `{}`).want(400)
	b.do("PUT", path+"/alt", `{"value":"b"}`).want(200).is("result/key", "alt").is("result/value", "b")
	b.get(path+"/alt").is("result/value", "b")
	b.do("DELETE", path+"/alt", "").want(204)
	b.get(path).want(200).is("result", "[]")
	b.do("POST", path, `{"key":"alt","value":"a picture"}`).want(201).is("result/key", "alt").is("result/value", "a picture")
	b.do("POST", path, `{"key":"alt"}`).want(400)
	b.get(path+"/alt").want(200).is("result/value", "a picture")
	b.get(path + "/none").want(404)
	b.do("DELETE", path+"/alt", "").want(204)
	b.get(path + "/alt").want(404)
}
