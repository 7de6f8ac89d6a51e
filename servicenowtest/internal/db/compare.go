package db

import (
	"cmp"
	"math/big"
	"strconv"
)

// compareNumbers compares two decimal numbers; small whole ones, which nearly all are, without big arithmetic.
func compareNumbers(a, b string) (int, bool) {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y), true
	}
	p, okP := new(big.Rat).SetString(a)
	q, okQ := new(big.Rat).SetString(b)
	if !okP || !okQ {
		return 0, false
	}
	return p.Cmp(q), true
}
