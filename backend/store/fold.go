package store

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold is NFKC case folding: two names with the same fold look alike or are spelled alike, and count as one.
func fold(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}
