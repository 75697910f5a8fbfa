package texting

import (
	"context"
	"time"

	"muster/lang"
	"muster/roster"
	"muster/store"
)

// Call is what a worker who calls by telephone has typed. It is a text message
// that is answered at once and aloud: the same people, PINs, limits and words.
type Call struct {
	ID   string // of the call, and which try in it
	From string // E.164; empty when it is not shown
	PIN  string // empty: nothing was typed yet
	Help bool   // they need help, with or without a PIN
}

// heard is what is said back to a caller.
type heard struct {
	tag  lang.Tag
	text string
}

// Hear does what a caller wants, a check-in or a call for help, and gives what
// to say back, in the worker's language. Text is empty when the PIN is wrong,
// or the number is on nobody's list: neither learns which it is.
func (d Desk) Hear(ctx context.Context, c Call) (tag lang.Tag, text string, err error) {
	if c.PIN == "" && !c.Help {
		tag, err = d.language(ctx, c.From)
		return tag, "", err
	}
	t := Text{ID: c.ID, From: c.From, Body: c.PIN + " ok", aloud: &heard{}}
	if c.Help {
		t.Body = "help"
	}
	if err := d.Take(ctx, t); err != nil {
		return "", "", err
	}
	return t.aloud.tag, t.aloud.text, nil
}

// language is the one to greet a number in.
func (d Desk) language(ctx context.Context, from string) (tag lang.Tag, err error) {
	tag = lang.Match()
	err = d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		whose, err := store.All(tx, owners, scanOwner, from)
		if err != nil || len(whose) == 0 {
			return err
		}
		return tx.For(whose[0].org, func(tx *store.Tx) error {
			p, err := roster.Find(tx, whose[0].person)
			if err == nil {
				tag = p.Language
			}
			return err
		})
	})
	return tag, err
}

// spoken is the answer as a voice gives it. A wrong PIN has none: what else
// could be meant is said by the call itself.
func spoken(tag lang.Tag, key string, at time.Time, zone *time.Location) string {
	switch key {
	case "ok", "idle", "help", "locked":
		return tag.Text("texting.aloud."+key, map[string]any{"At": tag.Time(at, zone, lang.Spoken)})
	}
	return ""
}
