package webfinger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearthkey/backend/idp"
)

func golden(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func parsed(t *testing.T, text string) Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return d
}

// TestMerge merges each document and takes the issuer out again: then it stands as before.
func TestMerge(t *testing.T) {
	for _, name := range []string{"mastodon", "others", "nobody"} {
		d := idp.WebFingerDomain{Domain: "example.com", Scope: idp.WebFingerWhole, Accounts: []string{"ann"}}
		found := Document{}
		if name != "nobody" {
			found = parsed(t, golden(t, name+".json"))
			d.Kept = string(found.Text())
		}
		merged := DocumentOf(d, nodeIssuer)
		if want := golden(t, name+"_merged.json"); string(merged.Text()) != want {
			t.Errorf("%s: merged\n%s\nwant\n%s", name, merged.Text(), want)
		}
		if again := Merge(merged, "acct:other@example.com", nodeIssuer); string(again.Text()) != string(merged.Text()) {
			t.Errorf("%s: merging twice makes\n%s", name, again.Text())
		}
		d.Published = string(merged.Text())
		if back := OthersOf(parsed(t, d.Published), d, "https://new.example.net"); string(back.Text()) != string(found.Text()) {
			t.Errorf("%s: unmerged\n%s\nwant\n%s", name, back.Text(), found.Text())
		}
	}
}

// TestUnmergeKeepsWhatCameLater: entries that others put there after the issuer stay, and an issuer link that another put there since is theirs.
func TestUnmergeKeepsWhatCameLater(t *testing.T) {
	d := idp.WebFingerDomain{Domain: "example.com", Published: golden(t, "nobody_merged.json")}
	live := parsed(t, strings.Replace(d.Published, `"links": [`, `"links": [{"rel": "self", "href": "https://x.example"}, {"rel": "`+Rel+`", "href": "https://other.example"},`, 1))
	back := Unmerge(live, nil, OwnOf(d, nodeIssuer))
	if len(back.Links) != 2 || back.Links[1].Href != "https://other.example" || back.Subject != "" || back.Bare() {
		t.Errorf("left\n%s", back.Text())
	}
	d.Kept = `{"aliases": [], "links": [{"rel": "` + Rel + `", "href": "https://old.example"}]}`
	if back := Unmerge(live, KeptOf(d), OwnOf(d, nodeIssuer)); len(back.Links) != 3 || back.Issuers()[0] != "https://other.example" || back.Issuers()[1] != "https://old.example" {
		t.Errorf("put back\n%s", back.Text())
	}
	if left := Unmerge(parsed(t, d.Published), nil, OwnOf(d, nodeIssuer)); !left.Bare() || left.Subject != "" {
		t.Errorf("of our own document stays\n%s", left.Text())
	}
	byHand := Unmerge(parsed(t, d.Published), nil, OwnOf(idp.WebFingerDomain{}, nodeIssuer)) // it was never published from here
	if byHand.Subject != "acct:ann@example.com" || len(byHand.Links) != 0 {
		t.Errorf("of a document that was pasted stays\n%s", byHand.Text())
	}
}

// TestUnmergeLeavesTheSubjectOfOthers: a document without a link of ours is not ours, even where it is about whom ours was about.
func TestUnmergeLeavesTheSubjectOfOthers(t *testing.T) {
	d := idp.WebFingerDomain{Domain: "example.com", Published: golden(t, "nobody_merged.json")}
	for name, links := range map[string]string{
		"no issuer":      `[{"rel": "self", "href": "https://social.example/users/ann"}]`,
		"another issuer": `[{"rel": "` + Rel + `", "href": "https://other.example"}]`,
		"ours elsewhere": `[{"rel": "self", "href": "` + nodeIssuer + `"}]`,
		"nothing":        `[]`,
	} {
		theirs := parsed(t, `{"subject": "acct:ann@example.com", "links": `+links+`}`)
		for _, kept := range []string{"", `{"subject": "acct:before@example.com", "links": []}`} {
			d.Kept = kept
			if left := OthersOf(theirs, d, nodeIssuer); string(left.Text()) != string(theirs.Text()) {
				t.Errorf("%s: left\n%s", name, left.Text())
			}
		}
	}
}

func TestParse(t *testing.T) {
	for text, key := range map[string]string{
		`{}`: "", "\xef\xbb\xbf" + ` {"subject": "acct:a@b.example"} `: "", `{"links": null, "aliases": null}`: "", `{"links": [{}]}`: "", `{"links": [{"rel": "a", "href": null}]}`: "",
		``: "webfinger.not_json", `<!doctype html>`: "webfinger.not_json", `[]`: "webfinger.not_json", `null`: "webfinger.not_json", `"x"`: "webfinger.not_json", `{"subject": "a"`: "webfinger.not_json", `{"subject": "a"} x`: "webfinger.not_json",
		`{"a": tru}`: "webfinger.not_json", `{} {}`: "webfinger.not_json",
		`{"subject": 1}`: "webfinger.not_jrd", `{"links": {}}`: "webfinger.not_jrd", `{"links": ["x"]}`: "webfinger.not_jrd", `{"links": [{"rel": 1}]}`: "webfinger.not_jrd", `{"aliases": [1]}`: "webfinger.not_jrd", `{"properties": []}`: "webfinger.not_jrd",
		`{"links": [], "links": []}`: "webfinger.twice", `{"x": 1, "x": 1}`: "webfinger.twice",
	} {
		_, err := Parse([]byte(text))
		got := ""
		if fail, ok := err.(*idp.Error); ok {
			got = fail.Message.Key
		}
		if got != key || (err != nil) != (key != "") {
			t.Errorf("%s: %q %v, want %q", text, got, err, key)
		}
	}
}

func TestMissing(t *testing.T) {
	d := parsed(t, golden(t, "mastodon.json"))
	other := parsed(t, `{"links": [{"href": "https://social.example.com/@alice", "type": "text\/html", "rel": "http://webfinger.net/rel/profile-page"}, {"rel": "self"}]}`)
	if missing := d.Missing(other); len(missing) != 2 || missing[0].Rel != "self" {
		t.Errorf("missing %v", missing)
	}
}

func TestDiff(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"", "", ""}, {"", "a\nb\n", "+a +b"}, {"a\nb\n", "", "-a -b"}, {"a\nb\nc", "a\nx\nc", "a -b +x c"}, {"a\nb", "a\nb\n", "a b"}, {"a\nb\nc\nd", "b\nd\ne", "-a b -c d +e"}, {"}\n]", "}\n},\n]", "} +}, ]"},
	} {
		var got []string
		for _, l := range Diff(tt.from, tt.to) {
			got = append(got, l.Sign+l.Text)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%q to %q: %s, want %s", tt.from, tt.to, s, tt.want)
		}
	}
}
