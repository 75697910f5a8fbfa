package webpush

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"
	"time"

	"muster/seal"
	"muster/store"
)

// Where the key pair by which push services know this installation is kept.
const (
	keyName    = "webpush.vapid"
	keyPurpose = "webpush.vapid"
)

// A token is valid for half the day that RFC 8292 allows, and is made anew
// well before its end: signing is the dearest part of a push.
const (
	tokenValid = 12 * time.Hour
	tokenFresh = 6 * time.Hour
	mostTokens = 100
)

var b64 = base64.RawURLEncoding

// Signer proves to push services who sends (VAPID, RFC 8292). Browsers tie a
// subscription to its public key, so it stays the same for good. Safe for use
// from many sides.
type Signer struct {
	contact string
	key     *ecdsa.PrivateKey
	public  string

	mu     sync.Mutex
	tokens map[string]token // by origin of the push service
}

type token struct {
	text string
	made time.Time
}

// NewSigner makes a signer with the installation's own key, which is made when
// it is first asked for, and sealed in the database. contact is where a push
// service can reach the operator: mailto:… or https://….
func NewSigner(ctx context.Context, s *store.Store, keys *seal.Keys, contact string) (*Signer, error) {
	u, err := url.Parse(contact)
	if err != nil || len(contact) > 200 || (u.Scheme != "mailto" || u.Opaque == "") && (u.Scheme != "https" || u.Host == "") {
		return nil, fmt.Errorf("%s must be where push services can reach the operator: mailto:ops@example.org or https://…", Key)
	}
	sealed, err := s.Installation(ctx, keyName, func() ([]byte, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		raw, err := key.Bytes()
		if err != nil {
			return nil, err
		}
		return keys.Seal(keyPurpose, raw)
	})
	if err != nil {
		return nil, err
	}
	raw, err := keys.Open(keyPurpose, sealed)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return &Signer{contact: contact, key: key, public: b64.EncodeToString(public), tokens: map[string]token{}}, nil
}

// Public is the key that browsers subscribe with, as they take it.
func (s *Signer) Public() string { return s.public }

// header is the value of Authorization for an endpoint.
func (s *Signer) header(endpoint *url.URL, now time.Time) (string, error) {
	origin := endpoint.Scheme + "://" + endpoint.Host
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tokens[origin]
	if !ok || now.Sub(t.made) > tokenFresh || now.Before(t.made) {
		text, err := s.sign(origin, now.Add(tokenValid))
		if err != nil {
			return "", err
		}
		if len(s.tokens) >= mostTokens {
			clear(s.tokens) // somebody makes endpoints up
		}
		t = token{text, now}
		s.tokens[origin] = t
	}
	return "vapid t=" + t.text + ", k=" + s.public, nil
}

// sign makes a JSON Web Token with ES256 (RFC 7515, RFC 7518).
func (s *Signer) sign(origin string, until time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{"aud": origin, "exp": until.Unix(), "sub": s.contact})
	if err != nil {
		return "", err
	}
	text := b64.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + b64.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	v.FillBytes(raw[32:])
	return text + "." + b64.EncodeToString(raw), nil
}
