package witness

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	carry "muster/deliver/witness"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/ledger/cosign"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/turn"
)

// A witness is asked once a day, and one that gave nothing again within the
// hour. look is how often it is seen whether one is due.
const (
	each  = 24 * time.Hour
	again = time.Hour
	look  = 10 * time.Minute
)

// tries is how often a witness is asked anew from the size that it names.
const tries = 3

// Office has books witnessed.
type Office struct {
	Store  *store.Store
	Book   *ledger.Book
	Client *carry.Client
	Peers  []Peer // none: checkpoints leave with the book's own signature
	Log    *slog.Logger
}

// Run has every book witnessed each day, until ctx ends. Any number may run on
// one database.
func (o Office) Run(ctx context.Context) {
	turn.Run(ctx, o.Store, nil, look, o.Turn, func(err error) { o.Log.Error("a book cannot be witnessed", "err", err) })
}

// Turn asks whoever is due, once.
func (o Office) Turn(ctx context.Context) (failed error) {
	for _, p := range o.Peers {
		err := turn.Each(ctx, func(after id.Org) (page []id.Org, err error) {
			err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
				now := tx.Now()
				page, err = store.All(tx, due, store.Scalar[id.Org], after, p.Key.String(), now.Add(-each), now.Add(-again), turn.Batch)
				return err
			})
			return page, err
		}, func(org id.Org) id.Org { return org }, func(org id.Org) error {
			signed, err := o.Book.Checkpoint(ctx, org)
			if err == nil {
				_, err = o.ask(ctx, org, p, signed)
			}
			return err
		})
		failed = errors.Join(failed, err)
	}
	return failed
}

// Cosign signs an organisation's book as it stands, and adds the cosignatures
// of all witnesses that give one at once.
func (o Office) Cosign(ctx context.Context, org id.Org) (signed string, err error) {
	checkpoint, err := o.Book.Checkpoint(ctx, org)
	signed = checkpoint
	for _, p := range o.Peers {
		if err != nil {
			return "", err
		}
		var lines string
		lines, err = o.ask(ctx, org, p, checkpoint)
		signed += lines
	}
	return signed, err
}

// Demand has a book witnessed now, on somebody's word. Where nobody is named
// who could, it is NotFound.
func (o Office) Demand(ctx context.Context, who actor.Actor) error {
	if _, err := policy.Check(who, "exportBook", policy.Resource{Type: "Book", ID: string(who.Org), Org: who.Org}); err != nil {
		return err
	}
	if len(o.Peers) == 0 {
		return fault.New(fault.NotFound, "not_found")
	}
	_, err := o.Cosign(ctx, who.Org)
	return err
}

// Read is what each of today's witnesses last said of a book; one that was
// never asked has no time.
func (o Office) Read(tx *store.Tx) ([]State, error) {
	kept, err := store.All(tx, states, scanState)
	all := make([]State, 0, len(o.Peers))
	for _, p := range o.Peers {
		s := State{Witness: p.Key.String()}
		if i := slices.IndexFunc(kept, func(k State) bool { return k.Witness == s.Witness }); i >= 0 {
			s = kept[i]
		}
		all = append(all, s)
	}
	return all, err
}

// ask has one witness cosign a checkpoint, and keeps what it says. The error is
// for what goes wrong here: that a witness says no, or nothing, is no error.
func (o Office) ask(ctx context.Context, org id.Org, p Peer, signed string) (lines string, err error) {
	head, err := cosign.ParseHead(body(signed))
	if err != nil {
		return "", err
	}
	from, err := o.last(ctx, org, p)
	for range tries {
		if err != nil {
			return "", err
		}
		a := cosign.Ask{Old: min(from, head.Size), Note: signed}
		if a.Proof, err = o.Book.Since(ctx, org, a.Old, signed); err != nil {
			return "", err
		}
		got, failed := o.Client.Ask(ctx, p.URL, p.Key, a)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case failed != nil:
			o.Log.Warn("a witness gives nothing", "witness", p.Key.Name(), "err", failed)
			return "", o.doubt(ctx, org, p, Away, 0)
		case got.Verdict == carry.Cosigned:
			return got.Lines, o.keep(ctx, org, p, head, signed+got.Lines)
		case got.Verdict == carry.Refuted:
			return "", o.doubt(ctx, org, p, Refuted, a.Old)
		case got.Verdict == carry.Stranger:
			return "", o.doubt(ctx, org, p, Stranger, 0)
		}
		if from = got.Known; from > head.Size {
			// Another node may have been there since with more entries.
			return "", o.outrun(ctx, org, p, from)
		}
	}
	return "", o.doubt(ctx, org, p, Away, 0)
}

// outrun looks whether a witness that holds more than was shown to it holds
// more than the book has.
func (o Office) outrun(ctx context.Context, org id.Org, p Peer, known int64) error {
	now, err := o.Book.Checkpoint(ctx, org)
	if err != nil {
		return err
	}
	head, err := cosign.ParseHead(body(now))
	if err != nil || head.Size >= known {
		return err
	}
	return o.doubt(ctx, org, p, Rewound, known)
}

// body is a note's text without its signatures.
func body(signed string) string {
	text, _, _ := strings.Cut(signed, "\n\n")
	return text + "\n"
}

// last is the size that a witness cosigned last, as far as is known here.
func (o Office) last(ctx context.Context, org id.Org, p Peer) (size int64, err error) {
	err = o.Store.View(ctx, org, func(tx *store.Tx) error {
		s, err := of(tx, p)
		size = s.Size
		return err
	})
	return size, err
}

func of(tx *store.Tx, p Peer) (State, error) {
	all, err := store.All(tx, states, scanState)
	for _, s := range all {
		if s.Witness == p.Key.String() {
			return s, err
		}
	}
	return State{}, err
}

func (o Office) keep(ctx context.Context, org id.Org, p Peer, head cosign.Head, signed string) error {
	return o.Store.Do(ctx, org, func(tx *store.Tx) error {
		was, err := of(tx, p)
		if err != nil {
			return err
		}
		tx.Touch("book")
		err = tx.Write(keep, p.Key.String(), head.Size, tx.Now(), signed, tx.Now())
		if !was.Trouble.Alarming() {
			return err
		}
		return errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "book.trusted", Subject: string(org), Facts: map[string]any{"By": p.Key.Name(), "Size": head.Size},
		}))
	})
}

// doubt keeps why a witness gave nothing. That the book does not continue what
// the witness holds means that entries were taken from it or changed: it is in
// the book, and told to the customer's administrators, to whoever stands for the
// customer and to the provider's directors, once.
func (o Office) doubt(ctx context.Context, org id.Org, p Peer, why Trouble, known int64) error {
	return o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var name string
		loud := false
		err := tx.For(org, func(tx *store.Tx) error {
			was, err := of(tx, p)
			if err != nil {
				return err
			}
			tx.Touch("book")
			if was.Trouble.Alarming() && !why.Alarming() {
				why, known = was.Trouble, was.Known // silence takes no alarm back
			}
			if err := tx.Write(doubt, p.Key.String(), tx.Now(), string(why), known); err != nil {
				return err
			}
			if loud = why.Alarming() && !was.Trouble.Alarming(); !loud {
				return nil
			}
			o.Log.Error("A WITNESS REFUSES A BOOK: entries were taken away or changed", "organisation", org, "witness", p.Key.Name(), "why", why, "known", known)
			name, err = tellCustomer(tx, p)
			return errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{
				Kind: "book.doubted", Subject: string(org), Facts: map[string]any{"By": p.Key.Name(), "Why": string(why), "Known": known},
			}))
		})
		if err != nil || !loud {
			return err
		}
		return tellProvider(tx, org, name, p, why, known)
	})
}

func tellCustomer(tx *store.Tx, p Peer) (name string, err error) {
	org, err := roster.Get(tx)
	if err != nil {
		return "", err
	}
	to, err := account.ToldAtOnce(tx)
	for _, r := range to {
		wanted, rest := r.Routes()
		for _, stop := range append(wanted, rest...) { // over every way at once: the one that is read first counts
			_, failed := deliver.Queue(tx, deliver.Message{
				Purpose: "book_doubted", Lane: deliver.Duty, Person: r.Person, Lang: r.Language, About: string(tx.Org()), Route: []deliver.Stop{stop}, Valid: each,
				Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "At": tx.Now(), "By": p.Key.Name(), "Link": "/book"},
			})
			err = errors.Join(err, failed)
		}
	}
	return org.Name, err
}

func tellProvider(tx *store.AcrossTx, org id.Org, name string, p Peer, why Trouble, known int64) error {
	all, err := staff.List(tx)
	if err != nil {
		return err
	}
	return tx.For(identity.Provider, func(tx *store.Tx) error {
		for _, m := range all {
			if !m.Active || !m.Is(actor.Director, actor.Delegate) {
				continue
			}
			_, failed := deliver.Queue(tx, deliver.Message{
				Purpose: "book_doubted", Lane: deliver.Duty, Lang: m.Lang, Route: []deliver.Stop{{Channel: roster.Email, Address: m.Email}}, Valid: each,
				Facts: map[string]any{"Org": name, "At": tx.Now(), "By": p.Key.Name(), "Link": "/provider/accounts/" + string(org)},
			})
			err = errors.Join(err, failed)
		}
		return errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "book.doubted", Subject: string(org), Facts: map[string]any{"By": p.Key.Name(), "Why": string(why), "Known": known},
		}))
	})
}
