package notice

import (
	"errors"
	"strings"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
	"muster/tell/audience"
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

// Recorded is one message that was sent beside the database.
type Recorded struct {
	Message deliver.Message
	Why     string
	Tries   []deliver.Attempt
	Twice   bool // its reader may have it twice
}

// AdoptTold puts what the unit's organisation was told of a word beside the
// database into its rows and its book; fresh is false if that was done before.
func (w Word) AdoptTold(tx *store.Tx, parts []string, people []Recorded, missing []audience.Missing) (fresh bool, err error) {
	n := w.After
	added, err := tx.Exec(addTold, n.ID, w.N, string(n.Kind), string(w.State), w.Phrase, w.Words, strings.Join(parts, separator),
		n.Since, n.From, n.Till, n.Promised, n.Moved, w.Written, len(people))
	if err != nil || added == 0 {
		return false, err
	}
	twice := 0
	for _, p := range people {
		if p.Twice {
			twice++
		}
		err = errors.Join(err, p.Message.Adopt(tx, p.Tries), tx.Write(addToldPerson, n.ID, w.N, p.Message.Person, p.Message.ID, p.Why))
	}
	for _, p := range missing {
		err = errors.Join(err, tx.Write(addToldPerson, n.ID, w.N, p.Person, id.Message(""), string(p.Why)))
	}
	if len(people) == 0 {
		err = errors.Join(err, tx.Write(addCall, n.ID, w.N, whyNobody, tx.Now()))
	}
	tx.Touch(Topic)
	return true, errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "notice.told_aside", Subject: string(n.ID), Facts: map[string]any{
		"N": w.N, "Kind": string(n.Kind), "State": string(w.State), "Phrase": w.Phrase, "Told": len(people), "Missing": len(missing), "Twice": twice,
		"When": w.Written.UnixMicro(),
	}}))
}
