package partner

import (
	"context"
	"errors"
	"slices"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/seal"
	"muster/store"
	"muster/timer"
)

// Desk carries out what a partner's operators do with cases. Each deed is one
// unit over the customer's tenant and the partner's, with an entry in either
// book.
type Desk struct {
	Store *store.Store
	Keys  *seal.Keys // to compare and to show safe words
}

// deed is what an operator does with one case.
type deed struct {
	action string
	inside func(tx *store.Tx, who actor.Actor, c Case) error               // in the customer's tenant
	own    func(tx *store.Tx, c Case, rule string) (after Case, err error) // in the partner's
}

// do carries out a deed. The customer's connection must be working and the
// alarm handed over: who ended the connection has ended this too.
func (d Desk) do(ctx context.Context, who actor.Actor, which id.Case, what deed) (c Case, err error) {
	rule, err := policy.Check(who, what.action, Case{Org: who.Org, ID: which}.resource())
	if err != nil {
		return c, err
	}
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		c, err = store.One(tx, get, scan, which)
		return err
	})
	if err != nil {
		return c, err
	}
	err = d.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		if c.Working() {
			if err := tx.For(c.Customer, func(tx *store.Tx) error { return c.enter(tx, who, what) }); err != nil {
				return err
			}
		}
		return tx.For(c.Org, func(tx *store.Tx) error {
			if err := store.Claim(tx); err != nil {
				return err
			}
			if err := timer.Hold(tx, TimerKind, string(which)); err != nil {
				return err
			}
			now, err := store.One(tx, hold, scan, which)
			if err != nil {
				return err
			}
			c, err = what.own(tx, now, rule)
			return err
		})
	})
	return c, err
}

// enter does the customer's side of a deed.
func (c Case) enter(tx *store.Tx, who actor.Actor, what deed) error {
	link, err := connection.Working(tx, c.Link)
	if err != nil {
		return err
	}
	n, err := store.One(tx, passed, store.Scalar[int], c.Alarm, c.Link)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "case_elsewhere")
	}
	return what.inside(tx, link.Inside(who, link.OtherName), c)
}

// Accept takes charge of a case: the alarm is acknowledged at the customer, in
// the operator's and the partner's name. A colleague who has it already is
// Conflict "already_acknowledged", unless instead says that the case changes
// hands.
func (d Desk) Accept(ctx context.Context, who actor.Actor, which id.Case, instead bool) (Case, error) {
	return d.do(ctx, who, which, deed{
		action: "acceptCase",
		inside: func(tx *store.Tx, inside actor.Actor, c Case) error {
			_, err := alarm.Hand{Tx: tx, Who: inside}.Acknowledge(c.Alarm, "")
			if fault.From(err) == nil || fault.From(err).Code != "already_acknowledged" {
				return err
			}
			// Somebody at the customer, or a colleague, was quicker: two heads
			// are no mistake, and the book says who came too.
			return ledger.Append(tx, inside, ledger.Entry{
				Kind: "alarm.partner_joined", Subject: string(c.Alarm), Personal: map[string]string{"Worker": c.WorkerName},
			})
		},
		own: func(tx *store.Tx, c Case, rule string) (Case, error) {
			if instead && c.State == Accepted && c.Accepted.Person != who.Person {
				c.State, c.Accepted = Open, Act{}
			}
			was := c.State
			c, err := c.accept(Act{Person: who.Person, Name: who.Name, At: tx.Now()})
			if err != nil || was == Accepted {
				return c, err
			}
			return c, errors.Join(deliver.CancelAbout(tx, string(c.ID)), timer.Set(tx, TimerKind, string(c.ID), tx.Now().Add(askAgain)), keep(tx, c), c.book(tx, who, "case.accepted", rule,
				map[string]any{"AfterMilliseconds": tx.Now().Sub(c.Opened).Milliseconds()}, ""))
		},
	})
}

// Note writes a sentence into the case and into the customer's alarm.
func (d Desk) Note(ctx context.Context, who actor.Actor, which id.Case, text string) (Case, error) {
	return d.do(ctx, who, which, deed{
		action: "noteCase",
		inside: func(tx *store.Tx, inside actor.Actor, c Case) error {
			return alarm.Hand{Tx: tx, Who: inside}.Note(c.Alarm, text)
		},
		own: func(tx *store.Tx, c Case, rule string) (Case, error) {
			if !c.Working() {
				return c, c.over()
			}
			c = c.acted(tx.Now())
			return c, errors.Join(keep(tx, c), c.book(tx, who, "case.noted", rule, nil, text))
		},
	})
}

// Close ends the alarm at the customer, with its outcome and a sentence, and
// the case with it.
func (d Desk) Close(ctx context.Context, who actor.Actor, which id.Case, outcome alarm.Outcome, closing string) (Case, error) {
	if !slices.Contains(alarm.Outcomes(), outcome) {
		return Case{}, fault.New(fault.Invalid, "unknown_outcome").At("outcome")
	}
	return d.do(ctx, who, which, deed{
		action: "closeCase",
		inside: func(tx *store.Tx, inside actor.Actor, c Case) error {
			_, err := alarm.ResolveIn(tx, inside, c.Alarm, outcome, closing)
			if err != nil {
				return err
			}
			return tx.Write(finish, c.Alarm, c.Link)
		},
		own: func(tx *store.Tx, c Case, rule string) (Case, error) {
			by := Act{Person: who.Person, Name: who.Name, At: tx.Now()}
			if !c.Working() {
				return c, c.over()
			}
			err := c.shut(tx, by, outcome, closing, who, rule)
			c, _ = c.close(by, outcome, closing)
			return c, err
		},
	})
}

// CheckWord tells whether what a worker says is their safe word (SS8). The word
// itself is not shown; capitals, accents, spaces and marks do not count. Too
// many wrong ones in one case are Limited "too_many_guesses".
func (d Desk) CheckWord(ctx context.Context, who actor.Actor, which id.Case, said string) (right bool, err error) {
	_, err = d.do(ctx, who, which, deed{
		action: "noteCase",
		inside: func(tx *store.Tx, inside actor.Actor, c Case) error {
			if err := c.handling(who); err != nil {
				return err
			}
			worker, err := workerOf(tx, inside, c)
			if err != nil {
				return err
			}
			right, err = enrol.Secret{Tx: tx, Keys: d.Keys, Inside: inside}.Is(worker, c.Alarm, said)
			return err
		},
		own: func(tx *store.Tx, c Case, rule string) (Case, error) {
			if err := c.handling(who); err != nil {
				return c, err
			}
			if c.Guesses >= maxGuesses { // as the row that is held says: guesses may come side by side
				return c, fault.New(fault.Limited, "too_many_guesses")
			}
			if c = c.acted(tx.Now()); !right {
				c.Guesses++
			}
			return c, errors.Join(keep(tx, c), c.book(tx, who, "case.word_checked", rule, map[string]any{"Right": right}, ""))
		},
	})
	return right && err == nil, err
}

// ShowWord shows the safe word to the operator who is handling the alarm. The
// worker and the customer see that it was looked at, by whom and when (SS8).
func (d Desk) ShowWord(ctx context.Context, who actor.Actor, which id.Case) (word string, err error) {
	_, err = d.do(ctx, who, which, deed{
		action: "noteCase",
		inside: func(tx *store.Tx, inside actor.Actor, c Case) error {
			if err := c.handling(who); err != nil {
				return err
			}
			worker, err := workerOf(tx, inside, c)
			if err != nil {
				return err
			}
			word, err = enrol.Secret{Tx: tx, Keys: d.Keys, Inside: inside}.Show(worker, c.Alarm)
			return err
		},
		own: func(tx *store.Tx, c Case, rule string) (Case, error) {
			if err := c.handling(who); err != nil {
				return c, err
			}
			c = c.acted(tx.Now())
			return c, errors.Join(keep(tx, c), c.book(tx, who, "case.word_looked", rule, nil, ""))
		},
	})
	if err != nil {
		return "", err
	}
	return word, nil
}

func workerOf(tx *store.Tx, inside actor.Actor, c Case) (id.Person, error) {
	a, err := alarm.Hand{Tx: tx, Who: inside}.See(c.Alarm)
	return a.Worker, err
}

// Ended closes what is still open when a connection ends; it runs in each
// side's unit.
func Ended(tx *store.Tx, link connection.Connection) error {
	if link.Side == connection.Customer {
		return errors.Join(callAgain(tx, link.ID), tx.Write(finishAll, link.ID))
	}
	all, err := store.All(tx, through, scan, link.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := c.shut(tx, Act{At: tx.Now()}, "", "", actor.Engine(), ""); err != nil {
			return err
		}
	}
	return nil
}

// callAgain calls people to the alarms that an operator of the partner had in
// hand: nobody has them any more.
func callAgain(tx *store.Tx, link id.Link) error {
	all, err := store.All(tx, withPartner, store.Scalar[id.Alarm], link)
	if err != nil {
		return err
	}
	for _, which := range all {
		a, err := alarm.Read(tx, which)
		if err != nil {
			return err
		}
		if a.State != alarm.Acknowledged {
			continue
		}
		_, err = roster.Find(tx, a.Ack.By)
		if errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			err = timer.Set(tx, alarm.TimerKind, string(which), tx.Now())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
