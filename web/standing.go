package web

import (
	"context"

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

// unmonitored is the same for one worker, in a view of its own.
func (s *site) unmonitored(ctx context.Context, v *visit, worker id.Person) (text string, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		why, err := unmonitored(tx, v.tag)
		text = why(worker)
		return err
	})
	return text, err
}
