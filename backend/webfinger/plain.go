package webfinger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plainJSON encodes v on one line, so that the text can stand between single quotes, double quotes or backticks of nginx, Apache, Caddy, PHP and JavaScript and mean itself there.
// Within its strings stand only characters that none of these languages reads anything into; all others are written by their number (RFC 8259 §7), so no text of a stranger's document can end a string, name a variable or begin a tag.
func plainJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("webfinger: %v", err)) // only values that can be encoded come here
	}
	var out strings.Builder
	for inside := false; len(raw) > 0; {
		switch {
		case raw[0] == '"':
			inside = !inside
			out.WriteByte('"')
			raw = raw[1:]
		case raw[0] == '\\':
			raw = writeEscape(&out, raw)
		default:
			r, size := utf8.DecodeRune(raw)
			if inside && !isPlain(r) {
				writeNumber(&out, r)
			} else {
				out.WriteRune(r)
			}
			raw = raw[size:]
		}
	}
	return out.String()
}

// isPlain says of a character whether it may stand as itself in a string.
func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" -_.,:;/@#?=+~!()*[]|", r)
}

// writeEscape writes the escape that raw begins with by its number, and returns what follows it.
func writeEscape(out *strings.Builder, raw []byte) []byte {
	if raw[1] == 'u' {
		out.Write(raw[:6])
		return raw[6:]
	}
	short, long := `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	writeNumber(out, rune(long[bytes.IndexByte([]byte(short), raw[1])]))
	return raw[2:]
}

func writeNumber(out *strings.Builder, r rune) {
	for _, unit := range utf16.Encode([]rune{r}) {
		fmt.Fprintf(out, `\u%04x`, unit)
	}
}
