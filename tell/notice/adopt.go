package notice

import (
	"errors"

	"muster/fault"
	"muster/id"
	"muster/store"
)

// Adopt puts a word that was said beside the database among the notice's news,
// in the provider's own unit: it is told already. It gives the notice after it,
// which may have gone on here meanwhile.
func (w Word) Adopt(tx *store.Tx, second id.Staff) (n Notice, err error) {
	n = w.After
	there, err := store.One(tx, holdNotice, scanNotice, n.ID)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		n.Said = 1
	case err != nil:
		return n, err
	case there.Last.After(w.Written):
		n, n.Said = there, there.Said+1
	default:
		n.Said = there.Said + 1
	}
	facts, err := marshal(w.After)
	if err != nil {
		return n, err
	}
	if second == "" {
		second = w.By
	}
	tx.Touch(Topic)
	err = errors.Join(
		n.save(tx), n.wind(tx),
		tx.Write(addNews, n.ID, n.Said, string(w.State), w.Phrase, w.Words, w.By, w.ByName, w.Wide, w.Written, w.Written, second, facts),
		tx.Write(carried, n.ID, n.Said, tx.Now()),
	)
	return n, err
}
