package identity

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"muster/actor"
	"muster/id"
	"muster/identity/sso"
	"muster/seal"
	"muster/store"
)

// Config is what a Gate needs to know.
type Config struct {
	URL  string     // public address of the installation, for links and passkeys
	Name string     // of the provider, as a passkey's owner reads it
	Keys *seal.Keys // authenticate the codes
	Log  *slog.Logger
	// SignOn is the identity provider at which staff sign in; the zero one: there
	// is none.
	SignOn sso.Setting
	// Staff says what a session or token of the provider's staff may do now,
	// outside every organisation or inside one; it is given the actor as far as it
	// is known here. It is asked on every request, and what it says is kept for
	// none other (access A7, N10); an error ends the request. nil: staff are
	// nothing beside that, and never inside.
	Staff func(*store.AcrossTx, Session, actor.Actor) (actor.Actor, error)
}

// Gate lets people and programs in. One serves a whole process.
type Gate struct {
	store    *store.Store
	keys     *seal.Keys
	log      *slog.Logger
	url      string
	name     string // of the provider
	hasher   *hasher
	passkeys *webauthn.WebAuthn // nil where the address does not allow passkeys
	known    *cache
	unwatch  func()
	signOn   *sso.Door // nil: there is no single sign-on
	staff    func(*store.AcrossTx, Session, actor.Actor) (actor.Actor, error)

	wake  chan struct{}                    // a code is waiting to be sent
	later chan func(context.Context) error // what an answer must not wait for
	mu    sync.Mutex
	used  uses
}

// uses is what was used since the last time it was written down.
type uses struct {
	sessions map[id.Session]time.Time
	tokens   map[orgToken]time.Time
	staff    map[id.Token]time.Time
}

type orgToken struct {
	org   id.Org
	token id.Token
}

// New makes the gate of an installation. Close ends it.
func New(s *store.Store, c Config) *Gate {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	g := &Gate{
		store: s, keys: c.Keys, log: c.Log, url: strings.TrimRight(c.URL, "/"),
		name: c.Name, hasher: newHasher(), known: newCache(), used: newUses(),
		wake: make(chan struct{}, 1), staff: c.Staff, later: make(chan func(context.Context) error, 256),
	}
	g.passkeys = relyingParty(c, c.Log)
	if c.SignOn.Issuer != "" {
		g.signOn = sso.New(c.SignOn, c.URL, c.Keys, s.Now, c.Log)
	}
	g.unwatch = s.Watch(g.heard)
	return g
}

// Close stops listening for ends of sessions and tokens.
func (g *Gate) Close() { g.unwatch() }

// Visit is the circumstances of somebody at the door.
type Visit struct {
	IP    netip.Addr
	Agent string // what the browser calls itself
}

// Session is one signed-in browser.
type Session struct {
	ID      id.Session
	Account id.Account
	Org     id.Org    // where it acts now; empty for staff outside every organisation
	Person  id.Person // whom it acts as there
	Staff   id.Staff  // set for the provider's own people
	Grant   id.Grant  // the leave by which staff are in an organisation
	Name    string
	How     string    // "password", "code", "link", "passkey", "sso", "token", "demo"; "grant" of staff who are inside
	Proved  time.Time // when a second factor was proved at single sign-on; zero: not
	Created time.Time
	Seen    time.Time // to the minute
	IP      string    // at sign-in
	Agent   string
	Current bool // in a list: the one that asks
}

// Place is where an account may act: as a person in an organisation or, with
// Org empty, as one of the provider's staff.
type Place struct {
	Org    id.Org
	Person id.Person
	Staff  id.Staff
	Name   string
	lang   string
	zone   string
	roles  []actor.Membership
}

// SignedIn is the outcome of coming in. Cookie is the only copy of the secret.
type SignedIn struct {
	Cookie  string
	Session Session
	Until   time.Time // the latest end of the session
	Read    string    // the address at which a code was read just now, folded; empty if none was
}

const (
	tick  = 10 * time.Second
	sweep = time.Hour
)

// Run sends the codes that were asked for, writes down when sessions and
// tokens were last used, and clears away what has ended, until ctx is done.
// Signing in by code does not work without it.
func (g *Gate) Run(ctx context.Context) {
	often, seldom := time.NewTicker(tick), time.NewTicker(sweep)
	defer often.Stop()
	defer seldom.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			g.report(g.writeUses(context.WithoutCancel(ctx)))
			return
		case <-g.wake:
			err = g.sendCodes(ctx)
		case work := <-g.later:
			err = work(ctx)
		case <-often.C:
			if err = g.sendCodes(ctx); err == nil {
				err = g.writeUses(ctx)
			}
		case <-seldom.C:
			err = g.clear(ctx)
		}
		if ctx.Err() == nil {
			g.report(err)
		}
	}
}

func (g *Gate) report(err error) {
	if err != nil {
		g.log.Error("identity: work beside signing in failed; it will be tried again", "err", err)
	}
}

// after hands work to Run. When too much of it waits it is dropped and said so.
func (g *Gate) after(work func(context.Context) error) {
	select {
	case g.later <- work:
	default:
		g.log.Warn("identity: too much is waiting to be noted; a notice was dropped")
	}
}

func newUses() uses {
	return uses{map[id.Session]time.Time{}, map[orgToken]time.Time{}, map[id.Token]time.Time{}}
}
