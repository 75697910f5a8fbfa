package identity

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// secretChars is the length of 256 bits in base64 without padding.
const secretChars = 43

var (
	errSignIn  = fault.New(fault.Unauthenticated, "unauthenticated")
	errToken   = fault.New(fault.Unauthenticated, "token_refused")
	errNothing = fault.New(fault.NotFound, "not_found")
)

// Authenticate says who presents an API token. The token of an organisation
// acts as a program with its own roles, or as the person it was made for with
// whatever roles that person has now; the provider's acts as its staff member.
// Anything else is Unauthenticated "token_refused". The caller adds the
// address the request came from.
func (g *Gate) Authenticate(ctx context.Context, bearer string) (actor.Actor, error) {
	secret, ok := strings.CutPrefix(bearer, tokenPrefix)
	if !ok || len(secret) != secretChars {
		return actor.Actor{}, errToken
	}
	key := kept(secret)
	if e := g.known.get(key, g.store.Now()); e != nil {
		return e.who, nil
	}
	since := g.known.ends.Load()
	e, err := g.loadToken(ctx, key)
	if err != nil {
		return actor.Actor{}, err
	}
	g.keep(key, e, since)
	return e.who, nil
}

// keep remembers who a secret belongs to. Staff are asked for anew each time:
// what they may do hangs on more than their session.
func (g *Gate) keep(key hash, e *entry, since uint64) {
	if e.who.Kind != actor.Staff {
		g.known.put(key, e, since)
	}
}

// SessionActor says who a session's cookie belongs to. A session that has
// ended, for whatever reason, is Unauthenticated "unauthenticated". The caller
// adds the address the request came from.
func (g *Gate) SessionActor(ctx context.Context, cookie string) (actor.Actor, Session, error) {
	if len(cookie) != secretChars {
		return actor.Actor{}, Session{}, errSignIn
	}
	key := kept(cookie)
	if e := g.known.get(key, g.store.Now()); e != nil {
		return e.who, e.session, nil
	}
	since := g.known.ends.Load()
	e, err := g.loadSession(ctx, key)
	if err != nil {
		return actor.Actor{}, Session{}, err
	}
	g.keep(key, e, since)
	return e.who, e.session, nil
}

func (g *Gate) loadSession(ctx context.Context, key hash) (e *entry, err error) {
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		row, err := g.liveSession(tx, key)
		if err != nil {
			return err
		}
		g.wasUsed(tx.Now(), row.Seen, func(u *uses) { u.sessions[row.ID] = tx.Now() })
		e = &entry{
			who: row.actor(tx.Now()), session: row.Session,
			until: earliest(tx.Now().Add(freshFor), row.Created.Add(sessionAbsolute)),
			ids:   ids(string(row.ID), string(row.Account), string(row.Org), string(row.Person), string(row.Staff)),
		}
		if e.who.Fresh {
			e.until = earliest(e.until, row.Created.Add(recent))
		}
		if row.Staff != "" {
			e.who, err = g.vouch(tx, row.Session, e.who)
		}
		return err
	})
	return e, err
}

// liveSession reads a session that may act now.
func (g *Gate) liveSession(tx *store.AcrossTx, key hash) (sessionRow, error) {
	row, err := store.One(tx, sessionByToken, scanSessionRow, key[:])
	if errors.Is(err, errNothing) {
		return row, errSignIn
	}
	if err != nil {
		return row, err
	}
	return row, g.alive(tx, row)
}

// alive tells whether a session may act now, as far as its own row says.
func (g *Gate) alive(tx *store.AcrossTx, row sessionRow) error {
	seen := row.Seen
	g.mu.Lock()
	if later := g.used.sessions[row.ID]; later.After(seen) {
		seen = later // not written down yet
	}
	g.mu.Unlock()
	if !row.active || ended(seen, row.Created, tx.Now()) || row.Grant == "" && !g.admits(Place{Staff: row.Staff}, row.How) {
		return errSignIn
	}
	return nil
}

// Inside says who the owner of a session is now, for what hangs on the session
// without its cookie, and counts as its use. One that has ended, for whatever
// reason, is Unauthenticated "unauthenticated".
func (g *Gate) Inside(tx *store.AcrossTx, s id.Session) (actor.Actor, Session, error) {
	row, err := store.One(tx, sessionByID, scanSessionRow, s)
	if errors.Is(err, errNothing) {
		err = errSignIn
	}
	if err == nil {
		err = g.alive(tx, row)
	}
	if err != nil {
		return actor.Actor{}, Session{}, err
	}
	g.wasUsed(tx.Now(), row.Seen, func(u *uses) { u.sessions[row.ID] = tx.Now() })
	who := row.actor(tx.Now())
	if row.Staff != "" {
		who, err = g.vouch(tx, row.Session, who)
	}
	return who, row.Session, err
}

// Visits lists the sessions by which a staff member is inside an organisation
// now, or inside any where none is named, latest first. In a unit that writes,
// every organisation that is asked is held until its end.
func (g *Gate) Visits(tx *store.AcrossTx, who id.Staff, org id.Org) (all []Session, err error) {
	rows, err := store.All(tx, visitsOf, scanSessionRow, who)
	for _, row := range rows {
		if org != "" && row.Org != org || g.alive(tx, row) != nil {
			continue
		}
		if _, err := g.vouch(tx, row.Session, row.actor(tx.Now())); err == nil {
			all = append(all, row.Session)
		}
	}
	return all, err
}

func (s *sessionRow) actor(now time.Time) actor.Actor {
	who := actor.Actor{Name: s.Name, Door: actor.Board, Session: s.ID}
	who.Org, who.Person, who.Roles = s.Org, s.Person, s.roles
	who.Kind, who.Staff, who.Grant = actor.Person, s.Staff, s.Grant
	who.Employed, who.Fresh = s.employed, s.fresh(now)
	if s.Staff != "" {
		who.Kind = actor.Staff
	}
	return who
}

// fresh tells whether the session's owner has proved who they are just now: staff
// with the second factor, everybody else by signing in. A demonstration's links
// prove nothing, as often as one likes.
func (s *Session) fresh(now time.Time) bool {
	at := s.Created
	if s.Staff != "" {
		at = s.Proved
	}
	return s.How == byDemo || now.Sub(at) <= recent
}

// vouch asks what staff may do now.
func (g *Gate) vouch(tx *store.AcrossTx, s Session, who actor.Actor) (actor.Actor, error) {
	switch {
	case g.staff != nil:
		return g.staff(tx, s, who)
	case s.Grant != "" || s.Org != "":
		return actor.Actor{}, errSignIn
	}
	return who, nil
}

func (g *Gate) loadToken(ctx context.Context, key hash) (e *entry, err error) {
	err = g.store.Across().View(ctx, func(tx *store.AcrossTx) error {
		row, err := store.One(tx, tokenByHash, scanTokenRow, key[:])
		if errors.Is(err, errNothing) {
			e, err = g.loadStaffToken(tx, key)
			return err
		}
		if err != nil {
			return err
		}
		if !row.revoked.IsZero() || over(row.expires, tx.Now()) || row.person != "" && !row.personActive {
			return errToken
		}
		who := actor.Actor{Kind: actor.Program, Org: row.org, Token: row.id, Name: row.name, Door: actor.API}
		roles := row.roles
		if row.person != "" {
			who.Kind, who.Person, who.Name, roles = actor.Person, row.person, row.personName, row.personRoles
		}
		if who.Roles, err = readRoles(roles); err != nil {
			return err
		}
		g.wasUsed(tx.Now(), row.used, func(u *uses) { u.tokens[orgToken{row.org, row.id}] = tx.Now() })
		e = &entry{
			who: who, until: earliest(tx.Now().Add(freshFor), row.expires),
			ids: ids(string(row.id), string(row.org), string(row.person)),
		}
		return nil
	})
	return e, err
}

func (g *Gate) loadStaffToken(tx *store.AcrossTx, key hash) (*entry, error) {
	row, err := store.One(tx, staffTokenByHash, scanStaffToken, key[:])
	switch {
	case errors.Is(err, errNothing):
		return nil, errToken
	case err != nil:
		return nil, err
	case !row.active || over(row.expires, tx.Now()):
		return nil, errToken
	}
	g.wasUsed(tx.Now(), row.used, func(u *uses) { u.staff[row.id] = tx.Now() })
	who, err := g.vouch(tx, Session{Staff: row.staff, Name: row.name, How: "token"}, actor.Actor{
		Kind: actor.Staff, Staff: row.staff, Token: row.id, Name: row.name, Door: actor.API,
	})
	if err != nil {
		return nil, err
	}
	return &entry{
		who:   who,
		until: earliest(tx.Now().Add(freshFor), row.expires),
		ids:   ids(string(row.id), string(row.staff)),
	}, nil
}

// wasUsed notes a use, to be written down later; once a minute is enough.
func (g *Gate) wasUsed(now, last time.Time, note func(*uses)) {
	if now.Sub(last) < time.Minute {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	note(&g.used)
}

// writeUses writes down what was used since the last time. Rows are taken in
// order, so that two nodes never wait for each other.
func (g *Gate) writeUses(ctx context.Context) error {
	g.mu.Lock()
	u := g.used
	g.used = newUses()
	g.mu.Unlock()
	if len(u.sessions)+len(u.tokens)+len(u.staff) == 0 {
		return nil
	}
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var errs []error
		for _, s := range sorted(u.sessions, cmp.Compare[id.Session]) {
			errs = append(errs, tx.Write(seeSession, s, u.sessions[s]))
		}
		for _, t := range sorted(u.tokens, func(a, b orgToken) int {
			return cmp.Or(cmp.Compare(a.org, b.org), cmp.Compare(a.token, b.token))
		}) {
			errs = append(errs, tx.Write(useToken, t.org, t.token, u.tokens[t]))
		}
		for _, t := range sorted(u.staff, cmp.Compare[id.Token]) {
			errs = append(errs, tx.Write(useStaffToken, t, u.staff[t]))
		}
		return errors.Join(errs...)
	})
}

func sorted[K comparable](m map[K]time.Time, order func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, order)
	return keys
}

// clear deletes what has ended.
func (g *Gate) clear(ctx context.Context) error {
	return g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		now := tx.Now()
		return errors.Join(
			tx.Write(oldSessions, now.Add(-sessionIdle-tick), now.Add(-sessionAbsolute)),
			tx.Write(oldCodes, now), tx.Write(oldLinks, now), tx.Write(oldCeremonies, now),
			tx.Write(oldBuckets, now.Add(-time.Hour)), tx.Write(oldHeard, now.Add(-time.Hour)),
		)
	})
}

// ids drops the empty ones.
func ids(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// over tells whether an end that may be open has passed.
func over(end, now time.Time) bool { return !end.IsZero() && !now.Before(end) }

// earliest is the earlier of an instant and an end that may be open.
func earliest(t, end time.Time) time.Time {
	if end.IsZero() || t.Before(end) {
		return t
	}
	return end
}
