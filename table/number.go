package table

import (
	"fmt"
	"math/big"
	"strconv"
)

// Bool is a true/false column, "true" or "false" on the wire. The zero Bool is absent.
type Bool struct{ core }

// NewBool is a truth value to write.
func NewBool(b bool) Bool { return Bool{textOf(strconv.FormatBool(b))} }

// Bool is true when the stored value is true; absent and empty are false, as the platform reads them.
func (b Bool) Bool() bool { return b.String() == "true" || b.String() == "1" }

// Err tells that a set Bool is neither true nor false, for example because only display values were asked for: those
// are in the user's language.
func (b Bool) Err() error {
	switch b.String() {
	case "", "true", "false", "1", "0":
		return nil
	}
	return fmt.Errorf("%q is neither true nor false", b.String())
}

// Int is a whole-number column, text on the wire. The zero Int is absent, which is not the number 0.
type Int struct{ core }

// NewInt is a number to write.
func NewInt(n int64) Int { return Int{textOf(strconv.FormatInt(n, 10))} }

// Int64 is the number, or 0 when absent, empty, or not a whole number; see [Int.Err].
func (n Int) Int64() int64 {
	i, _ := strconv.ParseInt(n.String(), 10, 64)
	return i
}

// Err tells that a set Int is not a whole number.
func (n Int) Err() error {
	if n.String() == "" {
		return nil
	}
	if _, err := strconv.ParseInt(n.String(), 10, 64); err != nil {
		return fmt.Errorf("%q is not a whole number", n.String())
	}
	return nil
}

// Decimal is a column with decimals: a float, a price, a percentage. It is kept as the text that was sent, so that no
// digit is lost. The zero Decimal is absent.
type Decimal struct{ core }

// NewDecimal is a number to write, in plain notation such as "12.50". Anything else cannot be written.
func NewDecimal(s string) Decimal {
	d := Decimal{textOf(s)}
	if err := d.Err(); err != nil {
		return Decimal{badOf(err.Error())}
	}
	return d
}

// Float64 is the nearest float, or 0 when absent, empty, or not a number; see [Decimal.Err].
func (d Decimal) Float64() float64 {
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil {
		return 0
	}
	return f
}

// Rat is the exact number, or nil when absent, empty, or not a number.
func (d Decimal) Rat() *big.Rat {
	if d.Err() != nil || d.String() == "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		return nil
	}
	return r
}

// Err tells that a set Decimal is not a number in plain notation.
func (d Decimal) Err() error {
	digits := 0
	for i, r := range d.String() {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.' || r == '-' && i == 0:
		default:
			return fmt.Errorf("%q is not a decimal number", d.String())
		}
	}
	if _, err := strconv.ParseFloat(d.String(), 64); d.String() != "" && (err != nil || digits == 0) {
		return fmt.Errorf("%q is not a decimal number", d.String())
	}
	return nil
}
