package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/desk/picture"
	"muster/letin/product"
	"muster/letin/setting"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

// Desk takes what customers ask of support.
type Desk struct {
	Store *store.Store
	Keys  *seal.Keys
}

// Wanted is what somebody asks for.
type Wanted struct {
	Kind    Kind
	Setting string // Ref of the one in the catalogue, if Kind is Setting; empty: not known yet
	Subject string
	Words   string
}

// settled holds what was asked to its limits; faults are at kind, setting,
// subject and words.
func (w Wanted) settled() (Wanted, error) {
	var wrong []error
	keep := func(text *string, field string, most int) {
		clean, err := written(*text, field, most)
		*text = clean
		wrong = append(wrong, err)
	}
	if !known(w.Kind) {
		wrong = append(wrong, fault.New(fault.Invalid, "not_one_of").At("kind"))
	}
	keep(&w.Subject, "subject", mostSubject)
	w.Subject = strings.Join(strings.Fields(w.Subject), " ")
	keep(&w.Words, "words", mostWords)
	if w.Kind != Setting {
		w.Setting = ""
	}
	return w, fault.Join(wrong...)
}

// listed sees to it that a setting is in the catalogue and of a product that the
// customer has, or is left for the agent to find.
func (d Desk) listed(ctx context.Context, org id.Org, ref string) error {
	if ref == "" {
		return nil
	}
	err := d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		one, err := setting.Named(tx, ref)
		if err != nil || one.Of == "" {
			return err
		}
		had, err := product.Has(tx, org, one.Of)
		if err == nil && !had {
			err = fault.New(fault.NotFound, "not_found")
		}
		return err
	})
	if fault.KindOf(err) == fault.NotFound {
		err = fault.New(fault.Invalid, "setting_unknown").At("setting")
	}
	return err
}

// dayLong bounds what one person or address asks for in a day.
const (
	dayLong       = 24 * time.Hour
	mostADay      = 30
	mostWordsADay = 100 // that are said about one request
	mostVague     = 200 // of mail that does not count, in one organisation
)

// Ask takes what somebody writes in the console, or a program sends.
func (d Desk) Ask(ctx context.Context, who actor.Actor, w Wanted) (q Request, err error) {
	w, wrong := w.settled()
	wrong = fault.Join(wrong, d.listed(ctx, who.Org, w.Setting))
	err = d.In(ctx, who.Org, func(tx *store.Tx) error {
		rule, err := policy.Check(who, "askSupport", policy.Resource{Type: "Request", Org: tx.Org(), Person: who.Person})
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		by, from := Console, Sender{Person: who.Person, Name: who.Name, Proved: true}
		if who.Kind == actor.Program || who.Token != "" { // also one that stands for a person
			by, from.Proved = API, false
		}
		from.Administrator = who.Has(actor.Administrator, "")
		if q, err = begin(tx, w, by, from); err != nil {
			return err
		}
		d.TellQueue(tx, q)
		return errors.Join(
			q.Append(tx, Line{Side: Customer, Person: who.Person, Name: who.Name, Words: w.Words, Proved: from.Proved}),
			q.book(tx, who, "request.asked", rule, w.Words),
			d.acknowledge(tx, q),
		)
	})
	return q, err
}

// begin makes the row of a request.
func begin(tx *store.Tx, w Wanted, by Channel, from Sender) (Request, error) {
	q := Request{
		ID: id.New[id.Request](), Org: tx.Org(), Year: tx.Now().Year(), Channel: by, Kind: w.Kind, Setting: w.Setting, Subject: w.Subject,
		Sender: from, State: New, Made: tx.Now(), Changed: tx.Now(), Doubt: w.Kind.doubt(by, from),
	}
	phase, err := account.Phase(tx)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return q, err
	}
	q.Department = w.Kind.home(phase == account.Onboarding)
	if q.Doubt == "" {
		q.Counted = tx.Now()
	}
	many, err := store.One(tx, recent, store.Scalar[int], tx.Now().Add(-dayLong), strings.ToLower(from.Address), from.Proved, from.Person, string(by), from.Name)
	if err == nil && many >= mostADay {
		err = fault.New(fault.Limited, "too_many").With("Max", mostADay)
	}
	if err != nil {
		return q, err
	}
	if q.Number, err = store.One(tx, nextNumber, store.Scalar[int], q.Year); err != nil {
		return q, err
	}
	if org, err := roster.Get(tx); err == nil {
		q.OrgName = org.Name
	}
	return q, q.Keep(tx)
}

// Keep saves a request that was held.
func (q Request) Keep(tx *store.Tx) error {
	q.Changed = tx.Now()
	tx.Touch("request:" + string(q.ID))
	tx.Touch("requests")
	return tx.Write(put, q.ID, q.Year, q.Number, string(q.Channel), string(q.Kind), q.Setting, q.Subject, q.Sender.Person, q.Sender.Name,
		q.Sender.Address, q.Sender.Administrator, q.Sender.Proved, string(q.Doubt), q.Counted, q.Vouched, string(q.State), string(q.Department),
		q.Agent, q.AgentName, q.Outcome, q.Insisted, q.Made, q.Changed, q.Closed)
}

// Side is whose words a line has.
type Side string

// The sides.
const (
	Customer Side = "customer"
	Support  Side = "support"
	Inside   Side = "inside" // a note that the customer does not see
	Event    Side = "event"  // what was done about it; its words are the key of a text
)

// Line is one thing that was said about a request, or done.
type Line struct {
	At       time.Time
	Side     Side
	Person   id.Person
	Staff    id.Staff
	Name     string
	Address  string // that a mail came from
	Proved   bool   // it is certain that it is theirs
	Words    string
	Template string // which one the words began as
	Mail     string // Message-ID
	Digest   string // hexadecimal SHA-256 of the mail
	Message  id.Message
	Number   int            // in the conversation; it is given by Append
	Pictures []picture.Kept // that went with it, where the reader may see them
}

// Append adds a line to the conversation.
func (q Request) Append(tx *store.Tx, l Line) error {
	return tx.Write(addLine, q.ID, tx.Now(), string(l.Side), l.Person, l.Staff, l.Name, l.Address, l.Proved, l.Words, l.Template, l.Mail, l.Digest, l.Message)
}

// Lines are what was said about a request, in its order.
func (q Request) Lines(tx *store.Tx) ([]Line, error) {
	return store.All(tx, lines, scanLine, q.ID)
}

// Get reads a request of the unit's organisation. It asks policy nothing.
func Get(tx *store.Tx, which id.Request) (Request, error) { return store.One(tx, get, scan, which) }

// Hold reads a request for a change, and asks whether the actor may do this
// about it; more is what else is known of it.
func Hold(tx *store.Tx, who actor.Actor, which id.Request, action string, more policy.Fact) (q Request, rule string, err error) {
	if _, err = store.One(tx, hold, store.Scalar[string], which); err != nil {
		return q, "", err
	}
	if q, err = store.One(tx, get, scan, which); err != nil {
		return q, "", err
	}
	if action == "vouchRequest" || action == "insist" {
		ours, err := identity.Employed(tx, who.Person, "")
		if err != nil {
			return q, "", err
		}
		if ours {
			more |= policy.Employed
		}
	}
	if rule, err = q.may(who, action, more); err == nil && q.Kind == TestData && !q.Counts() && (action == "approveDeletion" || action == "passDeletion") {
		err = fault.New(fault.Conflict, "request_uncounted") // FL10: asked by telephone only, or by nobody who is known
	}
	return q, rule, err
}

// may asks policy.
func (q Request) may(who actor.Actor, action string, more policy.Fact) (string, error) {
	on := policy.Resource{Type: "Request", ID: string(q.ID), Org: q.Org, Person: q.Sender.Person, Facts: more}
	if who.Kind == actor.Staff && who.Support.Department == q.Department {
		on.Facts |= policy.Ours
	}
	if who.Token != "" {
		on.Facts |= policy.Programmed
	}
	return policy.Check(who, action, on)
}

// seat is the organisation of a request.
func (d Desk) seat(ctx context.Context, which id.Request) (org id.Org, err error) {
	err = d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		org, err = store.One(tx, where, store.Scalar[id.Org], which)
		return err
	})
	return org, err
}

// As runs a command on a request, wherever it is: the unit is that of the
// customer's organisation.
func (d Desk) As(ctx context.Context, who actor.Actor, which id.Request, do func(tx *store.Tx) error) error {
	return d.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		org, err := store.One(tx, where, store.Scalar[id.Org], which)
		if err == nil && who.Kind != actor.Staff && who.Org != org {
			err = fault.New(fault.NotFound, "not_found")
		}
		if err != nil {
			return err
		}
		return d.Within(tx, org, do)
	})
}

// In runs a command in one organisation; whom of the provider's it concerns is
// told in the same unit.
func (d Desk) In(ctx context.Context, org id.Org, do func(tx *store.Tx) error) error {
	return d.Store.Across().Do(ctx, func(tx *store.AcrossTx) error { return d.Within(tx, org, do) })
}

// Within is In as part of a unit over all organisations.
func (d Desk) Within(tx *store.AcrossTx, org id.Org, do func(tx *store.Tx) error) error {
	var said *news
	err := tx.For(org, func(tx *store.Tx) error {
		said = newsOf(tx)
		return do(tx)
	})
	if err != nil {
		return err
	}
	return said.send(tx)
}

// book writes what was done about a request into the customer's book.
func (q Request) book(tx *store.Tx, who actor.Actor, kind, rule, words string) error {
	personal := map[string]string{}
	for name, text := range map[string]string{"Sender": q.Sender.Name, "Address": q.Sender.Address, "Words": words} {
		if text != "" {
			personal[name] = text
		}
	}
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(q.ID), About: q.Sender.Person, Rule: rule, Personal: personal,
		Facts: map[string]any{
			"Reference": q.Reference(), "About": string(q.Kind), "Setting": q.Setting, "Channel": string(q.Channel),
			"Counts": q.Counts(), "Doubt": string(q.Doubt), "State": string(q.State), "Department": string(q.Department),
		},
	})
}

// Book writes what another room did about a request into the customer's book.
func (q Request) Book(tx *store.Tx, who actor.Actor, kind, rule string, facts map[string]any, personal map[string]string) error {
	all := map[string]any{"Reference": q.Reference(), "State": string(q.State)}
	for name, v := range facts {
		all[name] = v
	}
	return ledger.Append(tx, who, ledger.Entry{
		Kind: kind, Subject: string(q.ID), About: q.Sender.Person, Rule: rule, Facts: all, Personal: personal,
	})
}

// vouch has a request count by somebody's word, and writes down whose and by
// which rule. The caller saves it.
func (q Request) vouch(tx *store.Tx, who actor.Actor, rule string) (Request, error) {
	q.Counted, q.Vouched, q.Doubt = tx.Now(), who.Name, ""
	return q, errors.Join(q.note(tx, who, "request.line.vouched"), q.book(tx, who, "request.vouched", rule, ""))
}
