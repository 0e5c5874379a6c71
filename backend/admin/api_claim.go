package admin

// CustomClaim is a custom claim's name with the scope it belongs to, and how many people and groups have it.
type CustomClaim struct {
	Name   string `json:"name"`
	Scope  string `json:"scope"`
	Users  int    `json:"users"`
	Groups int    `json:"groups"`
}
