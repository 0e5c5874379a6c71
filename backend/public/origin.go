package public

import (
	"net/http"
	"strings"

	"hearthkey/backend/idp"
)

// isOurHost says whether the request is for the pinned host: any other name that leads here, as by DNS rebinding, gets nothing.
func (s *Server) isOurHost(r *http.Request) bool { return strings.EqualFold(r.Host, s.pin.HostName) }

// checkOrigin refuses a first-party request that no page of ours sent. Every browser sends Origin with a POST (Fetch §3.2); ts.net makes every node of the tailnet same-site with us, so SameSite cookies prove nothing against those.
func (s *Server) checkOrigin(r *http.Request) error {
	origins, sites := r.Header.Values("Origin"), r.Header.Values("Sec-Fetch-Site")
	if len(origins) != 1 || origins[0] != s.pin.Issuer || len(sites) > 1 || len(sites) == 1 && sites[0] != "same-origin" {
		return idp.Fail(idp.Denied, "public.foreign_origin")
	}
	return nil
}
