package web

import (
	"context"
	"time"

	"muster/call/partner/enrol"
	"muster/id"
	"muster/lang"
	"muster/store"
)

// unmonitored tells of each worker, in words, why no monitoring partner watches
// over them (SS12): empty where one does, and where the organisation has none.
func unmonitored(tx *store.Tx, tag lang.Tag) (func(id.Person) string, error) {
	words, tied, err := enrol.Standings(tx)
	return func(worker id.Person) string {
		if !tied {
			return ""
		}
		word, known := words[worker]
		if !known {
			word = enrol.Missing
		}
		if word.Monitored() {
			return ""
		}
		return tag.Text("web.standing."+string(word), nil)
	}, err
}

// wordLook is one look of an operator at the reader's safe word, or a try.
type wordLook struct {
	Name  string
	At    time.Time
	Shown bool
}

// mostWordLooks bounds the list that a worker sees.
const mostWordLooks = 100

// wordLooks are the looks at the reader's own safe word (SS8).
func (s *site) wordLooks(ctx context.Context, v *visit) (out []wordLook, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		all, err := enrol.Looks(tx, v.who.Person, mostWordLooks)
		out = nil
		for _, r := range all {
			out = append(out, wordLook{r.Actor.Name, r.At, r.Kind == "safe_word.looked"})
		}
		return err
	})
	return out, err
}

// unmonitored is the same for one worker, in a view of its own.
func (s *site) unmonitored(ctx context.Context, v *visit, worker id.Person) (text string, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		why, err := unmonitored(tx, v.tag)
		text = why(worker)
		return err
	})
	return text, err
}
