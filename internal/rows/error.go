package rows

import "errors"

// ErrShape is for an answer that is not the envelope of a list: an object with an array named result.
var ErrShape = errors.New("the answer is not a list of rows")

// ErrCut is for an answer that stops early, or turns into something else on its way: the instance cancelled the
// transaction while it wrote, or a proxy gave up.
var ErrCut = errors.New("the answer was cut short")

// Failure is an error member beside, before or after the rows: the instance cancelled the transaction, and its status
// line had already been sent.
type Failure struct{ Message, Detail string }

func (f *Failure) Error() string {
	if f.Message == "" {
		return "the answer holds an error"
	}
	return f.Message
}
