package ident

import "regexp"

// Pattern is what a name looks like and how long it may be. The length stands beside the expression because one within
// it is spelt out when the expression is compiled: a quarter of a megabyte in every process that only imports this.
type Pattern struct {
	form        *regexp.Regexp
	least, most int
}

// Named is the pattern of names of least to most bytes. The expression matches a whole name.
func Named(form string, least, most int) Pattern {
	return Pattern{form: regexp.MustCompile(form), least: least, most: most}
}

// MatchString reports that s is such a name.
func (p Pattern) MatchString(s string) bool {
	return len(s) >= p.least && len(s) <= p.most && p.form.MatchString(s)
}
