package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

const (
	passkeyAnswerMost = 64 << 10 // bytes a browser may answer
	passkeysMost      = 20       // of one account
)

var errPasskey = fault.New(fault.Unauthenticated, "passkey_refused")

// Passkey is a registered passkey as its owner sees it.
type Passkey struct {
	ID         id.Passkey
	Name       string
	Created    time.Time
	Used       time.Time // zero: never
	credential webauthn.Credential
}

// relyingParty is the installation as browsers know it. Passkeys belong to a
// domain; at a bare IP address there are none (WebAuthn §5.1.2).
func relyingParty(c Config, log *slog.Logger) *webauthn.WebAuthn {
	u, err := url.Parse(c.URL)
	if err == nil {
		err = protocol.ValidateRPID(u.Hostname())
	}
	var rp *webauthn.WebAuthn
	if err == nil {
		rp, err = webauthn.New(&webauthn.Config{
			RPID: u.Hostname(), RPDisplayName: c.Name, RPOrigins: []string{u.Scheme + "://" + u.Host},
			AttestationPreference: protocol.PreferNoAttestation,
			AuthenticatorSelection: protocol.AuthenticatorSelection{
				ResidentKey:      protocol.ResidentKeyRequirementRequired,
				UserVerification: protocol.VerificationRequired,
			},
		})
	}
	if err != nil {
		log.Info("identity: no passkeys at this address", "url", c.URL, "why", err)
		return nil
	}
	return rp
}

// holder is an account as the WebAuthn library asks about it.
type holder struct {
	handle   []byte
	email    string
	name     string
	passkeys []Passkey
}

func (h holder) WebAuthnID() []byte          { return h.handle }
func (h holder) WebAuthnName() string        { return h.email }
func (h holder) WebAuthnDisplayName() string { return h.name }

func (h holder) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(h.passkeys))
	for i, p := range h.passkeys {
		all[i] = p.credential
	}
	return all
}

func scanPasskey(r store.Row) (p Passkey, err error) {
	var data []byte
	if err = r.Scan(&p.ID, &data, &p.Name, store.Time(&p.Created), store.Time(&p.Used)); err != nil {
		return p, err
	}
	return p, json.Unmarshal(data, &p.credential)
}

// HasPasskeys tells whether passkeys work at this installation's address.
func (g *Gate) HasPasskeys() bool { return g.passkeys != nil }

func (g *Gate) needPasskeys() error {
	if g.passkeys == nil {
		return fault.New(fault.Unavailable, "passkeys_unavailable")
	}
	return nil
}

// BeginPasskey starts registering a passkey for the account of a session that
// began a short while ago. options is what the browser's
// navigator.credentials.create wants, as JSON; nonce goes into a cookie.
func (g *Gate) BeginPasskey(ctx context.Context, cookie string) (options []byte, nonce string, err error) {
	if err := g.needPasskeys(); err != nil {
		return nil, "", err
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		row, err := g.fresh(tx, cookie)
		if err != nil {
			return err
		}
		h, err := holderOf(tx, row)
		if err != nil {
			return err
		}
		if len(h.passkeys) >= passkeysMost {
			return fault.New(fault.Conflict, "passkeys_full").With("Max", passkeysMost)
		}
		exclude := make([]protocol.CredentialDescriptor, len(h.passkeys))
		for i, p := range h.passkeys {
			exclude[i] = p.credential.Descriptor()
		}
		made, session, err := g.passkeys.BeginRegistration(h, webauthn.WithExclusions(exclude))
		if err != nil {
			return fmt.Errorf("begin a passkey: %w", err)
		}
		options, nonce, err = keepCeremony(tx, made, session)
		return err
	})
	return options, nonce, err
}

// holderOf gathers what the library wants to know of a session's account.
func holderOf(tx *store.AcrossTx, row sessionRow) (holder, error) {
	acc, err := store.One(tx, accountByID, scanAccount, row.Account)
	if err != nil {
		return holder{}, err
	}
	passkeys, err := store.All(tx, passkeysOf, scanPasskey, acc.id)
	return holder{acc.handle, acc.email, row.Name, passkeys}, err
}

// keepCeremony keeps the challenge of a ceremony until it is answered.
func keepCeremony(tx *store.AcrossTx, made any, session *webauthn.SessionData) (options []byte, nonce string, err error) {
	if options, err = json.Marshal(made); err != nil {
		return nil, "", err
	}
	data, err := json.Marshal(session)
	if err != nil {
		return nil, "", err
	}
	nonce, key := newSecret()
	return options, nonce, tx.Write(addCeremony, key[:], data, tx.Now().Add(ceremonyValid))
}

// ceremony is a challenge that waits for its answer. The library's session
// says whether it is for registering or for signing in, and for whom.
type ceremony struct {
	session webauthn.SessionData
	expires time.Time
}

func scanCeremony(r store.Row) (c ceremony, err error) {
	var data []byte
	if err = r.Scan(&data, store.Time(&c.expires)); err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c.session)
}

// takeUp takes a challenge, which is gone then, whatever the answer is worth.
func (g *Gate) takeUp(ctx context.Context, nonce string) (c ceremony, err error) {
	if err := g.needPasskeys(); err != nil {
		return c, err
	}
	key := kept(nonce)
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		c, err = store.One(tx, takeCeremony, scanCeremony, key[:])
		if err == nil && over(c.expires, tx.Now()) {
			c = ceremony{}
		}
		return err
	})
	if errors.Is(err, errNothing) || err == nil && c.expires.IsZero() {
		err = fault.New(fault.Expired, "passkey_expired")
	}
	return c, err
}

// AddPasskey registers what the browser made of BeginPasskey's options.
// answer is the credential as JSON.
func (g *Gate) AddPasskey(ctx context.Context, cookie, nonce, name string, answer []byte, visit Visit) (made Passkey, err error) {
	if err := checkName(name); err != nil {
		return made, err
	}
	c, err := g.takeUp(ctx, nonce)
	if err != nil {
		return made, err
	}
	if len(answer) > passkeyAnswerMost {
		return made, errPasskey
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return made, errPasskey.Wrap(err)
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		row, err := g.fresh(tx, cookie)
		if err != nil {
			return err
		}
		h, err := holderOf(tx, row)
		if err != nil {
			return err
		}
		credential, err := g.passkeys.CreateCredential(h, c.session, parsed)
		if err != nil {
			return errPasskey.Wrap(err)
		}
		data, err := json.Marshal(credential)
		if err != nil {
			return err
		}
		made = Passkey{ID: id.New[id.Passkey](), Name: strings.TrimSpace(name), Created: tx.Now()}
		who := row.actor(tx.Now())
		who.IP = visit.IP
		return errors.Join(
			tx.Write(addPasskey, made.ID, row.Account, credential.ID, data, made.Name, made.Created),
			book(tx, who, ledger.Entry{Kind: "identity.passkey_added", Subject: string(made.ID), About: row.Person}),
		)
	})
	return made, err
}

// Passkeys lists those of the cookie's owner.
func (g *Gate) Passkeys(ctx context.Context, cookie string) (all []Passkey, err error) {
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		row, err := g.own(tx, cookie)
		if err != nil {
			return err
		}
		all, err = store.All(tx, passkeysOf, scanPasskey, row.Account)
		return err
	})
	return all, err
}

// RemovePasskey takes a passkey away from the account of a session that began
// a short while ago.
func (g *Gate) RemovePasskey(ctx context.Context, cookie string, passkey id.Passkey, visit Visit) error {
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		row, err := g.fresh(tx, cookie)
		if err != nil {
			return err
		}
		n, err := tx.Exec(dropPasskey, passkey, row.Account)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNothing
		}
		who := row.actor(tx.Now())
		who.IP = visit.IP
		return book(tx, who, ledger.Entry{Kind: "identity.passkey_removed", Subject: string(passkey), About: row.Person})
	})
}

// BeginPasskeySignIn starts signing in with whatever passkey the browser
// offers; nobody has to say first who they are.
func (g *Gate) BeginPasskeySignIn(ctx context.Context, visit Visit) (options []byte, nonce string, err error) {
	if err := g.needPasskeys(); err != nil {
		return nil, "", err
	}
	if _, err := g.count(ctx, try{passkeyByAddress, network(visit.IP)}); err != nil {
		return nil, "", err
	}
	made, session, err := g.passkeys.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", fmt.Errorf("begin signing in with a passkey: %w", err)
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		options, nonce, err = keepCeremony(tx, made, session)
		return err
	})
	return options, nonce, err
}

// SignInWithPasskey opens a session for the owner of the passkey that
// answered. Whatever is wrong with the answer is Unauthenticated
// "passkey_refused".
func (g *Gate) SignInWithPasskey(ctx context.Context, nonce string, answer []byte, visit Visit) (in SignedIn, err error) {
	if _, err := g.count(ctx, try{tryByAddress, network(visit.IP)}); err != nil {
		return in, err
	}
	c, err := g.takeUp(ctx, nonce)
	if err != nil {
		return in, err
	}
	if len(answer) > passkeyAnswerMost {
		return in, errPasskey
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return in, errPasskey.Wrap(err)
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		acc, err := store.One(tx, accountByKey, scanAccount, []byte(parsed.Response.UserHandle))
		if errors.Is(err, errNothing) {
			return errPasskey
		}
		if err != nil {
			return err
		}
		passkeys, err := store.All(tx, passkeysOf, scanPasskey, acc.id)
		if err != nil {
			return err
		}
		find := func(_, _ []byte) (webauthn.User, error) {
			return holder{acc.handle, acc.email, acc.email, passkeys}, nil
		}
		_, credential, err := g.passkeys.ValidatePasskeyLogin(find, c.session, parsed)
		if err != nil {
			return errPasskey.Wrap(err)
		}
		if credential.Authenticator.CloneWarning {
			// Somebody has a copy of the key: its counter went backwards.
			g.log.Warn("identity: a passkey's counter went backwards", "account", acc.id)
			return errPasskey
		}
		data, err := json.Marshal(credential)
		if err != nil {
			return err
		}
		if err := tx.Write(usePasskey, acc.id, credential.ID, data, tx.Now()); err != nil {
			return err
		}
		in, err = g.open(tx, acc.id, way{how: "passkey"}, "", visit)
		return err
	})
	return in, err
}
