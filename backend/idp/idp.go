// Package idp is the vocabulary of Hearthkey: the nouns that every other package speaks of, the one decision MayUse, the clock, identifiers, errors and texts.
//
// It imports the standard library only, so that any package may import it. Types that the window shows carry JSON names; nothing here reads or writes anything.
package idp
