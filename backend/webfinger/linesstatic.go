package webfinger

import (
	"hearthkey/backend/idp"
)

// document is the file of a host that serves nothing but files.
func (m lineMaker) document() LinesFile {
	return LinesFile{Where: idp.Text("wflines.file_at"), Name: ".well-known/webfinger", Text: string(DocumentOf(m.d, m.issuer).Text())}
}

// oneSubject says what a single document cannot do for this domain; nil where nothing is lost.
func (m lineMaker) oneSubject() []idp.Message {
	if m.entries.whole || len(m.entries.accounts) < 2 {
		return []idp.Message{idp.Text("wflines.one_document")}
	}
	return []idp.Message{idp.Text("wflines.one_document"), idp.Text("wflines.one_subject")}
}

func (m lineMaker) file() ([]idp.Message, []LinesFile) {
	return append([]idp.Message{idp.Text("wflines.file")}, m.oneSubject()...), []LinesFile{m.document(), {Where: idp.Text("wflines.htaccess"), Name: ".well-known/.htaccess", Text: htaccess}}
}

const htaccess = `<Files "webfinger">
    ForceType application/jrd+json
    <IfModule mod_headers.c>
        Header set Access-Control-Allow-Origin "*"
    </IfModule>
</Files>
`

func (m lineMaker) github() ([]idp.Message, []LinesFile) {
	return append([]idp.Message{idp.Text("wflines.github")}, m.oneSubject()...), []LinesFile{m.document(), {Where: idp.Text("wflines.nojekyll"), Name: ".nojekyll", Text: ""}}
}

// headersFile is what Cloudflare Pages and Netlify both read.
const headersFile = `/.well-known/webfinger
  Content-Type: application/jrd+json
  Access-Control-Allow-Origin: *
`

// pages has code answer where one document is too little.
func (m lineMaker) pages() ([]idp.Message, []LinesFile) {
	if m.entries.whole || len(m.entries.accounts) < 2 {
		return append([]idp.Message{idp.Text("wflines.pages")}, m.oneSubject()...),
			[]LinesFile{m.document(), {Where: idp.Text("wflines.headers"), Name: "_headers", Text: headersFile}}
	}
	return []idp.Message{idp.Text("wflines.pages_code")},
		[]LinesFile{{Where: idp.Text("wflines.pages_function"), Name: "functions/.well-known/webfinger.js", Text: Worker(m.d, m.issuer) + pagesFunction}}
}

// pagesFunction gives the Worker the name by which Pages calls it.
const pagesFunction = `
export const onRequest = ({ request }) => answer(request);
`

// netlify passes on to the issuer where one document is too little.
func (m lineMaker) netlify() ([]idp.Message, []LinesFile) {
	if m.entries.whole || len(m.entries.accounts) < 2 {
		return append([]idp.Message{idp.Text("wflines.netlify")}, m.oneSubject()...),
			[]LinesFile{m.document(), {Where: idp.Text("wflines.headers"), Name: "_headers", Text: headersFile}}
	}
	return []idp.Message{idp.Text("wflines.netlify_pass"), idp.Text("wflines.passes")},
		[]LinesFile{{Where: idp.Text("wflines.redirects"), Name: "_redirects", Text: Path + " " + m.endpoint.String() + " 200!\n"}}
}

func (m lineMaker) vercel() ([]idp.Message, []LinesFile) {
	return append([]idp.Message{idp.Text("wflines.vercel")}, m.oneSubject()...), []LinesFile{
		{Where: idp.Text("wflines.vercel_file"), Name: "public/.well-known/webfinger", Text: m.document().Text},
		{Where: idp.Text("wflines.vercel_json"), Name: "vercel.json", Text: vercelJSON},
	}
}

const vercelJSON = `{
  "headers": [
    {
      "source": "/.well-known/webfinger",
      "headers": [
        { "key": "Content-Type", "value": "application/jrd+json" },
        { "key": "Access-Control-Allow-Origin", "value": "*" }
      ]
    }
  ]
}
`
