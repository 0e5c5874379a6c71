package oidc

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// Paths of the endpoints. Guides written for Pocket ID name them, so they work unchanged; they never change.
const (
	PathDiscovery  = "/.well-known/openid-configuration"
	PathMetadata   = "/.well-known/oauth-authorization-server"
	PathJWKS       = "/.well-known/jwks.json"
	PathAuthorize  = "/authorize"
	PathToken      = "/api/oidc/token"
	PathUserInfo   = "/api/oidc/userinfo"
	PathEndSession = "/api/oidc/end-session"

	PathPAR             = "/api/oidc/par"
	PathDeviceAuthorize = "/api/oidc/device/authorize"
	PathIntrospect      = "/api/oidc/introspect"
	PathRevoke          = "/api/oidc/revoke"
)

// metadata is the provider's description of itself (OIDC Discovery §3, RFC 8414 §2). It names what exists and nothing else: clients act on it.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	PAREndpoint           string   `json:"pushed_authorization_request_endpoint"` // RFC 9126 §5
	DeviceEndpoint        string   `json:"device_authorization_endpoint"`         // RFC 8628 §4
	IntrospectionEndpoint string   `json:"introspection_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	Scopes                []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	IDTokenAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	IntrospectAuthMethods []string `json:"introspection_endpoint_auth_methods_supported"`
	RevokeAuthMethods     []string `json:"revocation_endpoint_auth_methods_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Claims                []string `json:"claims_supported"`
	ClaimTypes            []string `json:"claim_types_supported"`
	ACRValues             []string `json:"acr_values_supported"`
	PromptValues          []string `json:"prompt_values_supported"`
	UILocales             []string `json:"ui_locales_supported"`
	ClaimsParameter       bool     `json:"claims_parameter_supported"`
	RequestParameter      bool     `json:"request_parameter_supported"`
	RequestURIParameter   bool     `json:"request_uri_parameter_supported"` // true when left out, so it is said
	IssParameter          bool     `json:"authorization_response_iss_parameter_supported"`
	BackchannelLogout     bool     `json:"backchannel_logout_supported"` // OIDC Back-Channel Logout §2.1
	BackchannelSession    bool     `json:"backchannel_logout_session_supported"`
}

func describe(issuer string) metadata {
	return metadata{
		Issuer:                issuer,
		AuthorizationEndpoint: issuer + PathAuthorize,
		TokenEndpoint:         issuer + PathToken,
		UserInfoEndpoint:      issuer + PathUserInfo,
		JWKSURI:               issuer + PathJWKS,
		EndSessionEndpoint:    issuer + PathEndSession,
		PAREndpoint:           issuer + PathPAR,
		DeviceEndpoint:        issuer + PathDeviceAuthorize,
		IntrospectionEndpoint: issuer + PathIntrospect,
		RevocationEndpoint:    issuer + PathRevoke,
		Scopes:                scopes,
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query", "fragment", "form_post"},
		GrantTypes:            []string{"authorization_code", "refresh_token", "client_credentials", grantDevice},
		SubjectTypes:          []string{"public"},
		IDTokenAlgorithms:     algorithms,
		TokenAuthMethods:      []string{"client_secret_basic", "client_secret_post", "none"},
		IntrospectAuthMethods: []string{"client_secret_basic", "client_secret_post"},
		RevokeAuthMethods:     []string{"client_secret_basic", "client_secret_post", "none"},
		ChallengeMethods:      []string{"S256"},
		Claims:                append(append([]string{}, protocolClaims...), personClaims...),
		ClaimTypes:            []string{"normal"},
		ACRValues:             acrValues,
		PromptValues:          []string{"none", "login", "consent", "select_account"},
		UILocales:             []string{"en"},
		ClaimsParameter:       true,
		IssParameter:          true,
		BackchannelLogout:     true,
		BackchannelSession:    true,
	}
}

// document is an answer made once and given many times.
type document struct {
	body []byte
	etag string
}

func newDocument(body []byte) document {
	sum := sha256.Sum256(body)
	return document{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// documentAge is how long caches keep a document without asking again.
const documentAge = "public, max-age=300"

func (d document) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notAllowed(w, "GET, HEAD")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", documentAge)
	h.Set("ETag", d.etag)
	h.Set("Access-Control-Allow-Origin", "*") // public to all, and without credentials
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body)) // answers If-None-Match
}

func notAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	writeJSON(w, http.StatusMethodNotAllowed, &tokenError{Code: "invalid_request", Description: "use " + allow})
}

func describeAsBytes(issuer string) ([]byte, error) { return json.Marshal(describe(issuer)) }

// Discovery serves the metadata, for OpenID Connect and for OAuth alike: the documents have the same fields and may have the same bytes (RFC 8414 §5).
func (p *Provider) Discovery(w http.ResponseWriter, r *http.Request) { p.discovery.serve(w, r) }

// JWKS serves the public keys (RFC 7517 §5).
func (p *Provider) JWKS(w http.ResponseWriter, r *http.Request) { p.keys.ring.Load().jwks.serve(w, r) }
