package attachment_test

import (
	"errors"
	"iter"
	"net/http"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const pair = `{"key":"alt text","value":"A pump"}`

func TestAttributes(t *testing.T) {
	w, svc := connect(t)
	ctx := t.Context()
	const path, one = base + "/" + fileID + "/attributes", base + "/" + fileID + "/attributes/alt%20text"
	w.On(http.MethodGet, path, wiretest.Result("["+pair+"]"))
	w.On(http.MethodGet, one, wiretest.Result(pair))
	w.On(http.MethodPost, path, wiretest.Answer{Status: 201, Body: `{"result":` + pair + `}`})
	w.On(http.MethodPut, one, wiretest.Result(`{"key":"alt text","value":"Two pumps"}`))
	w.On(http.MethodDelete, path, wiretest.Answer{Status: 204})
	w.On(http.MethodDelete, one, wiretest.Answer{Status: 204})

	all, err := svc.Attributes(ctx, fileID)
	if err != nil || len(all) != 1 || all[0].Key.String() != "alt text" || all[0].Value.String() != "A pump" {
		t.Errorf("got %v, %v", all, err)
	}
	if a, err := svc.Attribute(ctx, fileID, "alt text"); err != nil || a.Value.String() != "A pump" {
		t.Errorf("got %v, %v", a, err)
	}
	if a, err := svc.AddAttribute(ctx, fileID, "alt text", "A pump"); err != nil || a.Value.String() != "A pump" {
		t.Errorf("got %v, %v", a, err)
	}
	if a, err := svc.SetAttribute(ctx, fileID, "alt text", "Two pumps"); err != nil || a.Value.String() != "Two pumps" {
		t.Errorf("got %v, %v", a, err)
	}
	if err := errors.Join(svc.DeleteAttributes(ctx, fileID, "alt text"), svc.DeleteAttributes(ctx, fileID)); err != nil {
		t.Error(err)
	}
	const escaped = base + "/" + fileID + "/attributes/alt%20text"
	w.Expect("GET "+path, "GET "+escaped, "POST "+path, "PUT "+escaped, "DELETE "+escaped, "DELETE "+path)
	if sent := w.Sent(); sent[2].Body != pair || sent[3].Body != `{"value":"Two pumps"}` {
		t.Errorf("sent %s and %s", sent[2].Body, sent[3].Body)
	}
}

func TestAttributesThatCannotBe(t *testing.T) {
	w, svc := connect(t)
	ctx := t.Context()
	for name, err := range map[string]error{
		"no file":       second(svc.Attributes(ctx, "..")),
		"no key":        second(svc.Attribute(ctx, fileID, "")),
		"a way out":     second(svc.Attribute(ctx, fileID, "../file")),
		"a query":       second(svc.SetAttribute(ctx, fileID, "a?b", "x")),
		"half escaped":  svc.DeleteAttributes(ctx, fileID, "a%2fb"),
		"no value":      second(svc.AddAttribute(ctx, fileID, "a", "")),
		"no new value":  second(svc.SetAttribute(ctx, fileID, "a", "")),
		"not with CSM":  second(svc.CSM().Attributes(ctx, fileID)),
		"CSM renames":   svc.CSM().Rename(ctx, fileID, "a.txt"),
		"CSM lists all": listed(svc.CSM().List(ctx, attachment.ListOptions{})),
		"CSM keeps now": second(svc.CSM().Upload(ctx, record, offline())),
	} {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Expect()
}

func TestCSMAttachments(t *testing.T) {
	const csm = "/api/now/v1/attachment_csm"
	w, svc := connect(t)
	ctx := t.Context()
	w.On(http.MethodGet, csm, wiretest.Result("["+metadata("incident", "image/png", "5")+"]"), wiretest.Result("[]"))
	w.On(http.MethodGet, csm+"/"+fileID, wiretest.Result(metadata("incident", "image/png", "5")))
	w.On(http.MethodGet, csm+"/"+fileID+"/file", wiretest.Answer{Body: "hello", Header: map[string]string{
		"Content-Type": "image/png", "X-Attachment-Metadata": metadata("incident", "image/png", "5")}})
	w.On(http.MethodPost, csm+"/file", wiretest.Answer{Status: 201, Body: `{"result":` + metadata("incident", "image/png", "5") + `}`})
	w.On(http.MethodDelete, csm+"/"+fileID, wiretest.Answer{Status: 204})
	files := svc.CSM()
	if err := listed(files.List(ctx, attachment.ListOptions{Target: record})); err != nil {
		t.Error(err)
	}
	if _, err := files.Get(ctx, fileID); err != nil {
		t.Error(err)
	}
	d, err := files.Open(ctx, fileID)
	if err != nil || d.Size != 5 {
		t.Fatalf("got %+v, %v", d, err)
	}
	d.Close()
	if _, err := files.Upload(ctx, record, attachment.Bytes("a.png", []byte("hello"))); err != nil {
		t.Error(err)
	}
	if err := files.Delete(ctx, fileID); err != nil {
		t.Error(err)
	}
	const query = "sysparm_query=table_name=incident^table_sys_id=" + recordID
	w.Expect("GET "+csm+"?sysparm_limit=200&"+query+"^ORDERBYsys_id",
		"GET "+csm+"?sysparm_limit=200&"+query+"^sys_id>"+fileID+"^ORDERBYsys_id", "GET "+csm+"/"+fileID,
		"GET "+csm+"/"+fileID+"/file", "POST "+csm+"/file?file_name=a.png&table_name=incident&table_sys_id="+recordID,
		"DELETE "+csm+"/"+fileID)
}

// A page of a record's files travels in a batch.
func TestFilesInABatch(t *testing.T) {
	in := roomtest.New(t)
	id := in.Insert("incident", map[string]string{"short_description": "Log"})
	to := attachment.Target{Table: "incident", ID: id}
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		if _, err := in.Attachments.Upload(t.Context(), to, attachment.Bytes(name, []byte(name))); err != nil {
			t.Fatal(err)
		}
	}
	b := in.Tables.Batch()
	page := table.Add(b, in.Attachments.PageCall(attachment.ListOptions{Target: to, PageSize: 2}))
	wrong := table.Add(b, in.Attachments.PageCall(attachment.ListOptions{Limit: -1}))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if files, err := page.Get(); err != nil || len(files) != 2 || files[0].Target() != to {
		t.Errorf("got %v, %v", files, err)
	}
	if _, err := wrong.Get(); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func listed(list iter.Seq2[attachment.File, error]) error {
	_, err := table.Collect(list, 10)
	return err
}

func offline() attachment.NewFile {
	f := attachment.Bytes("a.txt", []byte("x"))
	f.CreatedAt = time.Unix(1_700_000_000, 0)
	return f
}
