package table_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestWriteReadsTheEchoIntoTheRow(t *testing.T) {
	s, _ := scripted(t, answer{status: 201,
		body: `{"result":{"sys_id":"a","number":"INC1","state":"1","u_x":"y","caller_id":{"link":"https://h/api/now/table/sys_user/u1","value":"u1"}}}`})
	got, err := table.Incidents(s).Create(t.Context(), table.Set("u_x", table.NewText("y")))
	if err != nil {
		t.Fatal(err)
	}
	if got.SysID.String() != "a" || got.Number.String() != "INC1" || !got.State.Is(table.IncidentNew) ||
		got.CallerID.ID() != "u1" || got.Extra["u_x"].String() != "y" {
		t.Errorf("got %+v", got)
	}
}

func TestCheckEcho(t *testing.T) {
	s, _ := scripted(t,
		answer{body: `{"result":{"sys_id":"a","state":"1","comments":"","urgency":"2","caller_id":{"display_value":"Ada","value":"u1"}}}`})
	changes := table.Set("u_typo", table.NewText("x")).Set("state", table.NewChoice("77")).Set("urgency",
		table.NewInt(2)).
		Set("caller_id", table.NewText("Ada")).AddComment("hello")
	row, err := table.Incidents(s).Update(t.Context(), "a", changes, table.WriteOptions{CheckEcho: true})
	ignored, ok := errors.AsType[*table.IgnoredError](err)
	if !ok || !slices.Equal(ignored.Missing, []string{"u_typo"}) || !slices.Equal(ignored.Different,
		[]string{"state"}) {
		t.Errorf("got %v", err)
	}
	if row.SysID.String() != "a" {
		t.Error("the row is there, since it was written")
	}
}

// TestWritesAreNotSentTwiceWithoutLeave lets the answer to each write get lost.
func TestWritesAreNotSentTwiceWithoutLeave(t *testing.T) {
	lost := answer{err: io.ErrUnexpectedEOF}
	plain, entry := table.Set("state", table.NewChoice("2")), table.Set("state", table.NewChoice("2")).AddWorkNote("x")
	for _, tc := range []struct {
		name string
		runs int
		call func(table.Table[table.Incident]) error
	}{
		{"create", 1, func(i table.Table[table.Incident]) error { _, err := i.Create(t.Context(), plain); return err }},
		{"create with leave", 2, func(i table.Table[table.Incident]) error {
			_, err := i.Create(t.Context(), plain, table.WriteOptions{Resend: true})
			return err
		}},
		{"update", 2, func(i table.Table[table.Incident]) error {
			_, err := i.Update(t.Context(), "a",
				plain)
			return err
		}},
		{"update with an entry", 1, func(i table.Table[table.Incident]) error {
			_, err := i.Update(t.Context(), "a",
				entry)
			return err
		}},
		{"update with an entry in a struct", 1, func(i table.Table[table.Incident]) error {
			_, err := i.Update(t.Context(), "a", table.TaskChanges{Comment: table.Entry("x")})
			return err
		}},
		{"comment", 1, func(i table.Table[table.Incident]) error { return i.AddComment(t.Context(), "a", "x") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answers := []answer{lost, {body: `{"result":{"sys_id":"a"}}`}}[:tc.runs]
			s := &script{t: t, answers: answers}
			err := tc.call(table.Incidents(serviceOver(t, s, retry)))
			if len(s.asked) != tc.runs || (err == nil) != (tc.runs == 2) {
				t.Errorf("%d requests, %v", len(s.asked), err)
			}
		})
	}
}

func TestDeleteOfWhatIsGone(t *testing.T) {
	gone := answer{status: 404,
		body: `{"error":{"message":"No Record found","detail":"Record doesn't exist or ACL restricts the record retrieval"},"status":"failure"}`}
	s, _ := scripted(t, gone)
	if err := table.Incidents(s).Delete(t.Context(), "a"); !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	again := &script{t: t, answers: []answer{{err: io.ErrUnexpectedEOF}, gone}}
	if err := table.Incidents(serviceOver(t, again, retry)).Delete(t.Context(), "a"); err != nil ||
		len(again.asked) != 2 {
		t.Errorf("a repetition that finds nothing is a success: %v", err)
	}
}

func TestUpsertLooksFirst(t *testing.T) {
	found := func(ids ...string) answer {
		body := `{"result":[`
		for i, id := range ids {
			if i > 0 {
				body += ","
			}
			body += `{"sys_id":"` + id + `","correlation_id":"acme-1"}`
		}
		return answer{body: body + `]}`}
	}
	written := answer{body: `{"result":{"sys_id":"a","number":"INC1"}}`}
	nothing := []answer{{body: result()}, {body: result(), total: "0"}}
	for _, tc := range []struct {
		name    string
		answers []answer
		did     table.Operation
		is      error
		sent    []string // methods
	}{
		{"there is none", append(slices.Clone(nothing), written), table.Created, nil, []string{"GET", "GET", "POST"}},
		{"there is one", []answer{found("a"), {body: result(), total: "0"}, written}, table.Updated, nil,
			[]string{"GET", "GET", "PATCH"}},
		{"there are two", []answer{found("a", "b")}, "", rest.ErrConflict, []string{"GET"}},
		{"the instance ignores the condition", []answer{{body: result("a")}}, "", table.ErrQueryIgnored,
			[]string{"GET"}},
		{"the creation is lost and happened", append(slices.Clone(nothing), answer{status: 502, body: "bad gateway"},
			found("a"), answer{body: result(), total: "0"}, written),
			table.Created, nil, []string{"GET", "GET", "POST", "GET", "GET", "GET"}},
		{"the creation is lost and did not happen", append(append(slices.Clone(nothing), answer{status: 502,
			body: "bad gateway"}), nothing...),
			table.Created, rest.ErrUnavailable, []string{"GET", "GET", "POST", "GET", "GET"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, script := scripted(t, tc.answers...)
			row, did, err := table.Incidents(s).Upsert(t.Context(), "correlation_id", "acme-1", table.Set("urgency",
				table.NewInt(1)))
			if did != tc.did || !errors.Is(err, tc.is) || err == nil && row.SysID.String() != "a" {
				t.Errorf("did %q, %v", did, err)
			}
			var sent []string
			for _, r := range script.asked {
				sent = append(sent, r.method)
				if r.method != "GET" && r.body != `{"urgency":"1","correlation_id":"acme-1"}` {
					t.Errorf("sent %s", r.body)
				}
			}
			if !slices.Equal(sent, tc.sent) {
				t.Errorf("sent %v, want %v", sent, tc.sent)
			}
			if q := script.asked[0].query.Get("sysparm_query"); q != "correlation_id=acme-1^ORDERBYsys_id" {
				t.Errorf("looked for %s", q)
			}
		})
	}
}
