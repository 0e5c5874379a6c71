package webfinger

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// notObject is the cause where a JSON object was expected, or nothing after one.
func notObject(err error) error {
	if err != nil {
		return err
	}
	return errors.New("not one JSON object")
}

// Text writes a document, two spaces deep, with a line's end. Members stand as they were read, new ones after them in the order of RFC 7033 §4.4.
func (d Document) Text() []byte {
	var out bytes.Buffer
	raw := d.compact()
	if err := json.Indent(&out, raw, "", "  "); err != nil { // each part is JSON that was read or written here
		return raw
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func (d Document) compact() []byte {
	var list []Member
	put := func(name string, there bool, value json.RawMessage) {
		if there || slices.Contains(d.order, name) && value != nil {
			list = append(list, Member{name, value})
		}
	}
	if d.Subject != "" {
		put(memberSubject, true, marshal(d.Subject))
	}
	put(memberAliases, len(d.Aliases) > 0, marshal(append([]string{}, d.Aliases...)))
	put(memberProperties, len(d.Properties) > 0, object(d.Properties))
	links := []json.RawMessage{}
	for _, l := range d.Links {
		links = append(links, l.Raw)
	}
	put(memberLinks, len(links) > 0, marshal(links))
	list = append(list, d.Others...)
	slices.SortStableFunc(list, func(x, y Member) int { return d.place(x.Name) - d.place(y.Name) })
	return object(list)
}

// place is where a member stood, or behind all that did.
func (d Document) place(name string) int {
	if i := slices.Index(d.order, name); i >= 0 {
		return i
	}
	return len(d.order)
}

func object(members []Member) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(marshal(m.Name))
		out.WriteByte(':')
		out.Write(m.Value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// marshal writes strings, lists of them and raw JSON, which always encode, without escaping what only HTML needs.
func marshal(v any) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.TrimSpace(out.Bytes())
}
