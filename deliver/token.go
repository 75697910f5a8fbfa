package deliver

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"muster/fault"
	"muster/id"
	"muster/seal"
)

// A token is what an action link carries: it names one message and cannot be
// guessed (96 bits). Whoever holds it may act on what the message is about,
// once, in the name of its recipient; it signs nobody in.
const (
	tokenPurpose = "deliver.token"
	tokenMAC     = 13 // one byte says which key
)

// Token makes the token of a message's action link.
func Token(keys *seal.Keys, m id.Message) string {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(m), "msg_"))
	if err != nil {
		return "" // an id that we did not make; the link will be refused
	}
	return base64.RawURLEncoding.EncodeToString(append(raw, keys.MAC(tokenPurpose, string(m))[:tokenMAC]...))
}

// ParseToken reads a token. One that is not ours is NotFound.
func ParseToken(keys *seal.Keys, token string) (id.Message, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 16+tokenMAC {
		return "", fault.New(fault.NotFound, "not_found")
	}
	m := id.Message("msg_" + hex.EncodeToString(raw[:16]))
	if !keys.CheckPrefix(raw[16:], tokenPurpose, string(m)) {
		return "", fault.New(fault.NotFound, "not_found")
	}
	return m, nil
}
