package partner

import (
	"errors"
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/partner/connection"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
	"muster/store"
	"muster/timer"
)

// TimerKind is the kind of a case's timer; its subject is the case.
const TimerKind = "case"

// HandOver is what the timer alarm.HandoverTimer does, which a step of a
// procedure sets: the alarm goes to the partners that the steps name. Where
// there is no connection with one, that is in the book, and the next step is
// not waited for; the alarm's own rounds go on whatever comes of it.
func HandOver(tx *store.Tx, t timer.Timer) error {
	which := id.Alarm(t.Subject)
	a, err := alarm.Read(tx, which)
	if err != nil || !a.Open() {
		return err
	}
	links, err := connection.In(tx, connection.Customer)
	if err != nil {
		return err
	}
	went := false
	if named := a.Partners(); len(named) > 0 {
		links = slices.DeleteFunc(links, func(c connection.Connection) bool { return !slices.Contains(named, c.Other) })
		for _, partner := range named {
			if slices.ContainsFunc(links, func(c connection.Connection) bool { return c.Other == partner }) {
				continue
			}
			now, err := alarm.GoOn(tx, which, partner)
			if err != nil {
				return err
			}
			went = went || now
		}
	}
	if went || len(links) == 0 {
		err := ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "alarm.no_partner", Subject: string(which)})
		if err != nil || len(links) == 0 {
			return err
		}
	}
	for _, link := range links {
		if err := tx.Write(ask, which, link.ID, link.Other, tx.Now()); err != nil {
			return err
		}
	}
	tx.Touch("partner")
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "alarm.partner_asked", Subject: string(which), Facts: map[string]any{"Count": len(links)},
	})
}

// Fire is what a case's timer does: a case that nobody has taken is told again,
// and so is one that was taken and not closed.
func Fire(tx *store.Tx, t timer.Timer) error {
	c, err := store.One(tx, hold, scan, id.Case(t.Subject))
	if err != nil || !c.Working() {
		return err
	}
	told, err := tell(tx, &c, t.Due)
	if err != nil {
		return err
	}
	return errors.Join(keep(tx, c), c.book(tx, actor.Engine(), "case.repeated", "", map[string]any{"Round": c.Round, "Told": told}, ""))
}

// learned is what the customer's tenant notes of news that goes to a partner.
func learned(tx *store.Tx, a alarm.Alarm, link id.Link) error {
	which, args := worsen, []any{a.ID, link, string(a.Kind), a.Again}
	if !a.Open() {
		which, args = finish, []any{a.ID, link}
	}
	n, err := tx.Exec(which, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return errSettled
	}
	return ledger.Append(tx, actor.Engine(), ledger.Entry{
		Kind: "alarm.partner_told", Subject: string(a.ID), About: a.Worker, Facts: map[string]any{"State": string(a.State)},
	})
}

// learn puts what has become of an alarm at the customer into the case: closed
// there, graver than when it came, or help was called for once more.
func learn(tx *store.Tx, a alarm.Alarm) error {
	c, err := store.One(tx, of, scan, a.Org, a.ID)
	if err != nil || !c.Working() {
		return err
	}
	if !a.Open() {
		return c.shut(tx, Act{Name: a.Closed.Name, At: tx.Now()}, a.Outcome, a.Closing, actor.Engine(), "")
	}
	if c.Kind == a.Kind {
		return c.insist(tx)
	}
	c.Kind, c.State, c.Round, c.Accepted = a.Kind, Open, 0, Act{}
	told, err := tell(tx, &c, tx.Now())
	if err != nil {
		return err
	}
	return errors.Join(keep(tx, c), c.book(tx, actor.Engine(), "case.graver", "", map[string]any{"Told": told}, ""))
}

// shut ends the case in the partner's tenant.
func (c Case) shut(tx *store.Tx, by Act, outcome alarm.Outcome, closing string, who actor.Actor, rule string) error {
	c, err := c.close(by, outcome, closing)
	if err != nil {
		return err
	}
	facts := map[string]any{
		"Outcome": string(outcome), "AfterMilliseconds": c.Closed.At.Sub(c.Opened).Milliseconds(), "ByCustomer": by.Person == "",
	}
	if !c.FirstAct.IsZero() {
		facts["FirstActMilliseconds"] = c.FirstAct.Sub(c.Opened).Milliseconds()
	}
	_, err = c.announce(tx, deliver.News{By: by.Name, Outcome: string(outcome)}, deliver.AlarmResolved)
	return errors.Join(
		err,
		timer.Cancel(tx, TimerKind, string(c.ID)),
		deliver.CancelAbout(tx, string(c.ID)),
		keep(tx, c),
		c.book(tx, who, "case.closed", rule, facts, closing),
	)
}

// book writes an entry about the case into the partner's book.
func (c Case) book(tx *store.Tx, who actor.Actor, kind, rule string, facts map[string]any, note string) error {
	all := map[string]any{"Customer": c.CustomerName, "CustomerID": string(c.Customer), "Alarm": string(c.Alarm), "Kind": string(c.Kind)}
	for k, v := range facts {
		all[k] = v
	}
	personal := map[string]string{"Worker": c.WorkerName}
	if note != "" {
		personal["Note"] = note
	}
	return ledger.Append(tx, who, ledger.Entry{Kind: kind, Subject: string(c.ID), Rule: rule, Facts: all, Personal: personal})
}
