package attachment_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	fileID   = "615ea769c0a80166001cf5f2367302f5"
	recordID = "5054b6f8c0a800060056addcf551ecf8"
	base     = "/api/now/v1/attachment"
)

var record = attachment.Target{Table: "incident", ID: recordID}

func connect(t *testing.T) (*wiretest.Wire, *attachment.Service) {
	w := wiretest.New(t)
	return w, attachment.New(w.Conn, w.Tables)
}

// metadata is what the API tells about a file, as its documentation has it.
func metadata(tableName, contentType, size string) string {
	return `{"table_sys_id":"` + recordID + `","size_bytes":"` + size + `",
		"download_link":"https://elsewhere.example/api/now/attachment/` + fileID + `/file",
		"sys_updated_on":"2009-05-21 04:12:21","sys_id":"` + fileID + `","image_height":"","sys_created_on":"2009-05-21 04:12:21",
		"file_name":"blocks.swf","sys_created_by":"glide.maint","compressed":"true","average_image_color":"",
		"sys_updated_by":"glide.maint","sys_tags":"","table_name":"` + tableName + `","image_width":"","sys_mod_count":"0",
		"content_type":"` + contentType + `","size_compressed":"485","created_by_name":"Maint"}`
}

func TestGet(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/"+fileID, wiretest.Result(metadata("ZZ_YYincident", "image/png", "462")))
	f, err := svc.Get(t.Context(), fileID)
	if err != nil {
		t.Fatal(err)
	}
	if f.FileName.String() != "blocks.swf" || f.SizeBytes.Int64() != 462 || !f.Compressed.Bool() || !f.Hidden() ||
		f.Target() != record {
		t.Errorf("got %+v", f)
	}
	written, err := json.Marshal(f)
	if err != nil || !strings.Contains(string(written), `"created_by_name":"Maint"`) {
		t.Errorf("written as %s, %v", written, err)
	}
	w.Expect("GET " + base + "/" + fileID)
}

func TestListOfARecord(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base, wiretest.Result("["+metadata("incident", "a/b", "1")+"]"), wiretest.Result(`[]`))
	n := 0
	for f, err := range svc.List(t.Context(), attachment.ListOptions{Target: record, Query: table.Where("content_type", table.Is,
		"a/b")}) {
		if n++; err != nil || f.Hidden() {
			t.Errorf("got %+v, %v", f, err)
		}
	}
	if n != 1 {
		t.Errorf("%d files", n)
	}
	const own = "table_name=incident^table_sys_id=" + recordID + "^content_type=a/b"
	w.Expect("GET "+base+"?sysparm_limit=200&sysparm_query="+own+"^ORDERBYsys_id",
		"GET "+base+"?sysparm_limit=200&sysparm_query="+own+"^sys_id>"+fileID+"^ORDERBYsys_id")
}

func TestListOptions(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base, wiretest.Result(`[]`))
	for range svc.List(t.Context(), attachment.ListOptions{}) {
	}
	for range svc.List(t.Context(), attachment.ListOptions{Target: record, Hidden: true, PageSize: 5, Limit: 9}) {
	}
	w.Expect("GET "+base+"?sysparm_limit=200&sysparm_query=ORDERBYsys_id",
		"GET "+base+"?sysparm_limit=5&sysparm_query=table_name=incident^ORtable_name=ZZ_YYincident^table_sys_id="+recordID+"^ORDERBYsys_id")
	for name, o := range map[string]attachment.ListOptions{
		"half a target": {Target: attachment.Target{Table: "incident"}}, "size": {PageSize: -1}, "limit": {Limit: -1},
		"hostile": {Target: attachment.Target{Table: "incident^NQ", ID: recordID}},
	} {
		for _, err := range svc.List(t.Context(), o) {
			if !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestRenameAndDelete(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPatch, base+"/"+fileID, wiretest.Answer{Status: 204})
	w.On(http.MethodDelete, base+"/"+fileID, wiretest.Answer{Status: 204}, wiretest.Answer{Status: 404,
		Body: `{"error":{"message":"no"}}`})
	if err := svc.Rename(t.Context(), fileID, "new.txt"); err != nil {
		t.Error(err)
	}
	if err := svc.Delete(t.Context(), fileID); err != nil {
		t.Error(err)
	}
	if err := svc.Delete(t.Context(), fileID); !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
	w.Expect("PATCH "+base+"/"+fileID, "DELETE "+base+"/"+fileID, "DELETE "+base+"/"+fileID)
	if body := w.Sent()[0].Body; body != `{"file_name":"new.txt"}` {
		t.Errorf("body %s", body)
	}
}

func TestDeletingTwiceBecauseNobodyKnewIsASuccess(t *testing.T) {
	w := wiretest.Retrying(t, 1)
	w.On(http.MethodDelete, base+"/"+fileID, wiretest.Answer{Err: io.ErrUnexpectedEOF}, wiretest.Answer{Status: 404,
		Body: `{"error":{"message":"no"}}`})
	if err := attachment.New(w.Conn, w.Tables).Delete(t.Context(), fileID); err != nil || len(w.Sent()) != 2 {
		t.Errorf("%v after %v", err, w.Sent())
	}
}

func TestNamesCannotLeaveTheirPlace(t *testing.T) {
	w, svc := connect(t)
	good := attachment.Bytes("a.txt", []byte("a"))
	for _, id := range []string{"", "..", "../../table/sys_user", "%2f", fileID + "/file", fileID + "?x", "a b"} {
		for call, err := range map[string]error{
			"Get": second(svc.Get(t.Context(), id)), "Open": second(svc.Open(t.Context(), id)),
			"Delete": svc.Delete(t.Context(), id), "Rename": svc.Rename(t.Context(), id, "a"),
			"Upload":      second(svc.Upload(t.Context(), attachment.Target{Table: "incident", ID: id}, good)),
			"UploadForm":  second(svc.UploadForm(t.Context(), attachment.Target{Table: id, ID: recordID}, good)),
			"CopyAll":     second(svc.CopyAll(t.Context(), attachment.Target{Table: id, ID: id}, nil)),
			"Rename, new": svc.Rename(t.Context(), fileID, "a/"+id),
		} {
			if !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%s(%q): %v", call, id, err)
			}
		}
	}
	w.Expect()
}

func second[T any](_ T, err error) error { return err }

func TestLimitsAreThoseOfTheInstance(t *testing.T) {
	const properties = "/api/now/v2/table/sys_properties"
	property := func(name, value string) string {
		return `{"sys_id":"` + strings.Repeat(name[:1], 32) + `","name":"` + name + `","value":"` + value + `"}`
	}
	size, extensions := "com.glide.attachment.max_size", "glide.attachment.extensions"
	for name, tt := range map[string]struct {
		rows []string
		want attachment.Limits
		err  bool
	}{
		"nobody changed them": {nil, attachment.DefaultLimits(), false},
		"both": {[]string{property(size, "20"), property(extensions, "PDF, .txt,")},
			attachment.Limits{MaxBytes: 20 << 20, Extensions: []string{"pdf", "txt"}}, false},
		"empty is a kilobyte": {[]string{property(size, " ")}, attachment.Limits{MaxBytes: 1024}, false},
		"not a number":        {[]string{property(size, "plenty")}, attachment.Limits{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, properties, wiretest.Answer{
				Body: `{"result":[` + strings.Join(tt.rows, ",") + `]}`, Header: map[string]string{"X-Total-Count": "0"},
			}, wiretest.Answer{Body: `{"result":[]}`, Header: map[string]string{"X-Total-Count": "0"}})
			got, err := svc.Limits(t.Context())
			if (err != nil) != tt.err {
				t.Fatal(err)
			}
			if err == nil && (got.MaxBytes != tt.want.MaxBytes || strings.Join(got.Extensions,
				" ") != strings.Join(tt.want.Extensions, " ")) {
				t.Errorf("got %+v", got)
			}
			if q := w.Sent()[0].Query.Get("sysparm_query"); !strings.HasPrefix(q, "nameIN"+size+","+extensions) {
				t.Errorf("query %s", q)
			}
		})
	}
}
