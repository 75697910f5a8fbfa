package incident

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/deliver"
	"muster/id"
	"muster/ledger"
)

// whole tells whether somebody is shown the story of an alarm and not only how
// far it has come: who watches the workspace, or was called to an alarm that
// went to everybody; and nobody whom the alarm is about.
func whole(who actor.Actor, a alarm.Alarm) bool {
	if who.Person == a.Worker && who.Person != "" {
		return false
	}
	anywhere := slices.ContainsFunc(who.Roles, func(m actor.Membership) bool { return m.Role == actor.Monitor })
	return who.Has(actor.Monitor, a.Workspace) || who.Has(actor.Administrator, a.Workspace) || (a.Wide && anywhere)
}

// number is the place in the book where the alarm was raised. What is not in
// the book has none; that is -1.
func number(entries []ledger.Record, a alarm.Alarm) int64 {
	for _, e := range entries {
		if e.Kind == "alarm.raised" && e.Subject == string(a.ID) {
			return e.Seq
		}
	}
	return -1
}

// Chapter is one step of the story: what the book says and the messages that
// went out by it, in the same unit.
type Chapter struct {
	At    time.Time
	Entry *ledger.Record // nil for messages that no entry stands for
	Calls []Call
}

// Call is one message and every try to deliver it.
type Call struct {
	deliver.Message
	Name  string
	Tries []deliver.Attempt
}

// Failed tells whether the message reached nobody as far as is known.
func (c Call) Failed() bool { return c.State == deliver.Failed || c.State == deliver.Expired }

// Chapters tells the story in order, oldest first. An entry and the messages
// that it caused bear the same instant, for they were one unit.
func (r Record) Chapters() []Chapter {
	all := make([]Chapter, 0, len(r.Entries))
	at := map[int64]int{} // by microsecond
	for i := range r.Entries {
		e := &r.Entries[i]
		if _, there := at[e.At.UnixMicro()]; !there || strings.HasPrefix(e.Kind, "alarm.") {
			at[e.At.UnixMicro()] = len(all)
		}
		all = append(all, Chapter{At: e.At, Entry: e})
	}
	for _, c := range r.calls() {
		i, ok := at[c.Made.UnixMicro()]
		if !ok {
			i = len(all)
			at[c.Made.UnixMicro()] = i
			all = append(all, Chapter{At: c.Made})
		}
		all[i].Calls = append(all[i].Calls, c)
	}
	slices.SortStableFunc(all, func(a, b Chapter) int { return a.At.Compare(b.At) })
	return all
}

func (r Record) calls() []Call {
	tries := map[id.Message][]deliver.Attempt{}
	for _, t := range r.Attempts {
		tries[t.Message] = append(tries[t.Message], t)
	}
	all := make([]Call, 0, len(r.Messages))
	for _, m := range r.Messages {
		all = append(all, Call{Message: m, Name: r.Names[m.Person], Tries: tries[m.ID]})
	}
	return all
}

// Person is what became of telling one person.
type Person struct {
	ID        id.Person
	Name      string
	First     time.Time // when the first message to them was queued
	Messages  int
	Channels  []string  // over which it was tried
	HandedAt  time.Time // when a carrier first took one; zero: none did
	Delivered time.Time // when one is first known to have arrived; zero: none is
	Answered  time.Time // when they first acted on the alarm; zero: never
}

// Told lists who was told, in the order in which they first were.
func (r Record) Told() []Person {
	var all []Person
	at := map[id.Person]int{}
	for _, c := range r.calls() {
		if c.Person == "" {
			continue // told to another system; the story has it
		}
		i, ok := at[c.Person]
		if !ok {
			i = len(all)
			at[c.Person] = i
			all = append(all, Person{ID: c.Person, Name: c.Name, First: c.Made})
		}
		all[i].Messages++
		for _, t := range c.Tries {
			all[i].took(t)
		}
	}
	for _, e := range r.Entries {
		if i, ok := at[id.Person(e.Actor.ID)]; ok && answers[e.Kind] {
			all[i].Answered = earlier(all[i].Answered, e.At)
		}
	}
	return all
}

// answers are what people do about an alarm.
var answers = map[string]bool{
	"alarm.acknowledged": true, "alarm.resolved": true, "alarm.noted": true,
	"shift.checked_in_for": true, "shift.ended_for": true,
}

func (p *Person) took(t deliver.Attempt) {
	if !slices.Contains(p.Channels, t.Channel) {
		p.Channels = append(p.Channels, t.Channel)
	}
	switch t.State {
	case deliver.HandedOver, deliver.Relayed:
		p.HandedAt = earlier(p.HandedAt, t.At)
	case deliver.Delivered, deliver.Answered:
		p.HandedAt = earlier(p.HandedAt, t.At)
		p.Delivered = earlier(p.Delivered, cmp.Or(t.Updated, t.At))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Tick is an instruction of the procedure that somebody has carried out.
type Tick struct {
	step, line int64
	Text, By   string
	At         time.Time
}

// Ticks lists what was ticked off and not taken back, in the order in which it
// was done (OA8).
func (r Record) Ticks() (all []Tick) {
	for _, e := range r.Entries {
		if e.Kind != "alarm.ticked" && e.Kind != "alarm.unticked" {
			continue
		}
		step, _ := e.Facts["Step"].(int64)
		line, _ := e.Facts["Line"].(int64)
		all = slices.DeleteFunc(all, func(t Tick) bool { return t.step == step && t.line == line })
		if e.Kind == "alarm.ticked" {
			all = append(all, Tick{step, line, e.Personal["Instruction"], e.Actor.Name, e.At})
		}
	}
	return all
}

// Response is how fast it went; a zero time has not come.
type Response struct {
	Handed   time.Time // a carrier took the first message
	Reached  time.Time // the first one is known to have arrived
	Answered time.Time // somebody took charge, or ended it at once
	By       string
	Resolved time.Time
}

// Response reads it off the record.
func (r Record) Response() (out Response) {
	for _, p := range r.Told() {
		if !p.HandedAt.IsZero() {
			out.Handed = earlier(out.Handed, p.HandedAt)
		}
		if !p.Delivered.IsZero() {
			out.Reached = earlier(out.Reached, p.Delivered)
		}
	}
	for _, e := range r.Entries {
		if out.Answered.IsZero() && (e.Kind == "alarm.acknowledged" || e.Kind == "alarm.resolved") {
			out.Answered, out.By = e.At, e.Actor.Name
		}
	}
	out.Resolved = r.Alarm.Closed.At
	return out
}
