package publisher

import (
	"encoding/json"

	"hearthkey/backend/idp"
)

// Destination names whom credentials are shown to, and as whom: those that were typed for one are never sent to another.
func Destination(p idp.Publisher) string {
	b, _ := json.Marshal([]string{string(p.Kind), p.URL, p.Host, p.User, p.Auth, p.HostKey, p.Bucket, p.Zone}) // strings always encode
	return string(b)
}
