package pass

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// kind is the type that a pass names in its header, so that no other token
// signed by the same keys is taken for one.
const kind = "pass+jwt"

// claims is a pass as it is signed.
type claims struct {
	jwt.RegisteredClaims
	Name   string `json:"name"`
	Org    string `json:"org"`
	Grant  string `json:"grant"`
	Mode   Mode   `json:"mode"`
	As     string `json:"as,omitempty"`
	AsName string `json:"as_name,omitempty"`
	Banner string `json:"banner"`
	Lang   string `json:"lang"`
}

// verify reads a pass that Muster signed for this product. The algorithm is
// one, whatever the token says of itself.
func (c *Client) verify(ctx context.Context, token string) (Pass, error) {
	var read claims
	parsed, err := jwt.ParseWithClaims(token, &read, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != kind {
			return nil, errors.New("it is no pass")
		}
		kid, _ := t.Header["kid"].(string)
		return c.key(ctx, kid)
	},
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(c.at), jwt.WithAudience(c.product),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(2*time.Second),
	)
	switch {
	case errors.Is(err, ErrUnreachable):
		return Pass{}, err
	case err != nil || !parsed.Valid:
		return Pass{}, fmt.Errorf("%w: %w", ErrNoPass, err)
	}
	visit, _, _ := strings.Cut(read.ID, ".")
	p := Pass{
		ID: visit, Staff: read.Subject, Name: read.Name, Organisation: read.Org, Grant: read.Grant, Mode: read.Mode,
		As: read.As, AsName: read.AsName, Banner: read.Banner, Lang: read.Lang, Expires: read.ExpiresAt.Time, token: token,
	}
	if p.ID == "" || p.Staff == "" || p.Organisation == "" || p.Grant == "" || p.Mode != View && p.Mode != Configure && p.Mode != ViewAs {
		return Pass{}, fmt.Errorf("%w: something is missing in it", ErrNoPass)
	}
	return p, nil
}

// keys are Muster's, as it published them last.
type keys struct {
	mu    sync.Mutex
	known map[string]ed25519.PublicKey
	read  time.Time
}

// How long keys are believed, and how soon they are asked for again where one
// is not known: somebody who sends made-up passes must not make us ask each
// time.
const (
	keysFresh = 10 * time.Minute
	keysAgain = 5 * time.Second
)

// key is the one that a pass names.
func (c *Client) key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	age := time.Since(c.keys.read)
	key, known := c.keys.known[kid]
	if known && age < keysFresh {
		return key, nil
	}
	if !known && age < keysAgain {
		return nil, errors.New("its key is not known")
	}
	fresh, err := c.published(ctx)
	if err != nil {
		return nil, err
	}
	c.keys.known, c.keys.read = fresh, time.Now()
	if key, known = fresh[kid]; !known {
		return nil, errors.New("its key is not known")
	}
	return key, nil
}

// published asks for the keys (RFC 7517, RFC 8037).
func (c *Client) published(ctx context.Context) (map[string]ed25519.PublicKey, error) {
	var set struct {
		Keys []struct{ Kty, Crv, Kid, X, Use string }
	}
	if err := c.do(ctx, http.MethodGet, "/access/v1/jwks.json", "", nil, &set); err != nil {
		return nil, err
	}
	all := map[string]ed25519.PublicKey{}
	for _, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err == nil && k.Kty == "OKP" && k.Crv == "Ed25519" && k.Kid != "" && len(x) == ed25519.PublicKeySize {
			all[k.Kid] = x
		}
	}
	return all, nil
}
