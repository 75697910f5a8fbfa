package pass

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/store"
)

// headerType is what a pass calls itself, so that no other token is taken for
// one (RFC 8725, 3.11).
const headerType = "pass+jwt"

// sealPurpose keeps these keys apart from everything else sealed.
const sealPurpose = "pass.sign"

// Claims is what a pass says.
type Claims struct {
	jwt.RegisteredClaims
	Name   string   `json:"name"`
	Org    id.Org   `json:"org"`
	Grant  id.Grant `json:"grant"`
	Mode   Mode     `json:"mode"`
	As     string   `json:"as,omitempty"`
	AsName string   `json:"as_name,omitempty"`
	Banner string   `json:"banner"`
	Lang   string   `json:"lang"`
}

// Pass is the identifier of the visit; a pass that was renewed keeps it.
func (c Claims) Pass() id.Pass {
	visit, _, _ := strings.Cut(c.ID, ".")
	return id.Pass(visit)
}

// JWK is a published key (RFC 7517, RFC 8037).
type JWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Kid string `json:"kid"`
	X   string `json:"x"`
	Use string `json:"use"`
	Alg string `json:"alg"`
}

// Published lists the keys with which products check passes.
func (o *Office) Published(ctx context.Context) (out []JWK, err error) {
	err = o.store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err := store.All(tx, listKeys, scanKey)
		for _, k := range all {
			if k.published(tx.Now()) {
				out = append(out, JWK{Kty: "OKP", Crv: "Ed25519", Kid: k.ID, X: b64(k.Public), Use: "sig", Alg: "EdDSA"})
			}
		}
		return err
	})
	return out, err
}

// Rotate makes a new key; the one so far signs nothing more.
func (o *Office) Rotate(ctx context.Context) error {
	return o.store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		_, err := o.turn(tx)
		return err
	})
}

// turn makes a new key in the provider's own unit.
func (o *Office) turn(tx *store.Tx) (k key, err error) {
	seed, name := make([]byte, ed25519.SeedSize), make([]byte, 8)
	rand.Read(seed)
	rand.Read(name)
	k = key{ID: hex.EncodeToString(name), Made: tx.Now(), Public: ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)}
	if k.sealed, err = o.keys.Seal(sealPurpose, seed); err != nil {
		return k, err
	}
	return k, errors.Join(
		tx.Write(retireKeys, tx.Now()),
		tx.Write(addKey, k.ID, k.sealed, k.Public, tx.Now()),
		ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "pass.key_made", Subject: k.ID}),
	)
}

// signer is the key that signs now, made anew when its time has come. It is
// asked for before a unit about a customer begins, which would otherwise hold
// the customer's rows and wait for the provider's.
func (o *Office) signer(ctx context.Context) (func(Claims) (string, error), error) {
	var k key
	var due bool
	err := o.store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err := store.All(tx, listKeys, scanKey)
		k, due = signing(all, tx.Now())
		return err
	})
	if err == nil && due {
		err = o.store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
			all, err := store.All(tx, listKeys, scanKey)
			if err != nil {
				return err
			}
			if k, due = signing(all, tx.Now()); due { // nobody was quicker
				k, err = o.turn(tx)
			}
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	seed, err := o.keys.Open(sealPurpose, k.sealed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the key that signs passes cannot be unsealed: %w", err)
	}
	return func(c Claims) (string, error) {
		t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
		t.Header["kid"], t.Header["typ"] = k.ID, headerType
		return t.SignedString(ed25519.NewKeyFromSeed(seed))
	}, nil
}

// keyFresh is how long a key is remembered before it is read anew.
const keyFresh = time.Minute

type remembered struct {
	key
	until time.Time
}

// keyOf is the public key of a name, if what it signed is still looked at.
func (o *Office) keyOf(ctx context.Context, name string) (ed25519.PublicKey, error) {
	now := o.store.Now()
	if v, ok := o.known.Load(name); ok && now.Before(v.(remembered).until) {
		return v.(remembered).Public, nil
	}
	var k key
	err := o.store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		var err error
		k, err = store.One(tx, getKey, scanKey, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !k.reads(now) {
		return nil, errPass
	}
	o.known.Store(name, remembered{k, now.Add(keyFresh)})
	return k.Public, nil
}

// read checks that a pass was signed here and ended at most so late ago. For
// which product, and whether it still holds, are other questions: see holds.
// It asks the database, so it is called outside of units.
func (o *Office) read(ctx context.Context, text string, late time.Duration) (Claims, error) {
	if len(text) > 4096 {
		return Claims{}, errPass
	}
	c, err := o.signed(ctx, text)
	if err != nil {
		return Claims{}, err
	}
	valid := jwt.NewValidator(jwt.WithIssuer(o.url), jwt.WithExpirationRequired(), jwt.WithLeeway(late), jwt.WithTimeFunc(o.store.Now))
	if err := valid.Validate(c); err != nil {
		return Claims{}, errPass.Wrap(err) // and nothing that it says of itself
	}
	return c, nil
}

// genuine is a pass whose signature was found right, and the key that made it.
type genuine struct {
	claims Claims
	key    string
}

// mostGenuine is how many passes are remembered as signed here. A product shows
// the same one with each question, and checking the signature would be half of
// what a decision costs.
const mostGenuine = 4096

// signed is what a pass says that a key signed here which is still looked at.
func (o *Office) signed(ctx context.Context, text string) (Claims, error) {
	sum := sha256.Sum256([]byte(text))
	if g, ok := o.genuine.Get(sum); ok {
		_, err := o.keyOf(ctx, g.key)
		if errors.Is(err, errNothing) {
			err = errPass
		}
		return g.claims, err
	}
	var g genuine
	var failed error // the database cannot be asked: that is no verdict
	_, err := jwt.ParseWithClaims(text, &g.claims, func(t *jwt.Token) (any, error) {
		g.key, _ = t.Header["kid"].(string)
		if t.Header["typ"] != headerType || g.key == "" {
			return nil, errPass
		}
		k, err := o.keyOf(ctx, g.key)
		if err != nil && !errors.Is(err, errNothing) && !errors.Is(err, errPass) {
			failed = err
		}
		return k, err
	}, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithoutClaimsValidation())
	switch {
	case failed != nil:
		return Claims{}, failed
	case err != nil:
		return Claims{}, errPass.Wrap(err)
	}
	o.genuine.Add(sum, g)
	return g.claims, nil
}
