package alarm

import (
	"fmt"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/id"
	"muster/ledger"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// How long it makes sense to deliver a message about an alarm: one that is
// repeated is replaced by the next round, so an old one must not arrive.
const (
	callValid = 30 * time.Minute
	newsValid = 6 * time.Hour
)

// tell calls the people whose turn it is, and sets the time of the next round.
func tell(tx *store.Tx, a Alarm, purpose string, due time.Time) (Alarm, error) {
	a, people, err := circle(tx, a, purpose)
	if err != nil {
		return a, err
	}
	return a, ring(tx, a, people, purpose, due)
}

// circle begins the alarm's next round, and says whom it calls. The first
// round is the monitors of the workspace; every later one, and the first where
// there is no monitor who can be reached, is everybody.
func circle(tx *store.Tx, a Alarm, purpose string) (Alarm, []roster.Recipient, error) {
	var people []roster.Recipient
	var err error
	if a.Round == 0 && purpose == "alarm_raised" {
		if people, err = roster.Responders(tx, a.Workspace); err != nil {
			return a, nil, err
		}
		people = a.others(people, a.Worker)
	}
	if len(people) == 0 {
		a.Wide = true // whoever is called may answer
		if people, err = roster.EveryResponder(tx); err != nil {
			return a, nil, err
		}
		people = a.others(people, a.Worker)
	}
	a.Told = len(people)
	a.Round++
	return a, people, nil
}

// ring calls the people of a round, and sets the time of the next one.
//
// That is reckoned from when this one was due, so that lateness never adds up;
// only rounds that were missed altogether are let go.
func ring(tx *store.Tx, a Alarm, people []roster.Recipient, purpose string, due time.Time) error {
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	if err := summon(tx, org, a, people, purpose); err != nil {
		return err
	}
	next := due.Add(rhythmOf(org).pause(a.Round))
	if next.Before(tx.Now()) {
		next = tx.Now().Add(rhythmOf(org).pause(a.Round))
	}
	return timer.Set(tx, TimerKind, string(a.ID), next)
}

// summon queues the calls to act, each with its links.
func summon(tx *store.Tx, org roster.Organisation, a Alarm, people []roster.Recipient, purpose string) error {
	facts := a.facts(org)
	facts["Link"], facts["Resolve"], facts["By"] = wording.Act, wording.Act+wording.Closing, a.Ack.Name
	for _, p := range people {
		if err := call(tx, a, p, purpose, deliver.SOS, callValid, facts); err != nil {
			return err
		}
	}
	return nil
}

// insistPause is how often at most somebody in charge hears that help was
// called for again: a worker in need presses more than once.
const insistPause = time.Minute

// insist tells whoever is in charge that the worker calls for help again; if
// they can no longer be reached, everybody.
func insist(tx *store.Tx, a Alarm, c Cause) error {
	told, err := deliver.Told(tx, string(a.ID), "alarm_again")
	if err != nil {
		return err
	}
	for _, at := range told {
		if tx.Now().Sub(at) < insistPause {
			return nil
		}
	}
	var people []roster.Recipient
	if a.Ack.By != "" {
		p, err := roster.Reach(tx, a.Ack.By)
		if err != nil {
			return err
		}
		if len(p.Points) > 0 {
			people = append(people, p)
		}
	}
	if len(people) == 0 {
		if people, err = roster.EveryResponder(tx); err != nil {
			return err
		}
		people = a.others(people, a.Worker)
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	a.Due = c.Due // what the message speaks of is this call
	return summon(tx, org, a, people, "alarm_again")
}

// tellOthers gives news of the alarm to everybody who was told of it, but for
// the one who did what the news is about.
func tellOthers(tx *store.Tx, org roster.Organisation, a Alarm, who actor.Actor, purpose string) error {
	told, err := deliver.Told(tx, string(a.ID), "")
	if err != nil || len(told) == 0 {
		return err
	}
	people, err := roster.EveryResponder(tx)
	if err != nil {
		return err
	}
	facts := a.facts(org)
	facts["Link"], facts["By"], facts["At"] = "/alarms/"+string(a.ID), who.Name, tx.Now()
	facts["Outcome"] = string(a.Outcome)
	if purpose == "alarm_resolved" {
		facts["Note"] = a.Closing
	}
	for _, p := range a.others(people, who.Person) {
		if told[p.Person].IsZero() {
			continue
		}
		if err := call(tx, a, p, purpose, deliver.Duty, newsValid, facts); err != nil {
			return err
		}
	}
	return nil
}

// call queues one message on each address where the person wants alarms, all
// at once: with a life at stake nobody waits for the first to fail. What the
// person has beside those is the way to go when one of them fails.
func call(tx *store.Tx, a Alarm, p roster.Recipient, purpose string, lane deliver.Lane, valid time.Duration, facts map[string]any) error {
	wanted, rest := p.Routes()
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

// others leaves one person out: nobody is called to their own help.
func (a Alarm) others(people []roster.Recipient, not id.Person) []roster.Recipient {
	kept := make([]roster.Recipient, 0, len(people))
	for _, p := range people {
		if p.Person != not && p.Person != a.Worker {
			kept = append(kept, p)
		}
	}
	return kept
}

func (a Alarm) facts(org roster.Organisation) map[string]any {
	f := map[string]any{
		"Org": org.Name, "Zone": org.TimeZone, "Who": a.WorkerName, "Phone": a.WorkerPhone,
		"Kind": string(a.Kind), "At": a.Due, "Since": a.Raised, "Note": a.Note,
	}
	if p := a.Place; !p.At.IsZero() {
		f["Place"] = fmt.Sprintf("%.5f, %.5f (±%d m)", p.Lat, p.Lon, p.Accuracy)
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
