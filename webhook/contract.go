package webhook

// The headers of a delivery, as Standard Webhooks names them. HTTP header names know no case.
const (
	// HeaderID names the event: equal for equal events, so it is what an [Inbox] remembers.
	HeaderID = "webhook-id"
	// HeaderTimestamp is when the rule ran (Direct) or tried (Queued), in Unix seconds, decimal.
	HeaderTimestamp = "webhook-timestamp"
	// HeaderSignature holds "v1,BASE64" entries, separated by blanks: two of them while a key rotates.
	HeaderSignature = "webhook-signature"
	// HeaderToken carries the shared token of plain payloads; see [Endpoint].
	HeaderToken = "X-Webhook-Token"
)

// The contract between the scripts of package provision and this package.
const (
	// Spec is the version of the envelope. It is raised only by an incompatible change.
	Spec = 1
	// SecretPrefix stands before the base64 text of a signing secret.
	SecretPrefix = "whsec_"
	// SignatureVersion stands before the base64 text of an HMAC-SHA256 over "id.timestamp.body".
	SignatureVersion = "v1"
	// MaxBody is the largest body that a [Handler] reads unless told otherwise, in bytes. Envelopes have about 600
	// bytes; a comment's text is cut at 8000 characters, each of which may be six bytes long on the wire.
	MaxBody = 256 << 10
)

// The bounds on what is looked at before a signature was verified.
const (
	maxID         = 200
	maxTimestamp  = 12
	maxSignatures = 16
)
