package status

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/policy"
	"muster/roster/address"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// Topic is what is touched when the public page is changed.
const Topic = "status"

// Page is what the provider says of the public page.
type Page struct {
	Shown bool // there is one
	Name  string
}

// Board is what pages and feeds are made of. It is kept in memory and read anew
// when something about it has changed, on this node or on another, so that a
// page that everybody looks at costs the database nothing.
type Board struct {
	store *store.Store

	mu          sync.Mutex
	stale       bool
	begun, kept int // readings begun, and which of them now is of
	now         known
}

// known is what was read.
type known struct {
	Page
	components []component.Component
	words      []notice.Word
	at         time.Time
}

// aged is after how long it is read anew in any case: what is over leaves the
// page by itself.
const aged = 10 * time.Minute

// Watch makes a board of a store, and keeps it true.
func Watch(s *store.Store) *Board {
	b := &Board{store: s, stale: true}
	topics := []string{"*", Topic, notice.Topic, component.Topic}
	s.Watch(func(c store.Change) {
		if (c.Org == identity.Provider || c.Org == "") && slices.ContainsFunc(c.Topics, func(t string) bool { return slices.Contains(topics, t) }) {
			b.mu.Lock()
			b.stale = true
			b.mu.Unlock()
		}
	})
	return b
}

// read is what is known, from memory if nothing has changed.
func (b *Board) read(ctx context.Context) (k known, err error) {
	b.mu.Lock()
	now := b.store.Now()
	if !b.stale && now.Sub(b.now.at) < aged {
		defer b.mu.Unlock()
		return b.now, nil
	}
	b.stale = false // what changes from here on makes it so again
	b.begun++
	mine := b.begun
	b.mu.Unlock()
	err = b.store.View(ctx, identity.Provider, func(tx *store.Tx) error {
		k = known{at: now}
		pages, err := store.All(tx, getPage, scanPage)
		for _, p := range pages {
			k.Page = p
		}
		if err == nil {
			k.components, err = component.All(tx)
		}
		if err == nil {
			k.words, err = notice.Released(tx, now.AddDate(0, 0, -Days-1))
		}
		return err
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.stale = true
		return known{}, err
	}
	if mine > b.kept { // a slow reading puts nothing old in the place of a later one
		b.now, b.kept = k, mine
	}
	return k, nil
}

// Page is what the provider says of the public page.
func (b *Board) Page(ctx context.Context) (Page, error) {
	k, err := b.read(ctx)
	return k.Page, err
}

// Version names what the public page shows now: it is another when something
// has changed, or a minute is over, by which a promise may be overdue.
func (b *Board) Version(ctx context.Context) (string, error) {
	k, err := b.read(ctx)
	return strconv.FormatInt(k.at.UnixMicro(), 36) + "-" + strconv.FormatInt(b.store.Now().Unix()/60, 36), err
}

// Public are the items of the public page; none while there is no page.
func (b *Board) Public(ctx context.Context) (p Page, all []Item, err error) {
	k, err := b.read(ctx)
	if err != nil || !k.Shown {
		return k.Page, nil, err
	}
	return k.Page, Public(k.components, k.words), nil
}

// PublicSheet is the public page; empty while there is none.
func (b *Board) PublicSheet(ctx context.Context) (p Page, s Sheet, err error) {
	k, err := b.read(ctx)
	if err != nil || !k.Shown {
		return k.Page, s, err
	}
	s, err = Lay(k.components, Shown(k.components), Public(k.components, k.words), b.store.Now(), time.UTC)
	return k.Page, s, err
}

// Sheet is an organisation's own page, for one of its people.
func (b *Board) Sheet(ctx context.Context, who actor.Actor, zone *time.Location) (s Sheet, err error) {
	k, installed, all, err := b.own(ctx, who)
	if err != nil {
		return s, err
	}
	return Lay(k.components, Running(k.components, installed), all, b.store.Now(), zone)
}

// own is what the reader's organisation may know.
func (b *Board) own(ctx context.Context, who actor.Actor) (k known, installed []component.Installation, all []Item, err error) {
	if k, err = b.read(ctx); err != nil {
		return k, nil, nil, err
	}
	var heard []told.Told
	err = b.store.View(ctx, who.Org, func(tx *store.Tx) error {
		if heard, err = told.Heard(tx, who, ""); err != nil {
			return err
		}
		installed, err = component.Installed(tx)
		return err
	})
	if err != nil {
		return k, nil, nil, err
	}
	all, err = Own(k.components, installed, heard, k.words)
	return k, installed, all, err
}

// Keep says whether there is a public page, how it is called, and which
// components it shows. Faults are at name and components.
func (b *Board) Keep(ctx context.Context, who actor.Actor, p Page, public []id.Component) error {
	rule, err := policy.Check(who, "keepStatusPage", policy.Resource{Type: "Installation"})
	if err != nil {
		return err
	}
	if p.Name, err = address.Name(p.Name); err != nil {
		return atName(err)
	}
	return b.store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		if err := component.Publish(tx, public); err != nil {
			return err
		}
		tx.Touch(Topic)
		return errors.Join(
			tx.Write(putPage, p.Shown, p.Name, tx.Now()),
			ledger.Append(tx, who, ledger.Entry{Kind: "status.page_kept", Subject: string(tx.Org()), Rule: rule, Facts: map[string]any{
				"Shown": p.Shown, "Name": p.Name, "Components": len(public),
			}}),
		)
	})
}
