package webfinger

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// document is what a look reads of a JRD (RFC 7033 §4.4). It is read as Go programs such as Tailscale's read JSON.
type document struct {
	Subject    string             `json:"subject"`
	Aliases    []string           `json:"aliases"`
	Properties map[string]*string `json:"properties"`
	Links      []entry            `json:"links"`
}

type entry struct {
	Rel      string `json:"rel"`
	Href     string `json:"href"`
	Template string `json:"template"`
}

var (
	errEmpty = errors.New("nothing is in it")
	errMark  = errors.New("it begins with a byte order mark")
	errHTML  = errors.New("it is a page")
	errMore  = errors.New("more follows the document")
)

// readDocument reads a document as strictly as JSON is.
func readDocument(body []byte) (d document, err error) {
	switch text := bytes.TrimSpace(body); {
	case len(text) == 0:
		return d, errEmpty
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")): // RFC 8259 §8.1
		return d, errMark
	case text[0] == '<':
		return d, errHTML
	}
	in := json.NewDecoder(bytes.NewReader(body))
	if err := in.Decode(&d); err != nil {
		return d, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return d, errMore
	}
	return d, nil
}

// issuers are the addresses that the document names as issuers, each once.
func (d document) issuers() (out []string) {
	for _, l := range d.Links {
		if l.Rel == Rel && !slices.Contains(out, l.Href) {
			out = append(out, l.Href)
		}
	}
	return out
}

// names says whether the document names this issuer and no other.
func (d document) names(issuer string) bool {
	found := d.issuers()
	return len(found) == 1 && found[0] == issuer
}

// nearly is a relation that was meant to be the issuer's, "" for none: people write https, a slash at its end, capitals.
func (d document) nearly() string {
	plain := func(s string) string {
		s = strings.ToLower(strings.TrimSpace(s))
		s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		return strings.TrimSuffix(s, "/")
	}
	for _, l := range d.Links {
		if l.Rel != Rel && (plain(l.Rel) == plain(Rel) || plain(l.Rel) == "issuer") {
			return l.Rel
		}
	}
	return ""
}

// lacks are the entries of another document that this one has not, in a few words each. Links to issuers and the subject do not count.
func (d document) lacks(other document) (out []string) {
	for _, l := range other.Links {
		if l.Rel != Rel && !slices.Contains(d.Links, l) {
			out = append(out, l.Rel)
		}
	}
	for _, a := range other.Aliases {
		if !slices.Contains(d.Aliases, a) {
			out = append(out, a)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other.Properties)) {
		is, there := d.Properties[name]
		was := other.Properties[name]
		if !there || (is == nil) != (was == nil) || is != nil && *is != *was {
			out = append(out, name)
		}
	}
	return out
}
