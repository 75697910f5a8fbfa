package deliver

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"muster/fault"
	"muster/id"
	"muster/seal"
	"muster/store"
)

// A token is what an action link carries: it names one message and cannot be
// guessed (96 bits). Whoever holds it may act on what the message is about,
// once, in the name of its recipient; it signs nobody in.
const (
	tokenPurpose = "deliver.token"
	tokenMAC     = 13 // one byte says which key
)

// token makes the token of a message's action link.
func token(keys *seal.Keys, m id.Message) string {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(m), "msg_"))
	if err != nil {
		return "" // an id that we did not make; the link will be refused
	}
	return base64.RawURLEncoding.EncodeToString(append(raw, keys.MAC(tokenPurpose, string(m))[:tokenMAC]...))
}

// Follow finds what an action link's token stands for: a message, and whose it
// is. It changes nothing. A token that is not ours is NotFound.
func Follow(ctx context.Context, s *store.Store, keys *seal.Keys, token string) (m Message, err error) {
	which, err := parse(keys, token)
	if err != nil {
		return m, err
	}
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		m, err = store.One(tx, followMessage, scanMessage, which)
		return err
	})
	return m, err
}

func parse(keys *seal.Keys, token string) (id.Message, error) {
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
