package wire

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/webhook"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/store"
)

var _ webhook.Directory = Office{}

// Endpoint is what package webhook asks before it sends. A webhook that is
// switched off for its failures takes tests alone.
func (o Office) Endpoint(ctx context.Context, org id.Org, address string, test bool) (end webhook.Endpoint, err error) {
	err = o.Store.View(ctx, org, func(tx *store.Tx) error {
		w, err := find(tx, id.Wire(address))
		if err != nil {
			return gone(err)
		}
		if !w.Active {
			return deliver.Refused("no_wire", "the wire is switched off")
		}
		h, err := store.One(tx, getHealth, onlyHealth, w.ID)
		if err != nil {
			return err
		}
		if !h.Off.IsZero() && !test {
			return deliver.Refused("wire_off", "the wire is switched off, since it took nothing")
		}
		secrets, err := o.secret(tx, w.ID)
		end = webhook.Endpoint{URL: w.URL, Secrets: h.signing(strings.Fields(string(secrets)), tx.Now())}
		return err
	})
	return end, err
}

// Tried keeps what came of a request, as a frame, and how the webhook stands
// after it. One that no longer takes anything, or does again, is told to
// administrators: once, whichever node tried.
func (o Office) Tried(ctx context.Context, org id.Org, address string, t webhook.Try) error {
	return o.Store.Do(ctx, org, func(tx *store.Tx) error {
		h, err := holdOf(tx, id.Wire(address))
		if err != nil {
			return ignoreMissing(err)
		}
		w, err := find(tx, id.Wire(address))
		if err != nil {
			return ignoreMissing(err) // taken away meanwhile; the attempt says what came of it
		}
		next, what, mended := h.after(t, tx.Now())
		err = errors.Join(
			tx.Write(addFrame, id.New[id.Frame](), w.ID, string(t.Message), w.where(), t.At, t.Took,
				t.Kind+" "+string(t.Message), words(answered(t)), verdict(t), words(t.Problem)),
			next.keep(tx, w.ID),
		)
		tx.Touch("wire")
		if err != nil {
			return err
		}
		if err := w.tell(tx, next, what); err != nil {
			return err
		}
		if mended || what == ended {
			return hasten(tx, w.ID) // or be refused, and be listed as missed
		}
		if !t.Taken() && !t.Test {
			return w.late(tx, t.Message)
		}
		return nil
	})
}

func answered(t webhook.Try) string {
	if t.Status == 0 {
		return ""
	}
	return strings.TrimSpace(strconv.Itoa(t.Status) + " " + t.Answer)
}

// The verdicts on a request, beside those of package dc09.
const (
	verdictTaken   = "ack"
	verdictGone    = "gone"
	verdictRefused = "refused"
	verdictSilent  = "silent"
)

func verdict(t webhook.Try) string {
	switch {
	case t.Taken():
		return verdictTaken
	case t.Gone():
		return verdictGone
	case t.Status == 0:
		return verdictSilent
	}
	return verdictRefused
}

// late puts on an alarm's record, once, that a line has not taken it: whoever
// handles it must not believe that the other end knows.
func (w Wire) late(tx *store.Tx, m id.Message) error {
	p, err := store.One(tx, getPost, scanPost, w.ID, m)
	if err != nil {
		return ignoreMissing(err)
	}
	if p.Alarm == "" || p.Kind == deliver.AlarmResolved || tx.Now().Sub(p.At) < tellAfter {
		return nil
	}
	n, err := tx.Exec(notePost, w.ID, m, tx.Now())
	if err != nil || n == 0 {
		return err
	}
	tx.Touch(string(p.Alarm))
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "alarm.line_silent", Subject: string(p.Alarm), Facts: map[string]any{"Name": w.Name, "Tries": p.Tries + 1},
	})
}

// tell puts a turn into the book, and tells every administrator of it.
func (w Wire) tell(tx *store.Tx, h Health, what turn) error {
	switch what {
	case lost, back:
		return told(tx, change{id: string(w.ID), name: w.Name, kind: "wire", back: what == back})
	case warned, ended:
	default:
		return nil
	}
	purpose := "wire_" + string(what)
	facts := map[string]any{"Wire": w.Name, "At": tx.Now(), "Link": w.page()}
	if h.Why == Gone {
		purpose, facts["At"] = "wire_gone", h.Off
	} else {
		facts["From"] = h.Failing
	}
	if what == warned {
		facts["Till"] = h.Failing.Add(offAfter)
	}
	n, err := tellAdministrators(tx, deliver.Message{
		Purpose: purpose, About: string(w.ID), Valid: remind,
		Facts: facts,
	})
	if err != nil {
		return err
	}
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "wire." + string(what), Subject: string(w.ID), Facts: map[string]any{"Name": w.Name, "Why": h.Why, "Tries": h.Tries, "Told": n},
	})
}

// page is where administrators see to a wire.
func (w Wire) page() string { return wiresPage + "/" + string(w.ID) }

// Unheard is what happens when a message on a webhook has been tried to the end,
// beside what it means for its alarm: a program that took nothing all that time
// is sent nothing more until somebody switches it on again.
func Unheard(tx *store.Tx, m deliver.Message) error {
	if m.Purpose != deliver.Handover {
		return nil
	}
	last := m.Route[len(m.Route)-1]
	if last.Channel != Webhook || m.About == last.Address {
		return nil // about something else, or a test
	}
	which := id.Wire(last.Address)
	h, err := holdOf(tx, which)
	if err != nil {
		return ignoreMissing(err)
	}
	w, err := find(tx, which)
	if err != nil || !w.Active {
		return ignoreMissing(err)
	}
	before := h.Off
	next, what := h.ranOut(m.Made, tx.Now())
	tx.Touch("wire")
	if what == nothing {
		return nil
	}
	if err := errors.Join(next.keep(tx, w.ID), w.tell(tx, next, what)); err != nil || !before.IsZero() {
		return err
	}
	return hasten(tx, w.ID)
}

// How messages that waited, or are sent again, leave: one after the other, so
// that what is new goes between them.
const (
	mostWaiting = 500
	spread      = 50 * time.Millisecond
)

// hasten has everything tried soon that waits on a wire.
func hasten(tx *store.Tx, which id.Wire) error {
	all, err := store.All(tx, waiting, scanPost, which, mostWaiting)
	if err != nil {
		return err
	}
	for i, p := range all {
		m, err := deliver.Get(tx, p.Message)
		if err != nil {
			return err
		}
		if err := m.Hasten(tx, tx.Now().Add(time.Duration(i+1)*spread)); err != nil {
			return err
		}
	}
	return nil
}

// missedFor is for how long what did not get through is listed.
const missedFor = 30 * 24 * time.Hour

// Resume switches a webhook on again that was switched off for its failures,
// and sends again what was missed, if that is wanted: the newest 500 of the
// last 30 days, oldest first, each under its old id.
func (o Office) Resume(ctx context.Context, who actor.Actor, which id.Wire, again bool) (sent int, err error) {
	err = o.Store.Do(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := allowed(tx, who)
		if err != nil {
			return err
		}
		h, err := holdOf(tx, which)
		if err != nil {
			return err
		}
		w, err := find(tx, which)
		if err != nil {
			return err
		}
		if w.Kind != Webhook || h.Off.IsZero() && !again {
			return fault.New(fault.Conflict, "wire_on")
		}
		kind := "wire.resent"
		if !h.Off.IsZero() {
			kind = "wire.on"
			if err := (Health{Heard: h.Heard, Tried: h.Tried, OldUntil: h.OldUntil}).keep(tx, w.ID); err != nil {
				return err
			}
		}
		sent = 0
		if again {
			if sent, err = resend(tx, w.ID); err != nil {
				return err
			}
		}
		tx.Touch("wire")
		return ledger.Append(tx, who, ledger.Entry{
			Kind: kind, Subject: string(w.ID), Rule: rule, Facts: map[string]any{"Name": w.Name, "Count": sent},
		})
	})
	return sent, err
}

func resend(tx *store.Tx, which id.Wire) (sent int, err error) {
	all, err := store.All(tx, unsaidOn, scanPost, which, tx.Now().Add(-missedFor), mostWaiting)
	if err != nil {
		return 0, err
	}
	for i := range all {
		m, err := deliver.Get(tx, all[len(all)-1-i].Message)
		if err != nil {
			return sent, err
		}
		ok, err := m.Again(tx, tx.Now().Add(time.Duration(i)*spread), hookValid)
		if err != nil {
			return sent, err
		}
		if ok {
			sent++
		}
	}
	return sent, nil
}

// Post is one message on a webhook.
type Post struct {
	Message id.Message
	Alarm   id.Alarm
	Kind    string // of news
	At      time.Time
	State   deliver.State
	Due     time.Time // of its next try, while it waits
	Tries   int
}

// Posts are what waits on a webhook, oldest first, and what did not get through
// within the last 30 days, newest first; at most 100 of each.
func (o Office) Posts(ctx context.Context, who actor.Actor, which id.Wire) (queued, missed []Post, err error) {
	err = o.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		if _, err := allowed(tx, who); err != nil {
			return err
		}
		if _, err := find(tx, which); err != nil {
			return err
		}
		if queued, err = store.All(tx, waiting, scanPost, which, shownPosts); err != nil {
			return err
		}
		missed, err = store.All(tx, unsaidOn, scanPost, which, tx.Now().Add(-missedFor), shownPosts)
		return err
	})
	return queued, missed, err
}

// shownPosts is how many messages are listed.
const shownPosts = 100

func scanPost(r store.Row) (p Post, err error) {
	return p, r.Scan(&p.Message, &p.Alarm, &p.Kind, store.Time(&p.At), &p.State, store.Time(&p.Due), &p.Tries)
}

// holdOf reads how a webhook stands to change it.
func holdOf(tx *store.Tx, which id.Wire) (Health, error) {
	return store.One(tx, holdHealth, onlyHealth, which)
}

func onlyHealth(r store.Row) (Health, error) {
	_, h, err := scanHealth(r)
	return h, err
}

func scanHealth(r store.Row) (which id.Wire, h Health, err error) {
	err = r.Scan(&which, store.Time(&h.Failing), &h.Tries, store.Time(&h.Tried), store.Time(&h.Heard), store.Time(&h.Told),
		store.Time(&h.Warned), store.Time(&h.Off), &h.Why, store.Time(&h.OldUntil))
	return which, h, err
}

func (h Health) keep(tx *store.Tx, which id.Wire) error {
	return tx.Write(setHealth, which, h.Failing, h.Tries, h.Tried, h.Heard, h.Told, h.Warned, h.Off, h.Why, h.OldUntil)
}

// post keeps that a message is on a wire.
func (w Wire) post(tx *store.Tx, m id.Message, news deliver.News) error {
	if w.Kind != Webhook {
		return nil
	}
	return tx.Write(addPost, w.ID, m, string(news.Alarm), news.Type, tx.Now())
}
