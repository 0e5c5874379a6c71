package webfinger

import (
	_ "embed"
	"strings"

	"hearthkey/backend/idp"
)

//go:embed wordpress.php
var wordpressPlugin string

// wordpress is a must-use plugin, which WordPress loads without being asked to.
func (m lineMaker) wordpress() ([]idp.Message, []LinesFile) {
	return []idp.Message{idp.Text("wflines.wordpress")},
		[]LinesFile{{Where: idp.Text("wflines.wordpress_file"), Name: "wp-content/mu-plugins/webfinger.php", Text: strings.Replace(wordpressPlugin, "SETTINGS", m.entries.settings(), 1)}}
}
