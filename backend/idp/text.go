package idp

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed text/en/*.json
var catalogueFiles embed.FS

// english holds every message key with its English text, merged from text/en, one file per area. The key is the file's name, a dot, and the entry's name.
var english = mustLoad()

func mustLoad() map[string]string {
	out := map[string]string{}
	files, err := catalogueFiles.ReadDir("text/en")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		raw, err := catalogueFiles.ReadFile("text/en/" + f.Name())
		if err != nil {
			panic(err)
		}
		area := strings.TrimSuffix(f.Name(), ".json")
		var entries map[string]string
		if err := json.Unmarshal(raw, &entries); err != nil {
			panic(fmt.Sprintf("text/en/%s: %v", f.Name(), err))
		}
		for name, text := range entries {
			out[area+"."+name] = text
		}
	}
	return out
}

// Message is a text that people read, kept as a key and arguments until it is shown, so that other languages are other catalogues.
type Message struct {
	Key  string
	Args map[string]string
}

// Text makes a message. args are pairs of a name and a value; {name} in the catalogue's text becomes the value.
func Text(key string, args ...string) Message {
	m := Message{Key: key}
	if len(args) > 0 {
		m.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			m.Args[args[i]] = args[i+1]
		}
	}
	return m
}

// String is the message in English; an unknown key shows itself, so that a hole in the catalogue is seen.
func (m Message) String() string {
	text, ok := english[m.Key]
	if !ok {
		return m.Key
	}
	pairs := make([]string, 0, 2*len(m.Args))
	for name, value := range m.Args {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Known says whether the catalogue has a text for key.
func Known(key string) bool { _, ok := english[key]; return ok }

// Keys lists every key of the catalogue, in no order.
func Keys() []string {
	out := make([]string, 0, len(english))
	for k := range english {
		out = append(out, k)
	}
	return out
}
