package pass

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/letin/product"
	"muster/letin/visit"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Inside lists the organisations where a staff member is inside now, each by
// the session that a pass can be made from.
func (o *Office) Inside(ctx context.Context, who actor.Actor) (all []Room, err error) {
	err = o.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		visits, err := o.gate.Visits(tx, who.Staff, "")
		if err != nil {
			return err
		}
		for _, s := range visits {
			room := Room{Session: s.ID, Org: s.Org, Grant: s.Grant}
			guest, _, err := o.gate.Inside(tx, s.ID)
			if err != nil {
				continue // it ended meanwhile
			}
			room.Configures = guest.Support.Configure && s.Person == ""
			if room.Doors, err = store.All(tx, doors, scanProduct, identity.Provider, s.Org); err != nil {
				return err
			}
			err = tx.For(s.Org, func(tx *store.Tx) error {
				org, err := roster.Get(tx)
				room.Name = org.Name
				if err == nil && s.Person != "" {
					var p roster.Person
					p, err = roster.Find(tx, s.Person)
					room.As = p.Name
				}
				return err
			})
			if err != nil {
				return err
			}
			all = append(all, room)
		}
		return nil
	})
	return all, err
}

// Room is one organisation that a staff member is inside of.
type Room struct {
	Session    id.Session
	Org        id.Org
	Grant      id.Grant
	Name       string // the organisation's
	As         string // whose eyes are borrowed, by name
	Configures bool   // the grant is for more than looking
	Doors      []Product
}

// Open lets a guest go over to a product and gives the address to which the
// browser goes, with a code that works once and for a minute. who is the staff
// member outside every organisation; session is the one by which they are
// inside. With somebody's eyes there is nothing to configure.
func (o *Office) Open(ctx context.Context, who actor.Actor, which id.Product, session id.Session, mode Mode) (address string, err error) {
	code := secret()
	err = o.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		guest, s, err := o.gate.Inside(tx, session)
		if err == nil && (s.Staff == "" || s.Staff != who.Staff || s.Org == "") {
			err = errNothing
		}
		if err != nil {
			return err
		}
		if s.Person != "" {
			mode = ViewAs
		} else if mode != Configure {
			mode = View
		}
		if mode == Configure && !guest.Support.Configure {
			return fault.New(fault.Forbidden, "pass_looks_only")
		}
		guest.IP, guest.Door = who.IP, who.Door
		had, err := product.Has(tx, s.Org, which)
		if err != nil {
			return err
		}
		rule, err := policy.Check(guest, "openProduct", policy.Resource{Type: "Pass", Org: s.Org, Facts: having(had)})
		if err != nil {
			return err
		}
		// Not as the provider's own unit, which comes after the customer's
		// everywhere: two that took them the other way round would wait for ever.
		p, err := store.One(tx, anyProduct, scanProduct, identity.Provider, which)
		if err == nil && !p.Active {
			err = fault.New(fault.Conflict, "product_off")
		}
		if err != nil {
			return err
		}
		address = p.Address + "/support/enter?code=" + code
		return tx.For(s.Org, func(tx *store.Tx) error {
			row := stay{ID: id.New[id.Pass](), Product: p.ID, Session: s.ID, Grant: s.Grant, Staff: s.Staff, Mode: mode, Person: s.Person}
			return errors.Join(
				tx.Write(addPass, row.ID, row.Product, row.Session, row.Grant, row.Staff, row.Mode, row.Person, digest(code), tx.Now()),
				ledger.Append(tx, guest, ledger.Entry{
					Kind: "pass.opened", Subject: string(s.Grant), About: s.Person, Rule: rule,
					Facts: map[string]any{"Product": p.Name, "Mode": string(mode), "Pass": string(row.ID)},
				}),
			)
		})
	})
	return address, err
}

// stay is a pass as it lies in the database.
type stay struct {
	ID        id.Pass
	Org       id.Org
	Product   id.Product
	Session   id.Session
	Grant     id.Grant
	Staff     id.Staff
	Mode      Mode
	Person    id.Person
	Issued    time.Time
	Exchanged time.Time // zero: the browser has not arrived
	Expires   time.Time // zero likewise
	Turn      int64
	had       bool // the customer has the product now
}

var errCode = fault.New(fault.Forbidden, "code_refused")

// Exchange makes a pass of the code with which a browser arrived at the product
// whose token this is. The code works once.
func (o *Office) Exchange(ctx context.Context, token, code string) (text string, c Claims, err error) {
	sign, err := o.signer(ctx)
	if err != nil {
		return "", c, err
	}
	err = o.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		p, err := caller(tx, token)
		if err != nil {
			return err
		}
		v, err := store.One(tx, passByCode, scanStay, digest(code))
		switch {
		case errors.Is(err, errNothing):
			return errCode
		case err != nil:
			return err
		case v.Product != p.ID || !v.Exchanged.IsZero() || !tx.Now().Before(v.Issued.Add(codeValid)):
			return errCode
		}
		if c, err = o.renewed(tx, p, v); err == nil {
			text, err = sign(c)
		}
		return err
	})
	return text, c, err
}

// Renew makes a pass that lasts longer of one that still holds.
func (o *Office) Renew(ctx context.Context, token, old string) (text string, c Claims, err error) {
	was, unread := o.read(ctx, old, 0)
	sign, err := o.signer(ctx)
	if err != nil {
		return "", c, err
	}
	err = o.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		p, err := caller(tx, token)
		if err == nil {
			err = unread
		}
		if err != nil {
			return err
		}
		v, err := store.One(tx, passByID, scanStay, was.Pass())
		if err != nil {
			return passRefused(err)
		}
		if c, err = o.renewed(tx, p, v); err == nil {
			text, err = sign(c)
		}
		return err
	})
	return text, c, err
}

func passRefused(err error) error {
	if errors.Is(err, errNothing) || fault.KindOf(err) == fault.Unauthenticated {
		return errPass.Wrap(err)
	}
	return err
}

// renewed is what a pass says from now on, for a visit that holds.
func (o *Office) renewed(tx *store.AcrossTx, p Product, v stay) (c Claims, err error) {
	guest, err := o.stays(tx, v, p.ID)
	if err != nil {
		return c, err
	}
	v.Turn++
	c = Claims{
		Name: guest.Name, Org: v.Org, Grant: v.Grant, Mode: v.Mode, As: string(v.Person),
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: o.url, Subject: string(v.Staff), Audience: jwt.ClaimStrings{string(p.ID)},
			ID: string(v.ID) + "." + number(int(v.Turn)), IssuedAt: jwt.NewNumericDate(tx.Now()),
		},
	}
	err = tx.For(v.Org, func(tx *store.Tx) error {
		leave, err := visit.Now(tx, guest)
		if err != nil {
			return passRefused(err)
		}
		end := ends(tx.Now(), leave.Until)
		if !end.After(tx.Now()) {
			return errPass
		}
		c.ExpiresAt = jwt.NewNumericDate(end)
		if err := c.word(tx, p, end); err != nil {
			return err
		}
		n, err := tx.Exec(signPass, v.ID, end, v.Turn, tx.Now())
		if err == nil && n == 0 {
			err = errCode // somebody was quicker with the same code or pass
		}
		return err
	})
	return c, err
}

// word says in the customer's language who is there and what for.
func (c *Claims) word(tx *store.Tx, p Product, end time.Time) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	if c.As != "" {
		person, err := roster.Find(tx, id.Person(c.As))
		if err != nil {
			return err
		}
		c.AsName = person.Name
	}
	tag := lang.Match(string(org.Language))
	c.Lang = string(tag)
	c.Banner = tag.Text("pass.banner."+strings.ReplaceAll(string(c.Mode), "-", "_"), map[string]any{
		"Name": c.Name, "Organisation": org.Name, "Product": p.Name, "As": c.AsName,
	})
	return nil
}

// holds tells whether a visit may go on at this instant, and as whom: its
// session and the leave that this stands on are looked at, not what was signed.
func (o *Office) holds(tx *store.AcrossTx, v stay, product id.Product) (actor.Actor, error) {
	if v.Product != product {
		return actor.Actor{}, errPass
	}
	guest, s, err := o.gate.Inside(tx, v.Session)
	if err != nil {
		return guest, passRefused(err)
	}
	if !guest.Guest() || s.Grant != v.Grant || s.Staff != v.Staff || guest.Org != v.Org || s.Person != v.Person ||
		v.Mode == Configure && !guest.Support.Configure {
		return guest, errPass
	}
	guest.Door = door
	return guest, nil
}

// stays is holds for a product that the customer still has. A decision names the
// rule instead.
func (o *Office) stays(tx *store.AcrossTx, v stay, product id.Product) (actor.Actor, error) {
	guest, err := o.holds(tx, v, product)
	if err == nil && !v.had {
		err = errPass
	}
	return guest, err
}

// having is what policy is told of whether the customer has a product.
func having(it bool) policy.Fact {
	if it {
		return policy.Had
	}
	return 0
}

// door is the entrance through which a guest acts in another product.
const door = actor.Product

// Introspect tells whether a pass holds at this instant, and what it says; false
// for whatever is none of this product's.
func (o *Office) Introspect(ctx context.Context, token, text string) (c Claims, active bool, err error) {
	c, unread := o.read(ctx, text, 0)
	err = o.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		p, err := caller(tx, token)
		if err == nil {
			err = unread
		}
		if err != nil {
			return err
		}
		v, err := store.One(tx, passByID, scanStay, c.Pass())
		if err != nil {
			return passRefused(err)
		}
		_, err = o.stays(tx, v, p.ID)
		return err
	})
	if errors.Is(err, errPass) {
		return Claims{}, false, nil
	}
	return c, err == nil, err
}
