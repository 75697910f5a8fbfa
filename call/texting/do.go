package texting

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/answer"
	"muster/call/shift"
	"muster/call/word"
	"muster/deliver"
	"muster/fault"
	"muster/lang"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// Desk takes text messages.
type Desk struct {
	Store  *store.Store
	Keys   *seal.Keys
	Shifts shift.Desk
}

// Text is one message that came in.
type Text struct {
	ID   string    // the carrier's own; the same when it is sent again
	From string    // E.164
	Body string    //
	Sent time.Time // when the carrier got it; zero when it does not say
	// Channel by which it came, and on which it is answered; empty: text message.
	Channel string

	aloud *heard // who waits on the line for what is said back; nil: it goes out as a text
}

func (t Text) channel() string { return cmp.Or(t.Channel, roster.SMS) }

// sender is one person whom the number may stand for, as the message found
// them.
type sender struct {
	owner
	worker  roster.Person
	works   bool // or is told of alarms only
	zone    *time.Location
	came    time.Time // first receipt
	shift   shift.Shift
	running bool
	proved  bool // the PIN is right
	duress  bool // or is the one that is typed under threat
	locked  bool // too many wrong ones lately
	rest    []string
}

func (s sender) actor() actor.Actor {
	return actor.Actor{Kind: actor.Person, Org: s.org, Person: s.person, Name: s.worker.Name, Roles: s.worker.Roles, Door: actor.Text}
}

// Take does what a message says, once however often it comes, and answers the
// worker. It fails only when it should be sent again.
func (d Desk) Take(ctx context.Context, t Text) error {
	var whose []owner
	err := d.Store.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		whose, err = store.All(tx, owners, scanOwner, t.From)
		return err
	})
	if err != nil {
		return err
	}
	s := read(t.Body)
	var all []sender
	for _, o := range whose {
		found, fresh, err := d.meet(ctx, o, t, s)
		if err != nil {
			return err
		}
		if fresh {
			all = append(all, found)
		}
	}
	all, err = d.answered(ctx, all, t, s)
	if err != nil || len(all) == 0 {
		return err
	}
	from, others := chosen(all, s)
	var errs []error
	for _, one := range from {
		errs = append(errs, d.carryOut(ctx, one, t, s))
	}
	for _, one := range others {
		errs = append(errs, d.close(ctx, one, t, guessed(one, s), ""))
	}
	return errors.Join(errs...)
}

// meet finds out whether the message is new for this person, and what of it is
// their PIN.
func (d Desk) meet(ctx context.Context, o owner, t Text, s said) (found sender, fresh bool, err error) {
	err = d.Store.Do(ctx, o.org, func(tx *store.Tx) error {
		found, fresh = sender{owner: o, rest: s.loose}, false
		p, err := roster.Find(tx, o.person)
		if err != nil || !p.Active {
			return err
		}
		came := tx.Now()
		if !t.Sent.IsZero() && t.Sent.Before(came) {
			came = t.Sent
		}
		// Guesses are counted one after another, however many come at a time.
		if _, err := store.One(tx, hold, store.Scalar[string], o.person); err != nil {
			return err
		}
		if err := errors.Join(tx.Write(forget, o.person, tx.Now().Add(-kept)), tx.Write(add, o.person, t.ID, came)); err != nil {
			return err
		}
		known, err := store.One(tx, get, scanRecord, o.person, t.ID)
		if err != nil || !known.done.IsZero() {
			return err
		}
		org, err := roster.Get(tx)
		if err != nil {
			return err
		}
		if found.zone, err = lang.Zone(org.TimeZone); err != nil {
			return err
		}
		wrong, err := store.One(tx, guesses, store.Scalar[int], o.person, tx.Now().Add(-wrongFor), t.ID)
		if err != nil {
			return err
		}
		fresh, found.worker, found.came, found.locked = true, p, known.received, wrong >= mostWrong
		if found.works = p.Has(actor.Worker); !found.works {
			return nil
		}
		if found.shift, found.running, err = shift.ActiveOf(tx, o.person); err != nil {
			return err
		}
		if err := d.prove(tx, &found); err != nil || !guessed(found, s) {
			return err
		}
		return tx.Write(miss, o.person, t.ID)
	})
	return found, fresh, err
}

// prove looks for the PIN, or the one under duress, among what the message has
// beside its verb. Every candidate is tried, so that time tells nothing.
func (d Desk) prove(tx *store.Tx, s *sender) error {
	at := -1
	for i, c := range s.rest {
		duress, err := roster.IsDuress(tx, d.Keys, s.person, c)
		if err != nil {
			return err
		}
		right := s.worker.PIN != "" && subtle.ConstantTimeCompare([]byte(s.worker.PIN), []byte(c)) == 1
		if (right || duress) && at < 0 {
			at, s.proved, s.duress = i, true, duress
		}
	}
	if at >= 0 {
		s.rest = slices.Delete(slices.Clone(s.rest), at, at+1)
	}
	return nil
}

// chosen are those of the people with this number whom the message is from.
// The PIN decides; for help without one it may be any of them who is out, and
// if nobody is, any at all. Anybody can put a number on their roster and have
// somebody out: that keeps no other organisation from hearing a call for help.
func chosen(all []sender, s said) (from, others []sender) {
	keep := func(ok func(sender) bool, among func(a, b sender) bool) {
		var yes []sender
		for _, x := range from {
			better := func(y sender) bool { return ok(y) && among(x, y) }
			if ok(x) || !slices.ContainsFunc(from, better) {
				yes = append(yes, x)
			} else {
				others = append(others, x)
			}
		}
		from = yes
	}
	everywhere := func(sender, sender) bool { return true }
	inOne := func(a, b sender) bool { return a.org == b.org }
	from = slices.Clone(all)
	keep(func(x sender) bool { return x.proved }, everywhere)
	if s.verb == word.Help {
		keep(func(x sender) bool { return x.running }, inOne)
		return from, others
	}
	keep(func(x sender) bool { return x.running }, everywhere)
	return from[:1], append(others, from[1:]...)
}

// answered takes a text that carries the code of a message to whoever it is
// from as the answer to it, and gives back the workers for whom it is something
// else. Whoever can prove to be a worker means their shift.
func (d Desk) answered(ctx context.Context, all []sender, t Text, s said) (workers []sender, err error) {
	a, ok := s.asks()
	if ok = ok && !slices.ContainsFunc(all, func(x sender) bool { return x.proved }); ok {
		a.Channel, a.From, a.At = t.channel(), t.From, t.Sent
	}
	var reply deliver.Said
	if ok && len(all) > 0 {
		if reply, err = (answer.Desk{Store: d.Store, Keys: d.Keys}).Take(ctx, a); err != nil {
			return nil, err
		}
	}
	meant := ok && reply.What != deliver.Unknown && reply.What != deliver.Limited
	var errs []error
	for _, one := range all {
		if one.works && !meant {
			workers = append(workers, one)
			continue
		}
		text := ""
		if one.org == reply.Org && one.person == reply.Person {
			text = reply.Text
		}
		errs = append(errs, d.Store.Do(ctx, one.org, func(tx *store.Tx) error {
			if err := tx.Write(noMiss, one.person, t.ID); err != nil {
				return err // wrong codes are counted where codes are known
			}
			return d.done(tx, one, t, text)
		}))
	}
	return workers, errors.Join(errs...)
}

// guessed tells whether the message may have tried out a PIN.
func guessed(one sender, s said) bool {
	return !one.proved && len(s.loose) > 0 && s.verb != word.Help
}

// carryOut does what the message says for one person, and answers.
func (d Desk) carryOut(ctx context.Context, one sender, t Text, s said) error {
	guess := guessed(one, s)
	understood := s.verb == word.Help || s.verb != "" && one.proved
	var span time.Duration
	if understood && s.verb != word.Help {
		span, understood = minutes(one.rest)
		understood = understood && (span == 0 || takesMinutes(s.verb))
	}
	if one.duress { // heard even where guessing has shut everything else out
		if err := d.silent(ctx, one); err != nil {
			return err
		}
	}
	if one.locked && s.verb != word.Help {
		return d.close(ctx, one, t, guess, "")
	}
	if !understood {
		return d.close(ctx, one, t, guess, "usage")
	}
	if err := d.act(ctx, one, s, span); err != nil {
		if kind := fault.KindOf(err); s.verb == word.Help || kind == fault.Internal || kind == fault.Unavailable {
			return err // a call for help is never answered as one that was not understood
		}
		return d.close(ctx, one, t, false, "usage") // a length beyond all bounds, a role that is gone
	}
	return d.close(ctx, one, t, false, string(s.verb))
}

// act carries the verb out. That a shift runs already, or none does, is no
// error: the answer says how things stand.
func (d Desk) act(ctx context.Context, one sender, s said, span time.Duration) error {
	who, at := one.actor(), s.made(one.came, one.zone)
	late := one.running && at.Before(one.shift.Since) // a newer sign of life is known
	var err error
	switch s.verb {
	case word.Help:
		_, err = d.Shifts.Call(ctx, who, one.person, shift.Signal{At: at, Note: d.note(one, s)})
	case word.Start:
		_, err = d.Shifts.Start(ctx, who, one.person, "", shift.Terms{Every: span})
	case word.OK:
		if one.running {
			_, err = d.Shifts.CheckIn(ctx, who, one.shift.ID, shift.Signal{At: at})
		}
	case word.End:
		if one.running && !late {
			_, err = d.Shifts.Finish(ctx, who, one.shift.ID, shift.Signal{At: at})
		}
	case word.HighRisk:
		if span == 0 {
			span = usualRisk
		}
		if one.running && !late {
			left := max(at.Add(span).Sub(d.Store.Now()), shift.MinEvery) // it counts from when it was written
			_, err = d.Shifts.HighRisk(ctx, who, one.shift.ID, left)
		}
	case word.Away:
		if span == 0 {
			span = usualAway
		}
		if one.running && !late {
			_, err = d.Shifts.Leave(ctx, who, one.shift.ID, at.Add(span))
		}
	}
	if fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}

// note is what a call for help says beside the word, without the PIN.
func (d Desk) note(one sender, s said) string {
	text := s.note
	for _, c := range s.loose {
		if !slices.Contains(one.rest, c) {
			text = without(text, c)
		}
	}
	const most = 400
	if len(text) > most {
		text = text[:most]
	}
	return text
}

// silent raises the alarm that nobody beside the worker may notice.
func (d Desk) silent(ctx context.Context, one sender) error {
	return d.Store.Do(ctx, one.org, func(tx *store.Tx) error {
		c := alarm.Cause{Worker: one.person, Kind: alarm.Duress, Due: one.came}
		if one.running {
			c.Shift, c.Workspace, c.Place = one.shift.ID, one.shift.Workspace, one.shift.Place.Place
		} else {
			ws, err := shift.WorksIn(tx, one.worker)
			if err != nil {
				return err
			}
			c.Workspace = ws
		}
		_, err := alarm.Raise(tx, one.actor(), c)
		return err
	})
}

// close marks the message as done and queues the answer, if there is one, in
// one unit: a message is never answered twice.
func (d Desk) close(ctx context.Context, one sender, t Text, guess bool, answer string) error {
	return d.Store.Do(ctx, one.org, func(tx *store.Tx) error {
		if answer == "" {
			return d.done(tx, one, t, "")
		}
		text, err := d.reply(tx, one, t, guess, answer)
		if err != nil {
			return err
		}
		return d.done(tx, one, t, text)
	})
}

// done is the end of a message, with what is said back: by the first who comes
// to it, if the carrier has brought the message twice at once.
func (d Desk) done(tx *store.Tx, one sender, t Text, text string) error {
	first, err := tx.Exec(finish, one.person, t.ID, tx.Now())
	if err != nil || text == "" {
		return err
	}
	if t.aloud != nil {
		t.aloud.tag, t.aloud.text = one.worker.Language, text
		return nil
	}
	if first == 0 {
		return nil
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	_, err = deliver.Queue(tx, deliver.Message{
		Purpose: "text_reply", Lane: deliver.Duty, Person: one.person, Lang: one.worker.Language, About: t.ID,
		Facts: map[string]any{"Org": org.Name, "Zone": org.TimeZone, "Text": text},
		Route: []deliver.Stop{{Channel: t.channel(), Address: t.From}}, Valid: replyValid,
	})
	return err
}

// replyValid is how long an answer is worth something.
const replyValid = 10 * time.Minute
