package webfinger

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

// TestPlainJSON holds that a text means the same as before, and that nothing in it can end a quotation or name a variable.
func TestPlainJSON(t *testing.T) {
	for _, text := range []string{mastodon, awkward, `{"":"","a\"b":["\b\f\n\r\t\/\\\u0000\u001f\ud83d\ude00é",-1.5e3,true,null]}`} {
		got := plainJSON(json.RawMessage(text))
		var before, after any
		if err := json.Unmarshal([]byte(text), &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got), &after); err != nil {
			t.Fatalf("%v\n%s", err, got)
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s\nbecame\n%s", text, got)
		}
		for _, mark := range []string{"'", "`", "$", "<", ">", "&", "%", `\"`, `\\`, "{e", "{h", "\n", "é"} {
			if strings.Contains(got, mark) {
				t.Errorf("%q stands in %s", mark, got)
			}
		}
	}
}

// TestWorkerForTwo holds that the settings are those of the domain, whatever its texts are.
func TestWorkerForTwo(t *testing.T) {
	for name, d := range domains() {
		script := Worker(d, handIssuer)
		if strings.Contains(script, "SETTINGS") || strings.Count(script, "\n") != strings.Count(workerScript, "\n") {
			t.Errorf("%s:\n%s", name, script)
		}
		if whole := strings.Contains(script, `"accounts":null`); whole != (d.Scope == idp.WebFingerWhole) {
			t.Errorf("%s: whole is %t", name, whole)
		}
	}
}
