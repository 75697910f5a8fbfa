package told

import (
	"errors"
	"strings"

	"muster/actor"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/tell/audience"
	"muster/tell/notice"
)

// Letter is what a word says to one reader who is told of it beside the database,
// where no link of their own can be made: it leads to the news.
func Letter(after notice.Notice, said notice.Said, c notice.Customer, to audience.Told) deliver.Message {
	t := Told{
		Notice: after.ID, N: after.Said, Kind: after.Kind, State: after.State, Said: said,
		Since: after.Since, From: after.From, Till: after.Till, Promised: after.Promised,
	}
	m := t.message(roster.Organisation{ID: c.Org, Name: c.Name, TimeZone: c.Zone}, to, named(to.Forward, c.Places))
	m.Facts["Link"] = Address(after.ID)
	return m
}

// Recorded is one message that was sent beside the database.
type Recorded struct {
	Message deliver.Message
	Why     string
	Tries   []deliver.Attempt
	Twice   bool // its reader may have it twice
}

// Adopt puts what the unit's organisation was told of a word beside the database
// into its rows and its book; fresh is false if that was done before.
func Adopt(tx *store.Tx, w notice.Word, parts []string, people []Recorded, missing []audience.Missing) (fresh bool, err error) {
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
	tx.Touch(notice.Topic)
	return true, errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "notice.told_aside", Subject: string(n.ID), Facts: map[string]any{
		"N": w.N, "Kind": string(n.Kind), "State": string(w.State), "Phrase": w.Phrase, "Told": len(people), "Missing": len(missing), "Twice": twice,
		"When": w.Written.UnixMicro(),
	}}))
}
