package email

import (
	"encoding/base32"
	"encoding/hex"
	"strings"

	"muster/id"
	"muster/seal"
)

// Addresses are where bounces and replies to our mail come back to: one a try
// (a variable envelope return path), which names the try and proves that we
// made it. Nobody can report on, or answer, a mail that they have not seen.
type Addresses struct {
	Domain string // its mail comes to our inbound door
	Keys   *seal.Keys
}

const (
	addressPurpose = "email.address"
	addressMAC     = 13 // one byte says which key, 96 bits cannot be guessed
	addressPrefix  = "muster+"
)

// Mail systems may change the case of what stands before the @, so that the
// letters are of one case.
var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// For is the address of one try; 54 octets stand before the @, of 64 that
// RFC 5321 §4.5.3.1.1 allows.
func (a Addresses) For(attempt id.Attempt) string {
	return addressPrefix + a.token(attempt) + "@" + a.Domain
}

// token is also the envelope id that reports carry (RFC 3461 §4.4), for
// systems on the way that put another return path in the place of ours.
func (a Addresses) token(attempt id.Attempt) string {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(attempt), "att_"))
	if err != nil {
		return "" // an id that we did not make; the address will be refused
	}
	return alphabet.EncodeToString(append(raw, a.Keys.MAC(addressPurpose, string(attempt))[:addressMAC]...))
}

// Attempt is the try that an address stands for; ok is false for every
// address that For did not make.
func (a Addresses) Attempt(address string) (attempt id.Attempt, ok bool) {
	at := strings.LastIndexByte(address, '@')
	if at < len(addressPrefix) || !strings.EqualFold(address[at+1:], a.Domain) || !strings.EqualFold(address[:len(addressPrefix)], addressPrefix) {
		return "", false
	}
	return a.attempt(address[len(addressPrefix):at])
}

func (a Addresses) attempt(token string) (attempt id.Attempt, ok bool) {
	raw, err := alphabet.DecodeString(strings.ToLower(token))
	if err != nil || len(raw) != 16+addressMAC {
		return "", false
	}
	attempt = id.Attempt("att_" + hex.EncodeToString(raw[:16]))
	if !a.Keys.CheckPrefix(raw[16:], addressPurpose, string(attempt)) {
		return "", false
	}
	// The last letter has bits that stand for nothing; only ours is taken.
	return attempt, strings.EqualFold(token, alphabet.EncodeToString(raw))
}

// Envelope tells whether an envelope id that came back in a report is that of
// the try. One that is not ours says nothing: a system on the way made it.
func (a Addresses) Envelope(envid string, attempt id.Attempt) bool {
	other, ours := a.attempt(envid)
	return !ours || other == attempt
}

// Ours tells whether an address is one that we send from: mail that claims to
// come from there goes in a circle.
func (a Addresses) Ours(address string) bool {
	_, ok := a.Attempt(address)
	return ok
}
