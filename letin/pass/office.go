package pass

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/product"
	"muster/policy"
	"muster/seal"
	"muster/store"
)

// Config is what an Office stands on.
type Config struct {
	Store *store.Store
	Keys  *seal.Keys
	Gate  *identity.Gate
	URL   string // public address of the installation: who issues passes
	Log   *slog.Logger
}

// Office answers products. One serves a whole process; it is safe for use from
// many sides.
type Office struct {
	store   *store.Store
	keys    *seal.Keys
	gate    *identity.Gate
	url     string
	log     *slog.Logger
	unwatch func()

	admitted sync.Map // digest of a token → until when it is not asked about at the door
	known    sync.Map // identifier of a key → key; what it has signed is read often
	genuine  *lru.Cache[[sha256.Size]byte, genuine]
	queues   queues
	streams  streams
}

// New makes the office. Close ends it.
func New(c Config) *Office {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	o := &Office{store: c.Store, keys: c.Keys, gate: c.Gate, url: strings.TrimRight(c.URL, "/"), log: c.Log}
	o.genuine, _ = lru.New[[sha256.Size]byte, genuine](mostGenuine) // refuses only sizes below one
	o.queues.waiting = map[id.Org][]*asked{}
	o.streams.open = map[chan struct{}]bool{}
	o.unwatch = c.Store.Watch(o.streams.heard)
	return o
}

// Now is the clock of units.
func (o *Office) Now() time.Time { return o.store.Now() }

// Close stops listening for ends.
func (o *Office) Close() { o.unwatch() }

var (
	errNothing = fault.New(fault.NotFound, "not_found")
	errToken   = fault.New(fault.Unauthenticated, "token_refused")
	errPass    = fault.New(fault.Forbidden, "pass_refused")
)

func number(n int) string { return strconv.Itoa(n) }

func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// most is how many products there may be.
const most = 50

func allowed(who actor.Actor, action string) (rule string, err error) {
	return policy.Check(who, action, policy.Resource{Type: "Installation"})
}

// Products lists them all, by name.
func (o *Office) Products(ctx context.Context, who actor.Actor) (all []Product, err error) {
	if _, err := allowed(who, "seeProducts"); err != nil {
		return nil, err
	}
	err = o.store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		all, err = store.All(tx, listProducts, scanProduct)
		return err
	})
	return all, err
}

// Doors are the products that somebody who is inside can go over to, by name:
// those of this customer's that are on.
func (o *Office) Doors(ctx context.Context, guest actor.Actor) (all []Product, err error) {
	if !guest.Guest() {
		return nil, errNothing
	}
	err = o.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		all, err = store.All(tx, doors, scanProduct, identity.Provider, guest.Org)
		return err
	})
	return all, err
}

// Keeps tells whether somebody may enter and change products.
func Keeps(who actor.Actor) bool {
	_, err := allowed(who, "keepProducts")
	return err == nil
}

// Get gives one product.
func (o *Office) Get(ctx context.Context, who actor.Actor, which id.Product) (p Product, err error) {
	if _, err := allowed(who, "seeProducts"); err != nil {
		return p, err
	}
	err = o.store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		p, err = store.One(tx, getProduct, scanProduct, which)
		return err
	})
	return p, err
}

// keep is one unit about products, of which open streams hear.
func (o *Office) keep(ctx context.Context, who actor.Actor, act func(tx *store.Tx) (kind string, p Product, err error)) error {
	rule, err := allowed(who, "keepProducts")
	if err != nil {
		return err
	}
	return o.store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		kind, p, err := act(tx)
		if err != nil {
			return err
		}
		tx.Touch(product.Topic)
		return ledger.Append(tx, who, ledger.Entry{
			Kind: kind, Subject: string(p.ID), Rule: rule,
			Facts: map[string]any{"Name": p.Name, "Where": p.Address, "On": p.Active},
		})
	})
}

// Add enters a product and gives the token that it authenticates itself with,
// which is shown once and kept nowhere.
func (o *Office) Add(ctx context.Context, who actor.Actor, d Draft) (p Product, token string, err error) {
	if _, err := allowed(who, "keepProducts"); err != nil {
		return p, "", err
	}
	if d, err = d.checked(); err != nil {
		return p, "", err
	}
	token = tokenPrefix + secret()
	p = Product{ID: id.New[id.Product](), Name: d.Name, Address: d.Address, Active: true}
	err = o.keep(ctx, who, func(tx *store.Tx) (string, Product, error) {
		n, err := store.One(tx, countProducts, store.Scalar[int])
		if err == nil && n >= most {
			err = fault.New(fault.Conflict, "products_full").With("Max", most)
		}
		if err != nil {
			return "", p, err
		}
		p.Made, p.Changed = tx.Now(), tx.Now()
		return "product.added", p, tx.Write(addProduct, p.ID, p.Name, p.Address, digest(token), p.Active, tx.Now())
	})
	return p, token, err
}

// Change gives a product another name or address.
func (o *Office) Change(ctx context.Context, who actor.Actor, which id.Product, d Draft) error {
	if _, err := allowed(who, "keepProducts"); err != nil {
		return err
	}
	d, err := d.checked()
	if err != nil {
		return err
	}
	return o.keep(ctx, who, func(tx *store.Tx) (string, Product, error) {
		p, err := store.One(tx, holdProduct, scanProduct, which)
		if err != nil {
			return "", p, err
		}
		p.Name, p.Address = d.Name, d.Address
		return "product.changed", p, tx.Write(changeProduct, p.ID, p.Name, p.Address, p.Active, tx.Now())
	})
}

// Switch turns a product on or off. One that is off is told nothing and
// believed nothing, from its next request on.
func (o *Office) Switch(ctx context.Context, who actor.Actor, which id.Product, on bool) error {
	return o.keep(ctx, who, func(tx *store.Tx) (string, Product, error) {
		p, err := store.One(tx, holdProduct, scanProduct, which)
		if err != nil {
			return "", p, err
		}
		p.Active = on
		kind := map[bool]string{true: "product.switched_on", false: "product.switched_off"}[on]
		return kind, p, tx.Write(changeProduct, p.ID, p.Name, p.Address, on, tx.Now())
	})
}

// Rekey gives a product a new token; the old one ends at once.
func (o *Office) Rekey(ctx context.Context, who actor.Actor, which id.Product) (token string, err error) {
	token = tokenPrefix + secret()
	err = o.keep(ctx, who, func(tx *store.Tx) (string, Product, error) {
		p, err := store.One(tx, holdProduct, scanProduct, which)
		if err != nil {
			return "", p, err
		}
		return "product.rekeyed", p, tx.Write(rekeyProduct, p.ID, digest(token), tx.Now())
	})
	return token, err
}

// caller is the product whose token this is, as it stands in this unit. One
// that is off, or that nobody knows, is Unauthenticated "token_refused".
func caller(tx *store.AcrossTx, token string) (Product, error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return Product{}, errToken
	}
	p, err := store.One(tx, productByDigest, scanProduct, digest(token))
	if errors.Is(err, errNothing) || err == nil && !p.Active {
		err = errToken
	}
	if err != nil {
		return Product{}, err
	}
	return p, nil
}

// Known tells whether a token is that of a product that is on.
func (o *Office) Known(ctx context.Context, token string) error {
	return o.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		_, err := caller(tx, token)
		return err
	})
}
