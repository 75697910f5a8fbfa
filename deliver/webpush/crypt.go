package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// Sizes of RFC 8188 and RFC 8291. A push service must take a body of 4,096
// bytes, and need not take more.
const (
	saltSize   = 16
	authSize   = 16
	pointSize  = 65
	recordSize = 4096
	headSize   = saltSize + 4 + 1 + pointSize
	most       = recordSize - headSize - 16 - 1 // of plain text
)

// encrypt makes the body of a push message, one record, under a key pair and a
// salt of its own.
func encrypt(plain []byte, s Subscription) ([]byte, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	return wrap(plain, s, key, salt)
}

// wrap is RFC 8291, section 3.4.
func wrap(plain []byte, s Subscription, key *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	theirs, err := ecdh.P256().NewPublicKey(s.Key)
	if err != nil {
		return nil, err
	}
	secret, err := key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	ours := key.PublicKey().Bytes()
	input, err := hkdf.Key(sha256.New, secret, s.Auth, "WebPush: info\x00"+string(s.Key)+string(ours), 32)
	if err != nil {
		return nil, err
	}
	content, err := hkdf.Key(sha256.New, input, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, input, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(content)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	body := make([]byte, 0, headSize+len(plain)+1+aead.Overhead())
	body = append(body, salt...)
	body = binary.BigEndian.AppendUint32(body, recordSize)
	body = append(body, pointSize)
	body = append(body, ours...)
	const last = 2 // marks the end of the only record
	return aead.Seal(body, nonce, append(plain[:len(plain):len(plain)], last), nil), nil
}
