package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// readStd is Read by the standard library's decoder: slower by far, and the judge of what Read does.
func readStd(body io.Reader, yield func([]Field) bool) error {
	dec := json.NewDecoder(body)
	if err := expect(dec, '{'); err != nil {
		return err
	}
	seen := false
	var failure *Failure
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return cut(err)
		}
		switch name {
		case "result":
			if seen {
				return fmt.Errorf("%w: it holds two results", ErrShape)
			}
			seen = true
			if more, err := readRows(dec, yield); err != nil || !more {
				return err
			}
		case "error":
			if failure, err = readFailure(dec); err != nil {
				return err
			}
		default:
			var ignored json.RawMessage
			if err := dec.Decode(&ignored); err != nil {
				return cut(err)
			}
		}
	}
	if _, err := dec.Token(); err != nil {
		return cut(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows it", ErrCut)
	}
	if failure != nil {
		return failure
	}
	if !seen {
		return fmt.Errorf("%w: it has no result", ErrShape)
	}
	return nil
}

func expect(dec *json.Decoder, want json.Delim) error {
	token, err := dec.Token()
	if err != nil {
		return cut(err)
	}
	if token != want {
		return fmt.Errorf("%w: %.20v stands where %v belongs", ErrShape, token, want)
	}
	return nil
}

func readRows(dec *json.Decoder, yield func([]Field) bool) (more bool, err error) {
	if err := expect(dec, '['); err != nil {
		return false, err
	}
	var row []Field
	for dec.More() {
		if row, err = readRow(dec, row[:0]); err != nil {
			return false, err
		}
		if !yield(row) {
			return false, nil
		}
	}
	_, err = dec.Token()
	return err == nil, cut(err)
}

func readRow(dec *json.Decoder, row []Field) ([]Field, error) {
	if err := expect(dec, '{'); err != nil {
		return row, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return row, cut(err)
		}
		f := Field{Name: name.(string)}
		if err := dec.Decode(&f.Value); err != nil {
			return row, cut(err)
		}
		row = append(row, f)
	}
	_, err := dec.Token()
	return row, cut(err)
}

func readFailure(dec *json.Decoder) (*Failure, error) {
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return nil, cut(err)
	}
	return failureOf(raw), nil
}

// cut marks what can only come from a body that is not whole. Trouble of the connection keeps its own error.
func cut(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax), errors.As(err, &kind):
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return err
}
