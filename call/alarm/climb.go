package alarm

import (
	"errors"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/procedure"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// HandoverTimer is the kind of timer that hands an alarm over to the
// monitoring partners among those it has called; its subject is the alarm.
const HandoverTimer = "handover"

// words are what an alarm's messages are about in one turn.
type words struct{ known, fresh string }

var (
	firstWords  = words{"alarm_raised", "alarm_raised"}
	repeatWords = words{"alarm_repeated", "alarm_widened"}
	openWords   = words{"alarm_open", "alarm_open"}
)

// turn is what an alarm does at one instant while nobody answers.
type turn struct {
	org   roster.Organisation
	begun []procedure.Rung // the steps that begin
	round bool             // everybody is called whom the steps so far mean
	ended bool             // it was the last step's turn: now everybody is called
	wrong error            // why the ladder cannot be read, if it cannot
	calls calls
}

// turnOf lets the steps of the ladder begin whose time has come, and says whom
// to call; it changes nothing but the alarm that it returns. What is due next
// is reckoned from when this was due, so that lateness never adds up.
//
// A ladder that cannot be read, whole (wrong says why) or in part, keeps nobody
// from being called: the alarm is everybody's at once. Where it is the database
// that fails, the rest of the unit does too.
func turnOf(tx *store.Tx, a Alarm, l procedure.Ladder, wrong error) (_ Alarm, t turn, err error) {
	if t.org, err = roster.Get(tx); err != nil {
		return a, t, err
	}
	before := a.Step
	if t.wrong = wrong; wrong != nil {
		a, t.ended = a.exhausted(), true
	}
	for !a.StepDue.IsZero() && !a.StepDue.After(tx.Now()) {
		if a.Step >= len(l.Steps) {
			a, t.ended = a.exhausted(), true
			break
		}
		r, err := l.Rung(tx, a.Step+1, tx.Now(), a.Worker)
		if err != nil {
			a, t.ended, t.wrong = a.exhausted(), true, err
			break
		}
		r.Due = a.StepDue
		a = a.begin(r)
		t.begun = append(t.begun, r)
	}
	t.calls.not = a.Worker
	for _, r := range t.begun {
		t.calls.add(r.People, r.Channels)
	}
	if t.round = !a.AgainDue.After(tx.Now()); !t.round {
		a.Told += len(t.calls.all)
		return a, t, nil
	}
	if err := t.calls.again(tx, a, l, before); err != nil {
		return a, t, err
	}
	a = a.nextRound(rhythmOf(t.org), tx.Now())
	a.Told = len(t.calls.all)
	return a, t, nil
}

// ring calls the people of the turn, hands over to the partners, and sets the
// time of the next turn.
func (t turn) ring(tx *store.Tx, a Alarm, say words) error {
	if t.round && a.Round > 1 { // what is still waiting to leave is said anew
		if err := deliver.CancelCalls(tx, string(a.ID)); err != nil {
			return err
		}
	}
	for _, r := range t.begun {
		if r.Whom != procedure.Partner || r.Why != procedure.Called {
			continue
		}
		if err := timer.Set(tx, HandoverTimer, string(a.ID), tx.Now()); err != nil {
			return err
		}
	}
	if err := t.calls.summon(tx, a, t.org, say); err != nil {
		return err
	}
	return timer.Set(tx, TimerKind, string(a.ID), a.next())
}

// book writes down which steps began, but for those of the built-in ladder
// that called somebody: the round says that.
func (t turn) book(tx *store.Tx, a Alarm) error {
	if t.wrong != nil {
		err := ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "alarm.ladder_unreadable", Subject: string(a.ID), About: a.Worker, Facts: map[string]any{"Why": fault.From(t.wrong).Code},
			Personal: map[string]string{"Worker": a.WorkerName},
		})
		if err != nil {
			return err
		}
	}
	for _, r := range t.begun {
		if a.Procedure == "" && r.Why == procedure.Called {
			continue
		}
		facts := map[string]any{"Step": r.Number, "Told": len(r.People), "Version": a.Version, "Procedure": string(a.Procedure)}
		if r.Why != procedure.Called {
			facts["Kind"] = string(r.Why)
		} else if r.Whom == procedure.Partner {
			facts["Kind"] = string(procedure.Partner)
		}
		err := ledger.Append(tx, actor.Engine(), ledger.Entry{
			Kind: "alarm.step", Subject: string(a.ID), About: a.Worker, Facts: facts,
			Personal: map[string]string{"Worker": a.WorkerName},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// calls are the people to call in one turn, each once.
type calls struct {
	not id.Person
	all []callee
}

// callee is somebody to call: as they prefer, on the channels that a step
// names, or both.
type callee struct {
	roster.Recipient
	prefer bool
	named  []string
}

func (c *calls) add(people []roster.Recipient, channels []string) {
	for _, p := range people {
		if p.Person == c.not {
			continue // nobody is called to their own help
		}
		i := slices.IndexFunc(c.all, func(known callee) bool { return known.Person == p.Person })
		if i < 0 {
			c.all = append(c.all, callee{Recipient: p})
			i = len(c.all) - 1
		}
		c.all[i].prefer = c.all[i].prefer || len(channels) == 0
		c.all[i].named = append(c.all[i].named, channels...)
	}
}

// again adds whomever the steps that began before mean now; an alarm that
// begins anew, everybody it has called; and one that has become everybody's,
// everybody.
func (c *calls) again(tx *store.Tx, a Alarm, l procedure.Ladder, before int) error {
	for n := 1; n <= min(before, len(l.Steps)); n++ {
		r, err := l.Rung(tx, n, tx.Now(), a.Worker)
		if err != nil {
			a = a.exhausted() // whom this step means is everybody, then
			break
		}
		c.add(r.People, r.Channels)
	}
	if a.Round == 0 { // it begins anew
		if err := c.called(tx, a); err != nil {
			return err
		}
	}
	if !a.Wide {
		return nil
	}
	everybody, err := roster.EveryResponder(tx)
	c.add(everybody, nil)
	return err
}

// called adds everybody whom a step has called and who is still there.
func (c *calls) called(tx *store.Tx, a Alarm) error {
	for _, one := range strings.Fields(a.called) {
		person, err := id.Parse[id.Person](one)
		if err != nil || c.has(person) {
			continue // a partner, or called anyway
		}
		p, err := roster.Find(tx, person)
		if err != nil {
			return err
		}
		if p.Active {
			c.add([]roster.Recipient{p.Recipient}, nil)
		}
	}
	return nil
}

func (c *calls) has(who id.Person) bool {
	return slices.ContainsFunc(c.all, func(p callee) bool { return p.Person == who })
}

// summon queues the calls to act, each with its links. Somebody who is called
// for the first time reads that it is up to them now.
func (c *calls) summon(tx *store.Tx, a Alarm, org roster.Organisation, say words) error {
	told := map[id.Person]time.Time{}
	if say.known != say.fresh {
		var err error
		if told, err = deliver.Told(tx, string(a.ID), ""); err != nil {
			return err
		}
	}
	facts := a.summons(org)
	for _, p := range c.all {
		purpose := say.fresh
		if !told[p.Person].IsZero() {
			purpose = say.known
		}
		if err := p.call(tx, a, purpose, deliver.SOS, callValid, facts); err != nil {
			return err
		}
	}
	return nil
}

// routes are where the call goes at once, and what is left to fall back on.
// Where none of the channels that a step names leads to somebody, their own
// preference counts: nobody is left out for want of an address.
func (p callee) routes() (wanted, rest []deliver.Stop) {
	wanted, rest = p.Routes()
	if len(p.named) == 0 {
		return wanted, rest
	}
	var first, others []deliver.Stop
	for i, stop := range slices.Concat(wanted, rest) {
		if slices.Contains(p.named, stop.Channel) || p.prefer && i < len(wanted) {
			first = append(first, stop)
		} else {
			others = append(others, stop)
		}
	}
	if len(first) == 0 {
		return wanted, rest
	}
	return first, others
}

// GoOn ends the wait of a partner's step where there is nobody to hand the
// alarm over to: the next step begins now. went tells whether it was waited for
// this partner.
func GoOn(tx *store.Tx, which id.Alarm, partner id.Org) (went bool, err error) {
	a, err := take(tx, which)
	if err != nil || a.State != Raised || a.Step == 0 || !a.StepDue.After(tx.Now()) {
		return false, err
	}
	l, err := procedure.Kept(tx, a.Workspace, a.Procedure, a.Version)
	if err != nil || a.Step > len(l.Steps) {
		return false, err
	}
	if s := l.Steps[a.Step-1]; s.Whom != procedure.Partner || s.ID != string(partner) {
		return false, nil
	}
	a.StepDue = tx.Now()
	return true, errors.Join(update(tx, a), timer.Set(tx, TimerKind, string(a.ID), a.next()))
}

// hasten lets the next step begin now, with a round.
func hasten(tx *store.Tx, a Alarm) error {
	a.StepDue, a.AgainDue = tx.Now(), tx.Now()
	return errors.Join(update(tx, a), timer.Set(tx, TimerKind, string(a.ID), a.next()))
}

// Called tells whether a step has called the person to the alarm.
func (a Alarm) Called(who id.Person) bool {
	return who != "" && slices.Contains(strings.Fields(a.called), string(who))
}

// Partners are the monitoring partners to whom steps have handed the alarm
// over.
func (a Alarm) Partners() (all []id.Org) {
	for _, one := range strings.Fields(a.called) {
		if partner, err := id.Parse[id.Org](one); err == nil {
			all = append(all, partner)
		}
	}
	return all
}

// next is when the alarm has something to do, if nobody answers.
func (a Alarm) next() time.Time {
	if a.StepDue.IsZero() || a.AgainDue.Before(a.StepDue) {
		return a.AgainDue
	}
	return a.StepDue
}
