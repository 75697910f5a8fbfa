// Package cosign is how a witness says that a log only grew (C2SP
// tlog-cosignature v1.0.1, Ed25519), and how it is asked to (C2SP tlog-witness
// v1.0.0). It knows neither database nor network.
package cosign

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// kind is the signature type of an Ed25519 cosignature in a verifier key.
const kind = 0x04

const (
	stampSize = 8 // seconds since 1970, big-endian, before the signature itself
	sigSize   = stampSize + ed25519.SignatureSize
)

var errKey = errors.New("this is no witness’s key: it must be NAME+ID+KEY, for Ed25519 cosignatures")

// keyID tells the keys of one name apart.
func keyID(name string, pub ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), append([]byte{kind}, pub...)...))
	return binary.BigEndian.Uint32(sum[:])
}

// Key is a witness's public key, as a signed note wants it.
type Key struct {
	name string
	pub  ed25519.PublicKey
}

// ParseKey reads a witness's verifier key.
func ParseKey(text string) (Key, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "+")
	hash, encoded, parted := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || !parted || err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != kind {
		return Key{}, errKey
	}
	k := Key{name, raw[1:]}
	if !isName(name) || hash != hex.EncodeToString(binary.BigEndian.AppendUint32(nil, k.KeyHash())) {
		return Key{}, errKey
	}
	return k, nil
}

// isName tells whether a signature line can carry a name.
func isName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "+ \t\r\n\u2028\u2029")
}

// String is the verifier key.
func (k Key) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{kind}, k.pub...)))
}

// Name is the witness's name.
func (k Key) Name() string { return k.name }

// KeyHash tells keys of the same name apart.
func (k Key) KeyHash() uint32 { return keyID(k.name, k.pub) }

// Verify tells whether a cosignature is the witness's over a note's text.
func (k Key) Verify(text, sig []byte) bool {
	at, ok := stamp(sig)
	return ok && ed25519.Verify(k.pub, message(at, text), sig[stampSize:])
}

// stamp is when a cosignature was made, in seconds since 1970.
func stamp(sig []byte) (int64, bool) {
	if len(sig) != sigSize {
		return 0, false
	}
	at := binary.BigEndian.Uint64(sig)
	return int64(at), at > 0 && at <= 1<<63-1
}

// message is what is signed.
func message(at int64, text []byte) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatInt(at, 10)+"\n"), text...)
}

// signer cosigns at one instant.
type signer struct {
	Key
	private ed25519.PrivateKey
	at      int64
}

// Signer is a witness that cosigns at an instant.
func Signer(name string, private ed25519.PrivateKey, at time.Time) (note.Signer, error) {
	k := Key{name, private.Public().(ed25519.PublicKey)}
	if !isName(name) {
		return nil, errKey
	}
	return signer{k, private, at.Unix()}, nil
}

// Sign makes the cosignature of a note's text.
func (s signer) Sign(text []byte) ([]byte, error) {
	out := binary.BigEndian.AppendUint64(nil, uint64(s.at))
	return append(out, ed25519.Sign(s.private, message(s.at, text))...), nil
}

// KeyOf is the public key of a witness.
func KeyOf(name string, private ed25519.PrivateKey) (Key, error) {
	if !isName(name) {
		return Key{}, errKey
	}
	return Key{name, private.Public().(ed25519.PublicKey)}, nil
}

// When is the instant of a cosignature that has been verified.
func When(s note.Signature) time.Time {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(raw) != 4+sigSize {
		return time.Time{}
	}
	at, _ := stamp(raw[4:])
	return time.Unix(at, 0).UTC()
}
