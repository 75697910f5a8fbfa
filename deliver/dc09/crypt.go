package dc09

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"muster/fault"
)

// ParseKey reads a key as centres write it: 32, 48 or 64 hexadecimal digits
// for AES-128, 192 or 256. Spaces between them are let pass. Empty is no key.
func ParseKey(text string) ([]byte, error) {
	text = strings.Join(strings.Fields(text), "")
	if text == "" {
		return nil, nil
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 16 && len(key) != 24 && len(key) != 32 {
		return nil, fault.New(fault.Invalid, "dc09_key")
	}
	return key, nil
}

// errKey says that what a frame holds cannot be read with the key we have.
var errKey = errors.New("the frame cannot be read with this key")

// padding is what may stand before the bar that begins the content: anything
// but brackets and the bar itself. We write these.
const padding = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!$"

// leastPad is how much random padding goes before what we encrypt. The start
// value is zero by the standard, so the padding alone makes two equal frames
// look different.
const leastPad = 17

// encrypt seals what stands behind the bracket that opens the data, and gives
// it as upper-case hexadecimal digits.
func encrypt(key []byte, inner string) (string, error) {
	pad := leastPad + (aes.BlockSize-(leastPad+1+len(inner))%aes.BlockSize)%aes.BlockSize
	random := make([]byte, pad)
	_, _ = rand.Read(random) // never fails
	for i := range random {
		random[i] = padding[int(random[i])%len(padding)]
	}
	return seal(key, string(random)+"|"+inner)
}

// seal encrypts whole blocks by AES-CBC from a start value of zero.
func seal(key []byte, plain string) (string, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("dc09: %w", err)
	}
	out := []byte(plain)
	cipher.NewCBCEncrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(out, out)
	return strings.ToUpper(hex.EncodeToString(out)), nil
}

// Open reads the content of an encrypted frame. A plain frame stays as it is.
func (f Frame) Open(key []byte) (Frame, error) {
	if !f.Encrypted {
		return f, nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return f, errKey
	}
	raw, err := hex.DecodeString(f.sealed)
	if err != nil || len(raw) == 0 || len(raw)%aes.BlockSize != 0 { // some receivers write small digits
		return f, broken("what is encrypted is not whole blocks in hexadecimal digits")
	}
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(raw, raw)
	_, inner, found := strings.Cut(unpadded(string(raw)), "|")
	if !found || strings.ContainsFunc(inner, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return f, errKey
	}
	if err := f.content(inner); err != nil {
		return f, errKey
	}
	if f.At.IsZero() {
		return f, broken("an encrypted frame without a time could be played again at any time")
	}
	f.sealed = ""
	return f, nil
}

// unpadded takes away the padding that some receivers put behind, as their
// library does by itself: n bytes of the value n (PKCS #7).
func unpadded(s string) string {
	n := int(s[len(s)-1])
	if n < 1 || n > aes.BlockSize || strings.Trim(s[len(s)-n:], s[len(s)-1:]) != "" {
		return s
	}
	return s[:len(s)-n]
}
