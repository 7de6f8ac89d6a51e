package attachment

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Attribute is a pair kept with a file, such as the text that stands for a picture.
type Attribute struct {
	Key   table.Text `json:"key,omitzero"`
	Value table.Text `json:"value,omitzero"`

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads an attribute as the API sends it.
func (a *Attribute) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, a) }

// MarshalJSON writes the attribute as it was read.
func (a Attribute) MarshalJSON() ([]byte, error) { return table.MarshalRow(a) }

// Attributes reads the attributes of a file. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Attributes(ctx context.Context, id string) ([]Attribute, error) {
	op, err := s.attributeOp("attachment.Attributes", http.MethodGet, id)
	if err != nil {
		return nil, err
	}
	list, _, err := rest.Do[[]Attribute](ctx, s.conn, op)
	return list, err
}

// Attribute reads one attribute of a file. One request. ErrNotFound where the file does not have it.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Attribute(ctx context.Context, id, key string) (Attribute, error) {
	op, err := s.attributeOp("attachment.Attribute", http.MethodGet, id, key)
	if err != nil {
		return Attribute{}, err
	}
	a, _, err := rest.Do[Attribute](ctx, s.conn, op)
	return a, err
}

// AddAttribute gives a file one more attribute. One request, never sent twice: the documentation does not tell what a
// second one of the same key does.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) AddAttribute(ctx context.Context, id, key, value string) (Attribute, error) {
	const name = "attachment.AddAttribute"
	op, err := s.attributeOp(name, http.MethodPost, id)
	if err = errors.Join(err, checkKey(key)); err == nil && value == "" {
		err = errors.New("an attribute needs a value")
	}
	if err != nil {
		return Attribute{}, invalid(name, err)
	}
	op.Body, op.Replay = map[string]string{"key": key, "value": value}, rest.Never
	a, _, err := rest.Do[Attribute](ctx, s.conn, op)
	return a, err
}

// SetAttribute gives an attribute that a file has another value. One request. ErrNotFound where the file does not have
// it.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) SetAttribute(ctx context.Context, id, key, value string) (Attribute, error) {
	const name = "attachment.SetAttribute"
	op, err := s.attributeOp(name, http.MethodPut, id, key)
	if err == nil && value == "" {
		err = invalid(name, errors.New("an attribute needs a value"))
	}
	if err != nil {
		return Attribute{}, err
	}
	op.Body, op.Replay = map[string]string{"value": value}, rest.Always
	a, _, err := rest.Do[Attribute](ctx, s.conn, op)
	return a, err
}

// DeleteAttributes removes attributes of a file: those with the keys, one request each, or, without keys, all of them
// at once. A repetition after an unclear failure that finds nothing is a success.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) DeleteAttributes(ctx context.Context, id string, keys ...string) error {
	const name = "attachment.DeleteAttributes"
	if len(keys) == 0 {
		op, err := s.attributeOp(name, http.MethodDelete, id)
		if err != nil {
			return err
		}
		return s.remove(ctx, op)
	}
	for _, key := range keys {
		op, err := s.attributeOp(name, http.MethodDelete, id, key)
		if err != nil {
			return err
		}
		if err := s.remove(ctx, op); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) attributeOp(name, method, id string, key ...string) (rest.Op, error) {
	err := errors.Join(s.only(attachmentAPI, "attributes"), ident.SysID(id))
	for _, k := range key {
		err = errors.Join(err, checkKey(k))
	}
	if err != nil {
		return rest.Op{}, invalid(name, err)
	}
	return rest.Op{Name: name, Method: method, Path: s.path(append([]string{id, "attributes"}, key...)...)}, nil
}

// checkKey refuses what cannot be a segment of a path everywhere between here and the instance.
func checkKey(key string) error {
	odd := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`/\?#%;`, r) }
	if key == "" || key == "." || key == ".." || strings.ContainsFunc(key, odd) {
		return errors.New(`an attribute's key has no control characters and none of / \ ? # % ;`)
	}
	return nil
}
