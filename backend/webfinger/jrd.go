package webfinger

import (
	"bytes"
	"encoding/json"
	"slices"

	"hearthkey/backend/idp"
)

// Document is a JRD (RFC 7033 §4.4). What belongs to others stays as they wrote it: their members, their links and the order of all.
type Document struct {
	Subject    string
	Aliases    []string
	Properties []Member
	Links      []Link
	Others     []Member // members that RFC 7033 does not name

	order []string // the names of all members, as they were read
}

// Member is one member of a JSON object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Link is a link of a document. Raw is all of it, of which Rel and Href were read.
type Link struct {
	Rel, Href string
	Raw       json.RawMessage
}

// The members of a document that RFC 7033 §4.4 names.
const (
	memberSubject    = "subject"
	memberAliases    = "aliases"
	memberProperties = "properties"
	memberLinks      = "links"
)

// Parse reads a document. idp.Invalid for what is no JSON, no JRD, or says one thing twice, so that readers would differ.
func Parse(text []byte) (Document, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // some editors begin a file so; RFC 8259 §8.1 lets readers pass it over
	members, err := readObject(text)
	if err != nil {
		return Document{}, idp.Fail(idp.Invalid, "webfinger.not_json").Because(err)
	}
	var d Document
	for _, m := range members {
		if slices.Contains(d.order, m.Name) {
			return Document{}, idp.Fail(idp.Invalid, "webfinger.twice", "name", m.Name)
		}
		d.order = append(d.order, m.Name)
		if err := d.take(m); err != nil {
			return Document{}, idp.Fail(idp.Invalid, "webfinger.not_jrd", "name", m.Name).Because(err)
		}
	}
	return d, nil
}

func (d *Document) take(m Member) (err error) {
	switch m.Name {
	case memberSubject:
		return json.Unmarshal(m.Value, &d.Subject)
	case memberAliases:
		return json.Unmarshal(m.Value, &d.Aliases)
	case memberProperties:
		d.Properties, err = readObject(m.Value)
		return err
	case memberLinks:
		return d.takeLinks(m.Value)
	}
	d.Others = append(d.Others, m)
	return nil
}

func (d *Document) takeLinks(raw json.RawMessage) error {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	for _, one := range list {
		var known struct {
			Rel  string `json:"rel"`
			Href string `json:"href"`
		}
		if err := json.Unmarshal(one, &known); err != nil {
			return err
		}
		d.Links = append(d.Links, Link{Rel: known.Rel, Href: known.Href, Raw: one})
	}
	return nil
}

// readObject reads the members of a JSON object in their order, and nothing after it.
func readObject(text []byte) ([]Member, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if begin, err := dec.Token(); err != nil || begin != json.Delim('{') {
		return nil, notObject(err)
	}
	var out []Member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		m := Member{Name: name.(string)} // between a brace and a colon the decoder gives nothing else
		if err := dec.Decode(&m.Value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text[dec.InputOffset():])) > 0 {
		return nil, notObject(nil)
	}
	return out, nil
}
