// Package checkpoint mails each organisation's contact persons, each day, what
// its book comes to, signed (access N6). Whoever keeps those mails can show
// later that the book was cut off or written anew: the provider cannot call
// them back.
package checkpoint

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
	"muster/turn"
)

// Each is how far apart the mails are, and look how often it is seen whether
// one is due.
const (
	Each = 24 * time.Hour
	look = 10 * time.Minute
)

// Post mails checkpoints.
type Post struct {
	Store *store.Store
	Sign  func(context.Context, id.Org) (string, error) // the book as it stands, with whatever signatures there are
	Log   *slog.Logger
}

// Run mails what is due, until ctx ends. Any number may run on one database.
func (p Post) Run(ctx context.Context) {
	turn.Run(ctx, p.Store, nil, look, p.Turn, func(err error) {
		p.Log.Error("a checkpoint does not leave", "err", err)
	})
}

// Turn mails whatever is due once.
func (p Post) Turn(ctx context.Context) error {
	return turn.Each(ctx, func(after id.Org) (page []id.Org, err error) {
		err = p.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
			page, err = store.All(tx, due, store.Scalar[id.Org], after, tx.Now().Add(-Each), turn.Batch)
			return err
		})
		return page, err
	}, func(org id.Org) id.Org { return org }, func(org id.Org) error { return p.mail(ctx, org) })
}

// mail signs an organisation's book and mails that to its contact persons. A
// book that no longer begins with what was signed before is not signed, and
// whoever reads the log learns of it.
func (p Post) mail(ctx context.Context, org id.Org) error {
	signed, err := p.Sign(ctx, org)
	if err != nil {
		return err
	}
	rule, err := policy.Check(actor.Engine(), "exportBook", policy.Resource{Type: "Book", Org: org})
	if err != nil {
		return err
	}
	return p.Store.Do(ctx, org, func(tx *store.Tx) error {
		first, err := tx.Exec(mailed, tx.Now(), tx.Now().Add(-Each))
		if err != nil || first == 0 {
			return err // another node was quicker
		}
		told, err := tell(tx, signed)
		if err != nil {
			return err
		}
		return ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "book.posted", Subject: string(org), Rule: rule, Facts: map[string]any{"Told": told},
		})
	})
}

// tell mails it to the contact persons, at addresses that are known to be
// theirs.
func tell(tx *store.Tx, signed string) (told int, err error) {
	org, err := roster.Get(tx)
	if err != nil {
		return 0, err
	}
	to, err := duty.Contacts(tx)
	for _, r := range to {
		var route []deliver.Stop
		for _, at := range r.Points {
			if at.Channel == roster.Email && at.Sure() {
				route = append(route, deliver.Stop{Channel: at.Channel, Address: at.Address})
			}
		}
		if len(route) == 0 {
			continue
		}
		_, failed := deliver.Queue(tx, deliver.Message{
			Purpose: "book_checkpoint", Lane: deliver.Bulk, Person: r.Person, Lang: r.Language, About: string(tx.Org()), Route: route, Valid: Each,
			Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "At": tx.Now(), "Words": signed, "Link": "/book"},
		})
		told, err = told+1, errors.Join(err, failed)
	}
	return told, err
}
