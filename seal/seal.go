// Package seal keeps secrets at rest unreadable and tokens unforgeable.
//
// One master key per installation gives, by HKDF (RFC 5869), a sub key for
// every purpose, so that what was made for one purpose is worthless for
// another. Values are sealed with XChaCha20-Poly1305 with the purpose as
// additional data; tokens are authenticated with HMAC-SHA256. Everything made
// begins with the number of its master key: a new key can be added at any time
// and what older ones made stays good for as long as they are kept.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"

	"muster/fault"
)

// masterSize is the length of a master key in bytes.
const masterSize = 32

// Keys are the master keys of one installation. Safe for use from many sides.
type Keys struct {
	masters map[byte][]byte
	newest  byte     // seals; the others only open
	sub     sync.Map // slot → []byte or cipher.AEAD; purposes are few
}

// slot names one derived thing.
type slot struct {
	use     string // "seal" or "mac"
	key     byte
	purpose string
}

// Parse reads master keys: 32 bytes in base64, one per word, each with its
// number (1–255) and a colon in front. A single key may go without ("1:").
// The highest number seals; all of them open.
func Parse(text string) (*Keys, error) {
	k := &Keys{masters: make(map[byte][]byte)}
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, fmt.Errorf("seal: no master key given")
	}
	for _, word := range words {
		number, encoded, numbered := strings.Cut(word, ":")
		if !numbered {
			if len(words) > 1 {
				return nil, fmt.Errorf("seal: with several master keys each needs its number, like 2:…")
			}
			number, encoded = "1", word
		}
		n, err := strconv.ParseUint(number, 10, 8)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("seal: the number of a master key must be 1 to 255")
		}
		master, err := decode(encoded)
		if err != nil {
			return nil, err
		}
		if k.masters[byte(n)] != nil {
			return nil, fmt.Errorf("seal: master key %d is given twice", n)
		}
		k.masters[byte(n)] = master
		k.newest = max(k.newest, byte(n))
	}
	return k, nil
}

// decode never quotes what it was given: it is a secret.
func decode(encoded string) ([]byte, error) {
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(encoded); err == nil && len(b) == masterSize {
			return b, nil
		}
	}
	return nil, fmt.Errorf("seal: a master key must be %d bytes in base64", masterSize)
}

// Generate makes the text of a new master key with the given number.
func Generate(number byte) string {
	b := make([]byte, masterSize)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return strconv.Itoa(int(number)) + ":" + base64.StdEncoding.EncodeToString(b)
}

// Seal makes plain unreadable and unchangeable for everyone without the keys.
func (k *Keys) Seal(purpose string, plain []byte) ([]byte, error) {
	aead, err := k.aead(k.newest, purpose)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(plain)+aead.Overhead())
	out[0] = k.newest
	rand.Read(out[1:])
	return aead.Seal(out, out[1:], plain, []byte(purpose)), nil
}

// Open gives back what Seal was given. Whatever was changed, or sealed for
// another purpose or by another installation, is a fault "bad_seal".
func (k *Keys) Open(purpose string, sealed []byte) ([]byte, error) {
	const head = 1 + chacha20poly1305.NonceSizeX
	bad := fault.New(fault.Invalid, "bad_seal")
	if len(sealed) < head || k.masters[sealed[0]] == nil {
		return nil, bad
	}
	aead, err := k.aead(sealed[0], purpose)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, sealed[1:head], sealed[head:], []byte(purpose))
	if err != nil {
		return nil, bad.Wrap(err)
	}
	return plain, nil
}

// MAC proves later, by Check, that these parts in this order came from here
// for this purpose. It is 33 bytes and stays the same for the same key.
func (k *Keys) MAC(purpose string, parts ...string) []byte {
	return k.mac(k.newest, purpose, parts)
}

// Check tells whether mac was made by MAC of the same purpose and parts, in a
// time that says nothing about how nearly it was.
func (k *Keys) Check(mac []byte, purpose string, parts ...string) bool {
	if len(mac) != 1+sha256.Size || k.masters[mac[0]] == nil {
		return false
	}
	return hmac.Equal(mac, k.mac(mac[0], purpose, parts))
}

// shortest is the least of a MAC that CheckPrefix takes: the key's number and
// 96 bits.
const shortest = 1 + 12

// CheckPrefix is Check for a MAC that was cut to its first bytes, as links and
// texts need it; fewer than 13 are never accepted.
func (k *Keys) CheckPrefix(mac []byte, purpose string, parts ...string) bool {
	if len(mac) < shortest || len(mac) > 1+sha256.Size || k.masters[mac[0]] == nil {
		return false
	}
	return hmac.Equal(mac, k.mac(mac[0], purpose, parts)[:len(mac)])
}

func (k *Keys) mac(key byte, purpose string, parts []string) []byte {
	h := hmac.New(sha256.New, k.macKey(key, purpose))
	for _, p := range parts {
		var size [8]byte // a length before each part keeps ("ab","c") from ("a","bc")
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return h.Sum([]byte{key})
}

func (k *Keys) macKey(key byte, purpose string) []byte {
	at := slot{"mac", key, purpose}
	if v, ok := k.sub.Load(at); ok {
		return v.([]byte)
	}
	v, _ := k.sub.LoadOrStore(at, k.derive(at))
	return v.([]byte)
}

func (k *Keys) aead(key byte, purpose string) (cipher.AEAD, error) {
	at := slot{"seal", key, purpose}
	if v, ok := k.sub.Load(at); ok {
		return v.(cipher.AEAD), nil
	}
	aead, err := chacha20poly1305.NewX(k.derive(at))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	v, _ := k.sub.LoadOrStore(at, aead)
	return v.(cipher.AEAD), nil
}

// derive cannot fail: HKDF refuses only lengths beyond 255 hashes.
func (k *Keys) derive(at slot) []byte {
	key, err := hkdf.Key(sha256.New, k.masters[at.key], nil, "muster "+at.use+" "+at.purpose, 32)
	if err != nil {
		panic("seal: " + err.Error())
	}
	return key
}
