package idp

import "time"

// ApprovalKind is what a request asks the owner for.
type ApprovalKind string

// ApprovalEnrol asks to make a person's first passkey on a node of theirs, without an invite.
const ApprovalEnrol ApprovalKind = "enrol"

// ApprovalState is how far a request is.
type ApprovalState string

// The states of a request. What an approval gives is used once.
const (
	ApprovalWaiting  ApprovalState = "waiting"
	ApprovalApproved ApprovalState = "approved"
	ApprovalDenied   ApprovalState = "denied"
	ApprovalUsed     ApprovalState = "used"
)

// ApprovalLife is how long a request waits for the owner, and then how long what was approved may be used.
const ApprovalLife = 15 * time.Minute

// Approval is a request that waits for the owner. The browser that asked holds its secret; nobody else can use what is approved.
type Approval struct {
	ID          string
	Kind        ApprovalKind
	Hash        []byte // of the secret
	UserID      string
	ClientID    string // the app that led there, "" for none
	TailscaleID int64  // of the person whose node asked, 0 for none
	Login       string
	Node        string
	Network     Network
	Source      string
	UserAgent   string
	CreatedAt   Time
	ExpiresAt   Time
	State       ApprovalState
	DecidedAt   Time
	Epoch       int64
}

// Open says whether the request may still be answered, or what was approved be used.
func (a Approval) Open(now Time, epoch int64) bool {
	return a.Epoch == epoch && !a.ExpiresAt.Passed(now) && (a.State == ApprovalWaiting || a.State == ApprovalApproved)
}
