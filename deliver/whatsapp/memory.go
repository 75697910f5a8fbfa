package whatsapp

import (
	"context"
	"errors"
	"time"

	"muster/deliver"
	"muster/lang"
	"muster/store"
)

// known is what we know before a send.
type known struct {
	talking bool                // any text may go there
	resting map[lang.Tag]string // languages in which the template is not sent, and why
}

// keyOf is a number as it is kept: nobody reads from it whom we talk to.
func (c *Channel) keyOf(number string) []byte { return c.Keys.MAC("whatsapp.number", number) }

func (c *Channel) know(ctx context.Context, number string, t *deliver.Template) (k known, err error) {
	k.resting = map[lang.Tag]string{}
	err = c.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		opened, err := store.All(tx, windowOf, func(r store.Row) (at time.Time, err error) {
			return at, r.Scan(store.Time(&at))
		}, c.keyOf(number))
		if err != nil {
			return err
		}
		k.talking = len(opened) > 0 && talking(opened[0], tx.Now())
		_, err = store.All(tx, resting, func(r store.Row) (tag lang.Tag, err error) {
			var state string
			err = r.Scan(&tag, &state)
			k.resting[tag] = state
			return tag, err
		}, t.Name, tx.Now())
		return err
	})
	return k, err
}

// heard remembers that somebody wrote to us at that time.
func (c *Channel) heard(ctx context.Context, number string, at time.Time) error {
	return c.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		if at.After(tx.Now()) {
			at = tx.Now()
		}
		return errors.Join(tx.Write(forgetWindows, tx.Now().Add(-window)), tx.Write(openWindow, c.keyOf(number), at))
	})
}

// over remembers that only templates may go there.
func (c *Channel) over(ctx context.Context, number string) error {
	return c.Store.Across().Do(ctx, func(tx *store.AcrossTx) error { return tx.Write(closeWindow, c.keyOf(number)) })
}

// judge remembers whether Meta sends a template in a language.
func (c *Channel) judge(ctx context.Context, name string, tag lang.Tag, state string, good bool) error {
	return c.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		if good {
			return tx.Write(freeTemplate, name, string(tag))
		}
		return tx.Write(restTemplate, name, string(tag), clip(state), tx.Now().Add(rest))
	})
}
