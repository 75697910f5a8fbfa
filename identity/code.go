package identity

import (
	"context"
	"errors"
	"fmt"

	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/store"
)

// RequestCode asks for a six-digit code by mail. The nonce goes into a cookie
// of the browser that asked: the code works only together with it, for ten
// minutes, once. Nothing in the answer or in the work done for it depends on
// whether the address has an account; Run does what depends on it.
func (g *Gate) RequestCode(ctx context.Context, email string, visit Visit) (nonce string, err error) {
	_, folded, err := readEmail(email)
	if err != nil {
		return "", err
	}
	byAccount := try{codeByAccount, folded}
	if empty, err := g.count(ctx, try{codeByAddress, network(visit.IP)}, byAccount); err != nil {
		if empty != nil && *empty == byAccount {
			g.refused(folded, byAccount, visit)
		}
		return "", err
	}
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var key hash
		nonce, key = newSecret()
		tx.AfterCommit(func() {
			select {
			case g.wake <- struct{}{}:
			default: // somebody asked already
			}
		})
		return tx.Write(addCode, key[:], folded, tx.Now(), tx.Now().Add(CodeValid))
	})
	return nonce, err
}

// asked is one wish for a code that nobody has answered yet.
type asked struct {
	nonce  []byte
	folded string
}

func scanAsked(r store.Row) (a asked, err error) { return a, r.Scan(&a.nonce, &a.folded) }

// sendCodes makes the codes that were asked for and queues their mails. Each
// is taken by one node only.
func (g *Gate) sendCodes(ctx context.Context) error {
	for {
		var waiting []asked
		err := g.store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
			waiting, err = store.All(tx, codesAsked, scanAsked, tx.Now())
			return err
		})
		if err != nil || len(waiting) == 0 {
			return err
		}
		for _, a := range waiting {
			err := g.store.Across().Do(ctx, func(tx *store.AcrossTx) error { return g.sendCode(tx, a) })
			if err != nil {
				return fmt.Errorf("send a sign-in code: %w", err)
			}
		}
	}
}

func (g *Gate) sendCode(tx *store.AcrossTx, a asked) error {
	acc, err := store.One(tx, accountByFold, scanAccount, a.folded)
	if err != nil && !errors.Is(err, errNothing) {
		return err
	}
	var to []Place
	if err == nil {
		if to, err = places(tx, acc.id); err != nil {
			return err
		}
	}
	if len(to) == 0 { // nobody to let in, so nothing to send
		_, err := tx.Exec(codeSent, a.nonce, "", []byte{})
		return err
	}
	code := newCode()
	n, err := tx.Exec(codeSent, a.nonce, acc.id, g.keys.MAC(codePurpose, string(a.nonce), code))
	if err != nil || n == 0 { // another node was quicker
		return err
	}
	return g.mail(tx, to[0], deliver.Message{
		Purpose: "sign_in_code", Valid: CodeValid,
		Facts: map[string]any{"Org": g.name, "Until": tx.Now().Add(CodeValid)},
	}, map[string]any{"Code": code}, acc.email)
}

const codePurpose = "identity.code"

// mail queues a message with secrets that stay sealed until it leaves,
// to the owner of an account at the account's own address: what the roster says now may be somebody else's.
func (g *Gate) mail(tx *store.AcrossTx, to Place, m deliver.Message, secrets map[string]any, email string) error {
	org := to.Org
	if org == "" {
		org = Provider
	}
	return tx.For(org, func(tx *store.Tx) error { return g.queue(tx, to, m, secrets, email) })
}

func (g *Gate) queue(tx *store.Tx, to Place, m deliver.Message, secrets map[string]any, email string) (err error) {
	if m.Sealed, err = deliver.Secrets(g.keys, secrets); err != nil {
		return err
	}
	m.Lane, m.Person, m.Lang = deliver.Duty, to.Person, lang.Match(to.lang)
	m.Facts["Zone"] = to.zone
	m.Route = []deliver.Stop{{Channel: "email", Address: email}}
	_, err = deliver.Queue(tx, m)
	return err
}

// SignInWithCode opens a session for who typed the code in the browser that
// has the nonce. A wrong code is Invalid "code_wrong" with Count tries left; after
// the fifth, after ten minutes, or after use it is Expired "code_expired".
func (g *Gate) SignInWithCode(ctx context.Context, nonce, code string, visit Visit) (in SignedIn, err error) {
	if _, err := g.count(ctx, try{tryByAddress, network(visit.IP)}); err != nil {
		return in, err
	}
	key := kept(nonce)
	code = readCode(code)
	// A wrong try must be counted, so it is no failure of the unit.
	var wrong error
	err = g.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		wrong = nil
		t, err := store.One(tx, tryCode, scanTry, key[:], tx.Now(), codeTries)
		if errors.Is(err, errNothing) {
			wrong = fault.New(fault.Expired, "code_expired").At("code")
			return nil
		}
		if err != nil {
			return err
		}
		if t.account == "" || !g.keys.Check(t.mac, codePurpose, string(key[:]), code) {
			wrong = fault.New(fault.Invalid, "code_wrong").With("Count", codeTries-t.tries).At("code")
			return nil
		}
		if err := tx.Write(codeUsed, key[:], tx.Now()); err != nil {
			return err
		}
		in, err = g.open(tx, t.account, way{how: "code"}, "", visit)
		in.Read = t.fold
		return err
	})
	return in, errors.Join(err, wrong)
}

type codeTry struct {
	account id.Account
	fold    string
	mac     []byte
	tries   int
}

func scanTry(r store.Row) (t codeTry, err error) {
	return t, r.Scan(&t.account, &t.fold, &t.mac, &t.tries)
}
