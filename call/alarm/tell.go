package alarm

import (
	"fmt"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/ledger"
	"muster/roster"
	"muster/store"
)

// How long it makes sense to deliver a message about an alarm: one that is
// repeated is replaced by the next round, so an old one must not arrive.
const (
	callValid = 30 * time.Minute
	newsValid = 6 * time.Hour
)

// summons are the facts of a call to act, with its links.
func (a Alarm) summons(org roster.Organisation) map[string]any {
	facts := a.facts(org)
	facts["Link"], facts["Resolve"], facts["By"] = wording.Act, wording.Act+wording.Closing, a.Ack.Name
	return facts
}

// tellOthers gives news of the alarm to everybody who was told of it, but for
// the one who did what the news is about.
func tellOthers(tx *store.Tx, org roster.Organisation, a Alarm, who actor.Actor, purpose string) error {
	told, err := deliver.Told(tx, string(a.ID), "")
	if err != nil || len(told) == 0 {
		return err
	}
	c, err := everybody(tx, a)
	if err != nil {
		return err
	}
	facts := a.facts(org)
	facts["Link"], facts["By"], facts["At"] = "/alarms/"+string(a.ID), who.Name, tx.Now()
	facts["Outcome"] = string(a.Outcome)
	if purpose == "alarm_resolved" {
		facts["Note"] = a.Closing
	}
	for _, p := range c.all {
		if p.Person == who.Person || told[p.Person].IsZero() {
			continue
		}
		if err := p.call(tx, a, purpose, deliver.Duty, newsValid, facts); err != nil {
			return err
		}
	}
	return nil
}

// everybody is whoever may have been told: all monitors and administrators,
// and whom steps have called beside them.
func everybody(tx *store.Tx, a Alarm) (c calls, err error) {
	c.not = a.Worker
	all, err := roster.EveryResponder(tx)
	if err != nil {
		return c, err
	}
	c.add(all, nil)
	return c, c.called(tx, a)
}

// call queues one message on each of the addresses that are wanted, all at
// once: with a life at stake nobody waits for the first to fail. What the
// person has beside those is the way to go when one of them fails.
func (p callee) call(tx *store.Tx, a Alarm, purpose string, lane deliver.Lane, valid time.Duration, facts map[string]any) error {
	wanted, rest := p.routes()
	for _, stop := range wanted {
		_, err := deliver.Queue(tx, deliver.Message{
			Purpose: purpose, Lane: lane, Person: p.Person, Lang: p.Language, About: string(a.ID),
			Facts: facts, Route: append([]deliver.Stop{stop}, rest...), Valid: valid,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a Alarm) facts(org roster.Organisation) map[string]any {
	f := map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Who": a.WorkerName, "Phone": a.WorkerPhone,
		"Kind": string(a.Kind), "At": a.Due, "Since": a.Raised, "Note": a.Note,
	}
	if p := a.Place; !p.At.IsZero() {
		f["Place"] = fmt.Sprintf("%.5f, %.5f (±%d m)", p.Lat, p.Lon, p.Accuracy)
	}
	if !a.Back.IsZero() {
		f["Back"] = a.Back
	}
	if a.Drill {
		f["Drill"] = true
	}
	if a.Kind == Duress {
		delete(f, "Phone") // somebody else may answer it
	}
	return f
}

func rhythmOf(org roster.Organisation) rhythm {
	return rhythm{Repeat: org.Repeat, Reopen: org.Reopen}
}

// digest stands for every message and attempt about the alarm, so that the
// book proves them too.
func digest(tx *store.Tx, a Alarm) (string, error) {
	messages, err := deliver.About(tx, string(a.ID), digestLimit)
	if err != nil {
		return "", err
	}
	attempts, err := deliver.AttemptsAbout(tx, string(a.ID), digestLimit)
	if err != nil {
		return "", err
	}
	var d ledger.Digest
	for _, m := range messages {
		d.Add("message", m.ID, m.Purpose, m.Person, m.Made)
	}
	for _, t := range attempts {
		d.Add("attempt", t.ID, t.Message, t.Channel, t.State, t.At)
	}
	return d.String(), nil
}

// digestLimit bounds what one alarm's digest reads; an alarm that went on for
// a day over twenty people stays below it.
const digestLimit = 50_000
