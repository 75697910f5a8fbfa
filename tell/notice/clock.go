package notice

import (
	"errors"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/tell/component"
	"muster/timer"
)

// TimerKind is the kind of a notice's timer, which stands at the next thing that
// the notice does by itself.
const TimerKind = "notice.clock"

// event is something that a notice does by itself.
type event string

// The events.
const (
	remind event = "remind" // maintenance is near
	begin  event = "begin"  // its announced time has come
	exceed event = "exceed" // its announced end has passed: the owner is called, too
	ring   event = "ring"   // a promise was broken: its owner is called
)

// due is what a notice does next by itself, and when; zero: nothing.
func (n Notice) due() (at time.Time, what event) {
	switch {
	case n.Promised.IsZero():
		return at, ""
	case n.State == Planned:
		if all := Reminders(n.From, n.Last); len(all) > 0 {
			return all[0], remind
		}
		return n.From, begin
	case n.State == Started:
		return n.Till.Add(Late), exceed
	}
	return n.Promised.Add(Late + time.Duration(n.Called)*Recall), ring
}

// byItself is the word that comes of an event; none comes of a call.
func (n Notice) byItself(what event, now time.Time) (w News, phrase string) {
	w.Components = n.Components
	switch what {
	case remind:
		w.State, w.From, w.Till, phrase = Planned, n.From, n.Till, "reminder"
	case begin:
		w.State, phrase = Started, "time"
	case exceed:
		w.State, w.Promised, phrase = Overrun, now.Add(time.Hour), "time"
	}
	return w, phrase
}

// wind sets the timer to what comes next.
func (n Notice) wind(tx *store.Tx) error {
	at, what := n.due()
	if what == "" {
		return timer.Cancel(tx, TimerKind, string(n.ID))
	}
	return timer.Set(tx, TimerKind, string(n.ID), at)
}

// Fire does what a notice does by itself, in the provider's own unit: reminders
// of maintenance, its beginning and its overrunning are said to whom they
// concern, and whoever broke a promise is called (BS5).
func (o Office) Fire(tx *store.Tx, t timer.Timer) error {
	n, err := store.One(tx, holdNotice, scanNotice, t.Subject)
	if err != nil {
		return err
	}
	waits, err := store.One(tx, unreleased, store.Scalar[int], n.ID)
	if err != nil {
		return err
	}
	at, what := n.due()
	switch {
	case what == "":
		return nil
	case waits > 0: // what is to be said next lies before somebody already
		return timer.Set(tx, TimerKind, t.Subject, tx.Now().Add(Late))
	case at.After(tx.Now()):
		return n.wind(tx)
	case what == remind && !n.From.After(tx.Now()):
		what = begin // nobody looked in time
	}
	if what == ring || what == exceed {
		if err := o.call(tx, n); err != nil {
			return err
		}
	}
	if what == ring {
		n.Called++
		return errors.Join(n.save(tx), n.wind(tx))
	}
	w, phrase := n.byItself(what, tx.Now())
	after, err := n.Take(w, tx.Now())
	if err != nil {
		return err
	}
	return errors.Join(after.say(tx, Word{State: w.State, Phrase: phrase, Released: tx.Now()}), ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "notice.itself", Subject: string(n.ID), Facts: map[string]any{"State": string(w.State), "N": after.Said, "Phrase": phrase},
	}))
}

// call rings whoever promised a word that did not come, and writes to them.
func (o Office) call(tx *store.Tx, n Notice) error {
	known, err := component.All(tx)
	if err != nil {
		return err
	}
	mail, tag := "", lang.Tag("en")
	if o.Mail != nil {
		if mail, tag, err = o.Mail(tx, n.Owner); err != nil {
			return err
		}
	}
	said := Said{Parts: nameOf(known, n.Components)}
	m := deliver.Message{
		Purpose: "notice_late", Lane: deliver.SOS, Lang: tag, About: string(n.ID), Valid: Recall,
		Facts: map[string]any{"Org": "Muster", "Text": said.Names(), "Who": n.OwnerName, "Next": n.Promised, "Zone": "UTC", "Link": "/provider/notices/" + string(n.ID)},
	}
	ways := [][]deliver.Stop{{{Channel: roster.Voice, Address: n.Phone}, {Channel: roster.SMS, Address: n.Phone}}, {{Channel: roster.Email, Address: mail}}}
	told := 0
	for _, way := range ways {
		if way[0].Address == "" {
			continue
		}
		m.Route = way
		if _, err := deliver.Queue(tx, m); err != nil {
			return err
		}
		told++
	}
	tx.Touch(Topic)
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "notice.late", Subject: string(n.ID), Facts: map[string]any{"Promised": n.Promised.UnixMicro(), "Ways": told},
		Personal: map[string]string{"Owner": n.OwnerName},
	})
}

// say puts a word and what the notice is after it, and winds its clock.
func (n Notice) say(tx *store.Tx, w Word) error {
	facts, err := marshal(n)
	if err != nil {
		return err
	}
	var releaser id.Staff
	if !w.Released.IsZero() {
		releaser = w.By
	}
	tx.Touch(Topic)
	return errors.Join(
		n.save(tx), n.wind(tx),
		tx.Write(addNews, n.ID, n.Said, string(w.State), w.Phrase, w.Words, w.By, w.ByName, w.Wide, tx.Now(), w.Released, releaser, facts),
	)
}
