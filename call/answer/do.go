// Package answer takes what people do about an alarm over the channel that
// told them of it: the link in a mail, a key in a call, a button in a
// messenger, a code in a text message.
//
// Whoever holds the address that a message went to acts in the name of its
// recipient, through that door, and with the recipient's rights: nobody
// answers for their own alarm, and who has left answers nothing. An answer may
// come twice.
package answer

import (
	"context"
	"errors"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// Desk takes answers.
type Desk struct {
	Store *store.Store
	Keys  *seal.Keys
}

// doors are through what an answer comes, by its channel.
var doors = map[string]actor.Door{
	"email": actor.Mail, "sms": actor.Text, "voice": actor.Call, "whatsapp": actor.Chat, "webpush": actor.App,
}

// Take carries out what somebody answered over a channel, and tells what to
// say back. It fails only when it should be tried again.
func (d Desk) Take(ctx context.Context, a deliver.Answer) (deliver.Said, error) {
	if a.Code != "" {
		return d.byCode(ctx, a)
	}
	m, err := a.Meant(ctx, d.Store)
	if err != nil {
		return unknown(err)
	}
	return d.carry(ctx, m, a)
}

// Do carries out, in the actor's name, what a message about an alarm is
// answered with, and records that it was.
func (d Desk) Do(ctx context.Context, who actor.Actor, m deliver.Message, a deliver.Answer) error {
	which, err := id.Parse[id.Alarm](m.About)
	if err != nil {
		return err // it is about something that nobody can answer for
	}
	return d.Store.Do(ctx, m.Org, func(tx *store.Tx) error {
		switch a.Act {
		case deliver.Acknowledge:
			_, err = alarm.Hand{Tx: tx, Who: who}.Acknowledge(which, a.Note)
		case deliver.Resolve:
			_, err = alarm.ResolveIn(tx, who, which, alarm.Outcome(a.Outcome), a.Note)
		default:
			err = fault.New(fault.Invalid, "invalid").At("act")
		}
		if err != nil {
			return err
		}
		return deliver.MarkAnswered(tx, m.ID)
	})
}

// carry does it in the name of the message's recipient. Where nobody was asked
// what the alarm turned out to be, it was a real one: that is for a human to
// play down.
func (d Desk) carry(ctx context.Context, m deliver.Message, a deliver.Answer) (said deliver.Said, err error) {
	var p roster.Person
	err = d.Store.View(ctx, m.Org, func(tx *store.Tx) (err error) {
		p, err = roster.Find(tx, m.Person)
		return err
	})
	if err != nil {
		return unknown(err)
	}
	if !p.Active {
		return deliver.Said{What: deliver.Unknown}, nil
	}
	if _, err := id.Parse[id.Alarm](m.About); err != nil {
		return note(m.Org, p, deliver.Unknown), nil // sending it again would not help
	}
	if a.Act == deliver.Resolve && a.Outcome == "" {
		a.Outcome = string(alarm.Real)
	}
	cause := d.Do(ctx, as(m.Org, p, a.Channel), m, a)
	said = deliver.Said{What: deliver.Done, Org: m.Org, Person: p.Person, Lang: p.Language}
	about, err := d.standing(ctx, m, cause)
	if fault.KindOf(err) == fault.NotFound {
		return note(m.Org, p, deliver.Unknown), nil // the alarm was erased meanwhile
	}
	if err != nil {
		return said, err
	}
	code := ""
	if cause != nil {
		code = fault.From(cause).Code
	}
	key := string(a.Act)
	switch {
	case cause == nil, code == "already_resolved" && about.Closed.By == p.Person:
	case code == "already_acknowledged":
		said.What, said.By = deliver.Taken, about.Ack.Name
	case code == "already_resolved":
		said.What, said.By = deliver.Over, about.Closed.Name
	case fault.KindOf(cause) == fault.Forbidden:
		said.What = deliver.NotAllowed
	default:
		return said, cause
	}
	if said.What != deliver.Done {
		key = said.What
	}
	said.Text = p.Language.Text("answer."+key, map[string]any{"Who": about.WorkerName, "By": said.By})
	return said, nil
}

// standing reads how the alarm stands. That somebody was faster does not undo
// that this message, too, made a human act.
func (d Desk) standing(ctx context.Context, m deliver.Message, cause error) (a alarm.Alarm, err error) {
	which, err := id.Parse[id.Alarm](m.About)
	if err != nil {
		return a, nil
	}
	err = d.Store.Do(ctx, m.Org, func(tx *store.Tx) error {
		if a, err = alarm.Read(tx, which); err != nil || fault.KindOf(cause) != fault.Conflict {
			return err
		}
		return deliver.MarkAnswered(tx, m.ID)
	})
	return a, err
}

// as is the person as they act over a channel.
func as(org id.Org, p roster.Person, channel string) actor.Actor {
	return actor.Actor{Kind: actor.Person, Org: org, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: doors[channel]}
}

// unknown is the answer to whoever means nothing that is known.
func unknown(err error) (deliver.Said, error) {
	if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	return deliver.Said{What: deliver.Unknown}, err
}

// A wrong code is a guess: so many in so long, and none is taken from that
// number for as long again. There are some 62,000 codes.
const (
	mostGuesses = 5
	guessedFor  = 15 * time.Minute
)

// After an alarm is closed its code still tells by whom, for so long.
const remembered = 12 * time.Hour

// byCode finds what a code stands for among all that its number was told.
func (d Desk) byCode(ctx context.Context, a deliver.Answer) (deliver.Said, error) {
	var whose []owner
	err := d.Store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		whose, err = store.All(tx, owners, scanOwner, a.From)
		return err
	})
	if err != nil {
		return deliver.Said{}, err
	}
	said := deliver.Said{What: deliver.Unknown}
	var meant []deliver.Message
	var tried []guess
	for _, o := range whose {
		g, err := d.search(ctx, o, a)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return said, err
		}
		switch tried = append(tried, g); {
		case g.locked:
			return note(o.org, g.p, deliver.Limited), nil
		case g.m.ID != "":
			meant = append(meant, g.m)
		case said.Person == "" && g.p.Active:
			said = note(o.org, g.p, deliver.Unknown)
		}
	}
	if !unambiguous(meant) {
		return said, nil
	}
	for _, g := range tried {
		err := d.Store.Do(ctx, g.org, func(tx *store.Tx) error { return tx.Write(forgive, g.person, g.at) })
		if err != nil {
			return said, err
		}
	}
	return d.carry(ctx, meant[0], a)
}

// note is what is said where nothing was done.
func note(org id.Org, p roster.Person, what string) deliver.Said {
	return deliver.Said{What: what, Org: org, Person: p.Person, Lang: p.Language, Text: p.Language.Text("answer."+what, nil)}
}

// guess is a code that came from one person's number.
type guess struct {
	owner
	p      roster.Person
	m      deliver.Message // what it means; no ID if nothing
	at     time.Time
	locked bool
}

// search looks for the message that the code means to one person. It counts as
// a wrong one until it is found to be right, one after another, however many
// come at a time.
func (d Desk) search(ctx context.Context, o owner, a deliver.Answer) (g guess, err error) {
	err = d.Store.Do(ctx, o.org, func(tx *store.Tx) error {
		g = guess{owner: o, at: tx.Now()}
		if g.p, err = roster.Find(tx, o.person); err != nil || !g.p.Active {
			return err
		}
		if _, err := store.One(tx, hold, store.Scalar[string], o.person); err != nil {
			return err
		}
		wrong, err := store.One(tx, guesses, store.Scalar[int], o.person, tx.Now().Add(-guessedFor))
		if g.locked = wrong >= mostGuesses; err != nil || g.locked {
			return err
		}
		if err := errors.Join(tx.Write(forget, o.person, tx.Now().Add(-guessedFor)), tx.Write(addGuess, o.person, tx.Now())); err != nil {
			return err
		}
		which, err := d.alarm(tx, as(o.org, g.p, a.Channel), a)
		if err != nil || which == "" {
			return err
		}
		all, err := deliver.About(tx, string(which), maxTold)
		for _, told := range all {
			if told.Person == o.person && told.GoesTo(deliver.Stop{Channel: a.Channel, Address: a.From}) {
				g.m = told
			}
		}
		return err
	})
	return g, err
}

// alarm finds which of the alarms that the person may see has this code.
func (d Desk) alarm(tx *store.Tx, who actor.Actor, a deliver.Answer) (id.Alarm, error) {
	open, err := alarm.Open(tx, who)
	if err != nil {
		return "", err
	}
	over, err := alarm.Closed(tx, who, alarm.Filter{From: tx.Now().Add(-remembered), Limit: maxClosed})
	for _, one := range append(open, over...) {
		about := deliver.Message{About: string(one.ID)}
		if about.ReplyCode(d.Keys, a.From) == a.Code {
			return one.ID, err
		}
	}
	return "", err
}

// Bounds on what one code is looked for in.
const (
	maxClosed = 50
	maxTold   = 5_000
)
