package publisher

import (
	"crypto/rand"
	"io/fs"
	"strings"
	"time"

	"hearthkey/backend/idp"
)

// A new document is written under a name of its own beside the old one. The name begins with no dot, since many servers refuse those, and with the document's, so that it is seen what it belongs to.
const besidePrefix = leaf + ".hearthkey-"

func besideName() string { return besidePrefix + strings.ToLower(rand.Text()[:16]) }

// isLeftover says whether a file is what a write that was cut off left behind: one of ours, and older than any write takes.
func isLeftover(info fs.FileInfo, now time.Time) bool {
	return strings.HasPrefix(info.Name(), besidePrefix) && info.Mode().IsRegular() && now.Sub(info.ModTime()) > time.Hour
}

// found is the sentence of a test that went well.
func found(s Snapshot) string {
	if s.There {
		return idp.Text("publisher.found").String()
	}
	return idp.Text("publisher.found_none").String()
}
