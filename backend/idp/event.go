package idp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
)

// Actor says who did what an event tells of.
type Actor string

// The actors.
const (
	ActorOwner   Actor = "owner" // in the window or on the command line
	ActorUser    Actor = "user"  // Event.UserID, in a browser
	ActorApp     Actor = "app"   // Event.ClientID, at the token endpoint
	ActorSystem  Actor = "system"
	ActorVisitor Actor = "visitor" // nobody known
)

// Kinds of events. The text of kind k is the catalogue's key "activity.k".
const (
	EventSetUp                = "set_up"
	EventIssuerPinned         = "issuer_pinned"
	EventIssuerMoved          = "issuer_moved"
	EventHostForgotten        = "host_forgotten"
	EventDomainChanged        = "domain_changed"
	EventUserCreated          = "user_created"
	EventUserChanged          = "user_changed"
	EventUserDisabled         = "user_disabled"
	EventUserEnabled          = "user_enabled"
	EventUserDeleted          = "user_deleted"
	EventGroupCreated         = "group_created"
	EventGroupChanged         = "group_changed"
	EventGroupDeleted         = "group_deleted"
	EventInvited              = "invited"
	EventInviteRevoked        = "invite_revoked"
	EventPasskeyAdded         = "passkey_added"
	EventPasskeyRenamed       = "passkey_renamed"
	EventPasskeyRemoved       = "passkey_removed"
	EventPasskeyFlagged       = "passkey_flagged"
	EventSignedIn             = "signed_in"
	EventSignInFailed         = "sign_in_failed"
	EventSignInRefused        = "sign_in_refused" // the passkey was good; Reason says what was not
	EventSignedOut            = "signed_out"
	EventSessionRevoked       = "session_revoked"
	EventConsented            = "consented"
	EventConsentDenied        = "consent_denied"
	EventConsentRevoked       = "consent_revoked"
	EventAuthorized           = "authorized"
	EventAccessDenied         = "access_denied"
	EventTokensIssued         = "tokens_issued"
	EventCodeReused           = "code_reused"
	EventRefreshReused        = "refresh_reused"
	EventExchangeRefused      = "exchange_refused" // a code or token was presented wrongly; Reason says how
	EventAppCreated           = "app_created"
	EventAppChanged           = "app_changed"
	EventAppAccess            = "app_access"
	EventAppSecretAdded       = "app_secret_added"
	EventAppSecretGone        = "app_secret_removed"
	EventAppDisabled          = "app_disabled"
	EventAppEnabled           = "app_enabled"
	EventAppDeleted           = "app_deleted"
	EventDeviceAllowed        = "device_allowed"
	EventDeviceDenied         = "device_denied"
	EventTokenRevoked         = "token_revoked"    // by the app (RFC 7009)
	EventAppActed             = "app_acted"        // an app got a token for itself; once an hour and app at most
	EventLogoutDelivered      = "logout_delivered" // by the back channel
	EventLogoutFailed         = "logout_failed"    // given up; Reason says why
	EventKeyRotated           = "key_rotated"
	EventKeyWithdrawn         = "key_withdrawn"
	EventKeySchedule          = "key_schedule"
	EventClaimScope           = "claim_scope"
	EventApprovalAsked        = "approval_asked"
	EventApprovalGiven        = "approval_given"
	EventApprovalDenied       = "approval_denied"
	EventApprovalSetting      = "approval_setting"
	EventTailnetLinked        = "tailnet_linked"
	EventTailnetUnlinked      = "tailnet_unlinked"
	EventPublicPaused         = "public_paused"
	EventPublicResumed        = "public_resumed"
	EventTunnelAsked          = "tunnel_asked"
	EventTunnelLoggedOut      = "tunnel_logged_out"
	EventCarrierSaid          = "carrier_said"  // whether the issuer serves the tailnet that carries it
	EventKeepAwake            = "keep_awake"    // switched on or off
	EventSignUpBegun          = "sign_up_begun" // of a tailnet, with this issuer
	EventSignUpForgotten      = "sign_up_forgotten"
	EventNodeKeyEnding        = "node_key_ending" // Reason is how many days ahead
	EventNodeKeyEnded         = "node_key_ended"
	EventCertEnding           = "certificate_ending" // Reason is how many days ahead; it should have been renewed by then
	EventCertEnded            = "certificate_ended"
	EventTunnelRelisten       = "tunnel_relistened" // by the watchdog
	EventTunnelRebuilt        = "tunnel_rebuilt"    // by it too, where listening anew did not help
	EventReachChanged         = "reach_changed"     // Reason is the new state's word
	EventWebFingerAdded       = "webfinger_added"
	EventWebFingerChanged     = "webfinger_changed"
	EventWebFingerRemoved     = "webfinger_removed"
	EventStarted              = "started"
	EventFault                = "fault" // a request failed; Reason is the reference that was shown
	EventWebFingerPublished   = "webfinger_published"
	EventWebFingerUnpublished = "webfinger_unpublished"
	EventWebFingerFailed      = "webfinger_failed"  // publishing came to nothing
	EventPublisherSet         = "publisher_set"     // Reason is its kind
	EventWebFingerDrifted     = "webfinger_drifted" // it was in order, and is not any more, by no doing from here; Reason is what was found first
	EventWebFingerMended      = "webfinger_mended"
)

// Event is one row of the activity log. Detail is the personal part (names, addresses, user agents): it stands beside the chain and may be erased without breaking it, because the chain holds its salted hash only.
type Event struct {
	Seq      int64             `json:"seq"`
	At       Time              `json:"at"`
	Kind     string            `json:"kind"`
	Actor    Actor             `json:"actor"`
	UserID   string            `json:"userId"`
	ClientID string            `json:"clientId"`
	ObjectID string            `json:"objectId"` // the passkey, session, group, invite or grant it is about
	Reason   string            `json:"reason"`
	Network  Network           `json:"network"`
	Detail   map[string]string `json:"detail"` // nil once erased

	Salt       []byte `json:"-"` // 16 bytes
	DetailHash []byte `json:"-"`
	Prev       []byte `json:"-"`
	Hash       []byte `json:"-"`
}

// HashDetail is the salted SHA-256 of the personal part, over its JSON with sorted keys.
func (e Event) HashDetail() []byte {
	body, _ := json.Marshal(e.Detail) // a map of strings always encodes; encoding/json sorts the keys
	h := sha256.New()
	h.Write(e.Salt)
	h.Write(body)
	return h.Sum(nil)
}

// HashChain is the SHA-256 over the fixed encoding of the event and the hash before it: each field as its length in 8 bytes, big-endian, and its bytes.
func (e Event) HashChain() []byte {
	h := sha256.New()
	field := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(v int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(v))
		field(n[:])
	}
	number(e.Seq)
	number(int64(e.At))
	for _, s := range []string{e.Kind, string(e.Actor), e.UserID, e.ClientID, e.ObjectID, e.Reason, string(e.Network)} {
		field([]byte(s))
	}
	field(e.DetailHash)
	field(e.Prev)
	return h.Sum(nil)
}
