package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/policy"
	"muster/roster"
	"muster/roster/address"
	"muster/store"
)

// Noted is what an agent writes down that somebody of a customer's asked by
// telephone or in a chat.
type Noted struct {
	Wanted
	Org     id.Org
	Channel Channel // Phone or Chat
	Name    string  // who they say they are
	Address string  // number, mail address or name in the chat
}

// Note writes down what an agent was asked by telephone or in a chat. It does
// not count until somebody of the customer's has confirmed it (FL10).
func (d Desk) Note(ctx context.Context, who actor.Actor, n Noted) (q Request, err error) {
	w, wrong := n.settled()
	wrong = fault.Join(wrong, d.listed(ctx, n.Org, w.Setting))
	if n.Channel != Phone && n.Channel != Chat {
		wrong = fault.Join(wrong, fault.New(fault.Invalid, "not_one_of").At("channel"))
	}
	err = d.In(ctx, n.Org, func(tx *store.Tx) error {
		if _, err := roster.Get(tx); err != nil {
			return err
		}
		rule, err := policy.Check(who, "noteRequest", policy.Resource{Type: "Request", Org: n.Org})
		if err != nil {
			return err
		}
		from := Sender{Name: clip(n.Name, mostSubject), Address: clip(n.Address, mostSubject)}
		if p, known, err := reachedAt(tx, n.Address); err != nil {
			return err
		} else if known {
			from.Person, from.Name, from.Administrator = p.Person, p.Name, administers(p)
		} else if from.Name == "" {
			wrong = fault.Join(wrong, fault.New(fault.Invalid, "required").At("name"))
		}
		if wrong != nil {
			return wrong
		}
		if q, err = begin(tx, w, n.Channel, from); err != nil {
			return err
		}
		d.TellQueue(tx, q)
		return errors.Join(
			q.Append(tx, Line{Side: Customer, Person: from.Person, Staff: who.Staff, Name: from.Name, Address: from.Address, Words: w.Words}),
			q.book(tx, who, "request.noted", rule, w.Words), d.acknowledge(tx, q),
		)
	})
	return q, err
}

// reachedAt finds the one person of the roster whom an address or number
// reaches. Nobody is listed to choose from: who is on a customer's roster is
// not support's to read (FL1).
func reachedAt(tx *store.Tx, typed string) (found roster.Person, known bool, err error) {
	org, err := roster.Get(tx)
	if err != nil {
		return found, false, err
	}
	to, err := address.Email(typed)
	if err != nil {
		if to, err = address.Phone(typed, org.Country); err != nil {
			return found, false, nil // a name in a chat
		}
	}
	people, err := roster.List(tx, roster.Filter{Text: to})
	for _, p := range people {
		if !slices.ContainsFunc(p.Points, func(at roster.Point) bool { return at.Address == to }) {
			continue
		}
		if known {
			return roster.Person{}, false, nil // shared: it does not say who
		}
		found, known = p, true
	}
	return found, known, err
}

// administers tells whether somebody is an administrator of the whole
// organisation.
func administers(p roster.Person) bool {
	return actor.Actor{Roles: p.Roles}.Has(actor.Administrator, "")
}

// Take gives a request to the agent who asks for it.
func (d Desk) Take(ctx context.Context, who actor.Actor, which id.Request) error {
	return d.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "answerRequest", 0)
		if err != nil {
			return err
		}
		if q, err = q.take(who.Staff, who.Name); err != nil {
			return err
		}
		return errors.Join(q.Keep(tx), q.note(tx, who, "request.line.taken"), q.book(tx, who, "request.taken", rule, ""))
	})
}

// note puts what was done into the conversation.
func (q Request) note(tx *store.Tx, who actor.Actor, key string) error {
	return q.Append(tx, Line{Side: Event, Staff: who.Staff, Person: who.Person, Name: who.Name, Words: key})
}

// Answer is what an agent writes to the customer.
type Answer struct {
	Template string   // that it began as; empty: none
	Words    string   // as they are sent
	Asks     bool     // something is needed of the customer before it goes on
	Pictures [][]byte // of the customer's own data, as they were sent up (FL12)
}

// Reply writes to whoever asks, and keeps it in the conversation. The agent
// must have taken the request.
func (d Desk) Reply(ctx context.Context, who actor.Actor, which id.Request, a Answer) error {
	words, wrong := written(a.Words, "words", mostWords)
	pictures, err := d.ready(ctx, who, which, a.Pictures)
	if err != nil && fault.From(err).Field == "" {
		return err // not of the pictures: who may not answer is told nothing of them
	}
	wrong = fault.Join(wrong, err)
	return d.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "answerRequest", 0)
		if err == nil {
			err = q.mine(who.Staff)
		}
		if err = fault.Join(err, wrong); err != nil {
			return err
		}
		if a.Asks {
			q = q.wait()
		}
		mail, err := d.send(tx, who, q, Answer{Template: a.Template, Words: words})
		return errors.Join(
			err, q.Keep(tx), q.book(tx, who, "request.answered", rule, words), d.enclose(tx, who, q, mail, pictures),
		)
	})
}

// Send writes to whoever asks, as part of a unit that books it. Where there is
// no address the words stand in the console alone.
func (d Desk) Send(tx *store.Tx, who actor.Actor, q Request, a Answer) error {
	_, err := d.send(tx, who, q, a)
	return err
}

func (d Desk) send(tx *store.Tx, who actor.Actor, q Request, a Answer) (id.Message, error) {
	words := a.Words
	if q.Doubt.confirmable() {
		words += "\n\n" + q.named(q.Language(tx))
	}
	m, err := d.mail(tx, q, "request_reply", map[string]any{"By": who.Name, "Words": words})
	if err != nil {
		return "", err
	}
	return m, q.Append(tx, Line{Side: Support, Staff: who.Staff, Name: who.Name, Words: a.Words, Template: a.Template, Message: m})
}

// Jot keeps a note that the customer does not see.
func (d Desk) Jot(ctx context.Context, who actor.Actor, which id.Request, words string) error {
	words, wrong := written(words, "note", mostReason)
	return d.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "answerRequest", 0)
		if err = fault.Join(err, wrong); err != nil {
			return err
		}
		return errors.Join(
			q.Append(tx, Line{Side: Inside, Staff: who.Staff, Name: who.Name, Words: words}), q.Keep(tx),
			q.book(tx, who, "request.jotted", rule, ""),
		)
	})
}

// Classify says what a request is about; whether it counts is asked anew.
func (d Desk) Classify(ctx context.Context, who actor.Actor, which id.Request, kind Kind, setting string) error {
	if kind != Setting {
		setting = ""
	}
	org, err := d.seat(ctx, which)
	if err != nil {
		return err
	}
	wrong := d.listed(ctx, org, setting)
	return d.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "answerRequest", 0)
		if err == nil {
			err = q.mine(who.Staff)
		}
		if err != nil {
			return err
		}
		switch {
		case !known(kind):
			return fault.New(fault.Invalid, "not_one_of").At("kind")
		case kind == Setting && setting == "":
			return fault.New(fault.Invalid, "required").At("setting")
		case wrong != nil:
			return wrong
		}
		counted := q.Counts()
		if q, err = q.classify(tx, kind, setting); err != nil {
			return err
		}
		if !q.Counts() && (counted || q.Doubt.confirmable()) {
			err = d.acknowledge(tx, q) // they are asked to confirm what it is now, and nothing else
		}
		return errors.Join(err, q.Keep(tx), q.note(tx, who, lineClassified), q.book(tx, who, "request.classified", rule, ""))
	})
}

// classify settles the kind. Whoever vouched for it did so for what it was
// about then.
func (q Request) classify(tx *store.Tx, kind Kind, setting string) (Request, error) {
	if kind == q.Kind && setting == q.Setting {
		return q, fault.New(fault.Conflict, "already_done")
	}
	said, err := q.Lines(tx)
	if err == nil {
		q.Sender, err = q.Sender.asNow(tx, q.Channel)
	}
	if err != nil {
		return q, err
	}
	before := slices.ContainsFunc(said, func(l Line) bool { return l.Side == Event && l.Words == lineClassified })
	q.Doubt, q.Counted = q.renamed(kind, before), time.Time{}
	if q.Doubt == "" {
		q.Counted = tx.Now()
	}
	q.Kind, q.Setting, q.Vouched = kind, setting, ""
	return q, nil
}

const lineClassified = "request.line.classified"

// asNow is who asked, as they are by now: whoever has left the roster asks for
// nothing any more, and the director's address may be another.
func (s Sender) asNow(tx *store.Tx, by Channel) (now Sender, err error) {
	if s.Person != "" {
		p, err := roster.Find(tx, s.Person)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return s, err
		}
		s.Administrator, s.gone = p.Active && administers(p), !p.Active
	}
	if by == Mail && s.Proved {
		s.Director, err = directs(tx, s.Address)
	}
	return s, err
}

// HandOver gives a request to another department, with a reason that stays
// inside the provider. What no rule covers goes to second line (FL13).
func (d Desk) HandOver(ctx context.Context, who actor.Actor, which id.Request, to actor.Department, reason string) error {
	reason, wrong := written(reason, "reason", mostReason)
	return d.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "answerRequest", 0)
		if err = fault.Join(err, wrong); err != nil {
			return err
		}
		from := q.Department
		if q, err = q.hand(to); err != nil {
			return err
		}
		d.TellQueue(tx, q)
		return errors.Join(
			q.Keep(tx), q.note(tx, who, "request.line.handed_"+string(to)),
			q.Append(tx, Line{Side: Inside, Staff: who.Staff, Name: who.Name, Words: reason}),
			q.Book(tx, who, "request.handed", rule, map[string]any{"From": string(from), "To": string(to)}, map[string]string{"Why": reason}),
		)
	})
}

// Close ends a request: Done with what came of it, or Refused with why; the
// customer reads either.
func (d Desk) Close(ctx context.Context, who actor.Actor, which id.Request, as State, outcome string) error {
	outcome, wrong := written(outcome, "outcome", mostReason)
	if as.Open() {
		wrong = fault.Join(wrong, fault.New(fault.Invalid, "not_one_of").At("state"))
	}
	return d.As(ctx, who, which, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "answerRequest", 0)
		if err == nil {
			err = q.mine(who.Staff)
		}
		if err == nil && q.Department == actor.Development && q.State == Development {
			err = fault.New(fault.Conflict, "request_elsewhere")
		}
		if err = fault.Join(err, wrong); err != nil {
			return err
		}
		return d.Finish(tx, who, q, as, outcome, rule)
	})
}

// Finish ends a request as part of a unit, and tells the customer.
func (d Desk) Finish(tx *store.Tx, who actor.Actor, q Request, as State, outcome, rule string) error {
	q = q.close(as, outcome, tx.Now())
	_, err := d.mail(tx, q, "request_"+string(as), map[string]any{"By": who.Name, "Words": outcome})
	return errors.Join(err, q.Keep(tx), q.note(tx, who, "request.line."+string(as)), q.book(tx, who, "request."+string(as), rule, outcome))
}

// Say takes what the customer adds in the console.
func (d Desk) Say(ctx context.Context, who actor.Actor, which id.Request, words string) error {
	words, wrong := written(words, "words", mostWords)
	return d.In(ctx, who.Org, func(tx *store.Tx) error {
		q, _, err := Hold(tx, who, which, "seeRequest", 0)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "askSupport", policy.Resource{Type: "Request", Org: tx.Org(), Person: who.Person})
		if err = fault.Join(err, wrong); err != nil {
			return err
		}
		return d.hear(tx, who, q, Line{Person: who.Person, Name: who.Name, Words: words, Proved: who.Kind == actor.Person && who.Token == ""}, rule)
	})
}

// hear takes a word of the customer's, by whatever way it came.
func (d Desk) hear(tx *store.Tx, who actor.Actor, q Request, l Line, rule string) error {
	n, err := store.One(tx, heard, store.Scalar[int], q.ID, tx.Now().Add(-dayLong))
	if err == nil && n >= mostWordsADay {
		err = fault.New(fault.Limited, "too_many").With("Max", mostWordsADay)
	}
	if err != nil {
		return err
	}
	l.Side = Customer
	counted := q.Counts()
	q = q.again().heard()
	d.tellAgent(tx, q)
	err = errors.Join(q.Append(tx, l), q.Keep(tx), q.book(tx, who, "request.heard", rule, l.Words))
	if counted && !q.Counts() {
		err = errors.Join(err, d.acknowledge(tx, q))
	}
	return err
}

// Vouch is an administrator's word that a request which does not count is
// theirs: from then on it counts. mark is that of the request as they read it; if
// it is about something else by now it is Conflict "read_again".
func (d Desk) Vouch(ctx context.Context, who actor.Actor, which id.Request, mark string) error {
	return d.In(ctx, who.Org, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "vouchRequest", 0)
		switch {
		case err != nil:
			return err
		case q.Counts():
			return fault.New(fault.Conflict, "already_done")
		case !q.State.Open():
			return fault.New(fault.Conflict, "request_closed")
		case q.Mark() != mark:
			return fault.New(fault.Conflict, "read_again")
		}
		q, err = q.heard().vouch(tx, who, rule)
		d.tellAgent(tx, q)
		return errors.Join(err, q.Keep(tx))
	})
}

// Insist records that the customer wants it against a refusal, and why; the
// head of the department is told (FL14).
func (d Desk) Insist(ctx context.Context, who actor.Actor, which id.Request, words string) error {
	words, wrong := written(words, "words", mostReason)
	return d.In(ctx, who.Org, func(tx *store.Tx) error {
		q, rule, err := Hold(tx, who, which, "insist", 0)
		if err == nil && !q.Counts() {
			err = fault.New(fault.Conflict, "request_uncounted")
		}
		if err = fault.Join(err, wrong); err != nil {
			return err
		}
		q = q.heard()
		q.Insisted = tx.Now()
		d.TellHead(tx, q, "request_insisted", words)
		d.tellAgent(tx, q)
		return errors.Join(
			q.Append(tx, Line{Side: Customer, Person: who.Person, Name: who.Name, Words: words, Proved: true}), q.Keep(tx),
			q.note(tx, who, "request.line.insisted"), q.book(tx, who, "request.insisted", rule, words),
		)
	})
}

// answerable is the message's address: whoever asked, where they asked from.
func (q Request) answerable(tx *store.Tx) (r roster.Recipient, stop deliver.Stop, err error) {
	if q.Sender.Person != "" {
		if r, err = roster.Reach(tx, q.Sender.Person); err != nil {
			return r, stop, err
		}
	}
	stop = deliver.Stop{Channel: roster.Email, Address: r.First(roster.Email)}
	if q.Channel == Mail {
		if stop.Address = q.Sender.Address; !q.Sender.Proved {
			stop.Address = "" // somebody's name was used: their own system has told the sender
		}
	}
	return r, stop, nil
}
