package transfer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestExpectReportsAShortBody(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		size int64
		want error
	}{
		"as announced":      {"abcdef", 6, nil},
		"short":             {"abcd", 6, io.ErrUnexpectedEOF},
		"empty":             {"", 1, io.ErrUnexpectedEOF},
		"size not known":    {"abcd", -1, nil},
		"longer than known": {"abcdef", 4, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.body), iotest.OneByteReader(strings.NewReader(tt.body)),
				iotest.DataErrReader(strings.NewReader(tt.body))} {
				got, err := io.ReadAll(Expect(io.NopCloser(r), tt.size))
				if string(got) != tt.body || !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
					t.Errorf("got %q, %v; want %q, %v", got, err, tt.body, tt.want)
				}
			}
		})
	}
}

func TestExactlyRefusesAnotherSize(t *testing.T) {
	for name, tt := range map[string]struct {
		source string
		size   int64
		want   error
	}{
		"as announced":   {"abcdef", 6, nil},
		"too short":      {"abcd", 6, ErrSize},
		"too long":       {"abcdefgh", 6, ErrSize},
		"not empty":      {"a", 0, ErrSize},
		"empty":          {"", 0, nil},
		"size not known": {"abcd", -1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.source), iotest.OneByteReader(strings.NewReader(tt.source)),
				iotest.DataErrReader(strings.NewReader(tt.source))} {
				out := Exactly(io.NopCloser(r), tt.size)
				_, err := io.ReadAll(out)
				if !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if sent := out.Sent(); err == nil && sent != int64(len(tt.source)) {
					t.Errorf("counted %d of %d bytes", sent, len(tt.source))
				}
			}
		})
	}
}
