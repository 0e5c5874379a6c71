package admin

import "hearthkey/backend/idp"

// ClientInput is what the owner types about an app. Lifetimes are seconds, 0 for the default.
type ClientInput struct {
	ID                     string          `json:"id"` // of a new app: "" makes one up; an app's ID never changes
	Name                   string          `json:"name"`
	Public                 bool            `json:"public"`
	Native                 bool            `json:"native"`
	AllowHTTP              bool            `json:"allowHttp"`
	RequirePKCE            bool            `json:"requirePkce"`
	RequirePAR             bool            `json:"requirePar"`
	SkipConsent            bool            `json:"skipConsent"`
	Reauthenticate         bool            `json:"reauthenticate"`
	AlwaysRefresh          bool            `json:"alwaysRefresh"`
	ClientCredentials      bool            `json:"clientCredentials"`
	DeviceGrant            bool            `json:"deviceGrant"`
	DeviceAnywhere         bool            `json:"deviceAnywhere"`
	UserInfoOnly           bool            `json:"userInfoOnly"`
	IDTokenAlgorithm       string          `json:"idTokenAlgorithm"` // "" for RS256
	AccessFormat           string          `json:"accessFormat"`     // "" for opaque
	Audience               string          `json:"audience"`
	AccessLife             int64           `json:"accessLife"`
	IDTokenLife            int64           `json:"idTokenLife"`
	RefreshIdle            int64           `json:"refreshIdle"`
	RefreshAbsolute        int64           `json:"refreshAbsolute"`
	NetworkRule            idp.NetworkRule `json:"networkRule"` // "" for anywhere
	TailnetHint            bool            `json:"tailnetHint"`
	TailnetEnrol           bool            `json:"tailnetEnrol"`
	TailnetSignIn          bool            `json:"tailnetSignIn"`
	LaunchURL              string          `json:"launchUrl"`
	InitiateLoginURI       string          `json:"initiateLoginUri"`
	BackchannelLogoutURI   string          `json:"backchannelLogoutUri"`
	BackchannelInward      bool            `json:"backchannelInward"`
	RedirectURIs           []string        `json:"redirectUris"`
	PostLogoutRedirectURIs []string        `json:"postLogoutRedirectUris"`
	Access                 Access          `json:"access"`
}

// Access says who may use an app: everyone, or the named groups and people; nobody when all is empty.
type Access struct {
	Everyone bool     `json:"everyone"`
	GroupIDs []string `json:"groupIds"`
	UserIDs  []string `json:"userIds"`
}

// ClientRow is a line of the Apps page.
type ClientRow struct {
	Client     idp.Client `json:"client"`
	Access     Access     `json:"access"`
	AccessText string     `json:"accessText"` // "Nobody", "Everyone", "family, Emil"
	People     int        `json:"people"`     // enabled people who may use it
	LastUsed   idp.Time   `json:"lastUsed"`
}

// ClientDetail is the panel of one app.
type ClientDetail struct {
	Client    idp.Client         `json:"client"`
	Access    Access             `json:"access"`
	Secrets   []idp.ClientSecret `json:"secrets"`
	People    int                `json:"people"`
	LastUsed  idp.Time           `json:"lastUsed"`
	Endpoints Endpoints          `json:"endpoints"`
}

// Endpoints are the addresses an app may ask for.
type Endpoints struct {
	Issuer        string `json:"issuer"`
	Discovery     string `json:"discovery"`
	Authorization string `json:"authorization"`
	Token         string `json:"token"`
	UserInfo      string `json:"userInfo"`
	JWKS          string `json:"jwks"`
	EndSession    string `json:"endSession"`
	PAR           string `json:"par"`
	Introspection string `json:"introspection"`
	Revocation    string `json:"revocation"`
	DeviceCode    string `json:"deviceCode"`
}

// NewClient is a registered app with its secret, shown once; "" for a public one.
type NewClient struct {
	Detail ClientDetail `json:"detail"`
	Secret string       `json:"secret"`
}

// SecretInput says how a new secret is to be.
type SecretInput struct {
	Name        string `json:"name"`        // to know it by; may be ""
	LifeDays    int    `json:"lifeDays"`    // 0: does not expire
	OthersHours int    `json:"othersHours"` // how long the earlier ones go on: 0 ends them now, -1 leaves them as they are
}

// NewSecret is a secret, shown once.
type NewSecret struct {
	Secret idp.ClientSecret `json:"secret"`
	Value  string           `json:"value"`
}

// PreviewInput asks what an app sees of a person.
type PreviewInput struct {
	ClientID string `json:"clientId"`
	UserID   string `json:"userId"`
	Scope    string `json:"scope"` // space-separated; "" for all
}

// Preview is what an app sees of a person. IDToken and UserInfo are claims as indented JSON, "" where the person would not be let in.
type Preview struct {
	Allowed  bool   `json:"allowed"`
	Reason   string `json:"reason"` // a sentence, "" when allowed
	Scope    string `json:"scope"`
	IDToken  string `json:"idToken"`
	UserInfo string `json:"userInfo"`
}
