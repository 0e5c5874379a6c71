package idp

import "strings"

// HasScope says whether the space-separated list holds the scope.
func HasScope(list, scope string) bool {
	for s := range strings.FieldsSeq(list) {
		if s == scope {
			return true
		}
	}
	return false
}

// ScopeCovers says whether every scope of want is in have.
func ScopeCovers(have, want string) bool {
	for s := range strings.FieldsSeq(want) {
		if !HasScope(have, s) {
			return false
		}
	}
	return true
}
