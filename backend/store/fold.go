package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold is NFKC case folding (Unicode §3.13, toNFKC_Casefold): two names with the same fold look alike or are spelled alike, and count as one.
func fold(s string) string {
	s = cases.Fold().String(norm.NFKC.String(s))
	return norm.NFKC.String(strings.Map(visible, s))
}

// visible drops the code points that are shown as nothing.
func visible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return -1
	}
	return r
}
