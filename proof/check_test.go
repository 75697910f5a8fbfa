package proof

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	filed "muster/call/incident"
	"muster/deliver"
	"muster/id"
	"muster/store"
	"muster/timer"
)

// everything there is in the end is some thousand alarms at most.
const plenty = 1_000_000

// record is what Muster has on file, read once everything is over.
type record struct {
	t        *testing.T
	w        *world
	stories  []filed.Record
	messages map[id.Message]deliver.Message
	attempts map[id.Attempt]deliver.Attempt
	at       time.Time
	blames   int
}

// blame reports what is wrong; the first twenty are enough to work with.
func (r *record) blame(format string, args ...any) {
	r.t.Helper()
	if r.blames++; r.blames <= 20 {
		r.t.Errorf(format, args...)
	}
}

func (w *world) read(p *process) *record {
	r := &record{t: w.t, w: w, messages: map[id.Message]deliver.Message{}, attempts: map[id.Attempt]deliver.Attempt{}, at: clock()}
	for _, c := range w.orgs {
		ctx := context.Background()
		var open []alarm.Alarm
		must(w.t, p.store.View(ctx, c.ID, func(tx *store.Tx) (err error) {
			if open, err = alarm.Open(tx, c.admin); err != nil {
				return err
			}
			all, err := deliver.Latest(tx, plenty)
			for _, m := range all {
				r.messages[m.ID] = m
			}
			return err
		}))
		f := filed.Filter{Limit: 500}
		for {
			page, err := filed.List(ctx, p.store, c.admin, f)
			must(w.t, err)
			if open = append(open, page...); len(page) < f.Limit {
				break
			}
			f.Before = page[len(page)-1].ID
		}
		for _, a := range open {
			s, err := filed.Story(ctx, p.store, c.admin, a.ID)
			must(w.t, err)
			r.stories = append(r.stories, s)
			for _, t := range s.Attempts {
				r.attempts[t.ID] = t
			}
		}
	}
	slices.SortFunc(r.stories, func(a, b filed.Record) int {
		return strings.Compare(string(a.Alarm.ID), string(b.Alarm.ID)) // made in this order
	})
	return r
}

// rounds are the rounds of calls on the alarm's record.
func rounds(s filed.Record) (all []told) {
	for _, e := range s.Entries {
		switch e.Kind {
		case "alarm.raised", "alarm.graver", "alarm.repeated", "alarm.reopened":
			all = append(all, told{e.At, e.Kind})
		}
	}
	return all
}

// alarms holds every worker's alarms to the model.
func (r *record) alarms() (wanted int) {
	byWorker := map[id.Person][]filed.Record{}
	for _, s := range r.stories {
		byWorker[s.Alarm.Worker] = append(byWorker[s.Alarm.Worker], s)
	}
	for _, c := range r.w.orgs {
		for _, who := range c.workers {
			m := &model{repeat: c.Repeat, reopen: c.Reopen, lives: r.w.lives(), trips: r.w.trips}
			stories := byWorker[who.Person]
			for _, s := range stories {
				m.told = append(m.told, rounds(s)...)
			}
			inputs := slices.Clone(who.inputs)
			slices.SortStableFunc(inputs, func(a, b input) int { return a.at.Compare(b.at) })
			m.run(inputs, r.at)
			wanted += len(m.all)
			r.compare(who, m, stories)
			if len(m.problems) > 0 {
				r.blame("%s of %s: %s\n%s", who.Name, c.Name, strings.Join(m.problems[:min(3, len(m.problems))], "\n  "), r.tale(inputs, stories))
			}
		}
	}
	return wanted
}

// tale is what happened to a worker, for whoever looks into a failure.
func (r *record) tale(inputs []input, stories []filed.Record) string {
	type event struct {
		at   time.Time
		text string
	}
	var all []event
	for _, in := range inputs {
		all = append(all, event{in.at, fmt.Sprintf("%s made %s every %v grace %v planned %v by %v", in.kind, in.made.Format("15:04:05.000000"), in.every, in.grace, in.planned, in.by)})
	}
	for _, s := range stories {
		for _, e := range s.Entries {
			all = append(all, event{e.At, fmt.Sprintf("    %s %s %v", e.Kind, e.Subject, e.Facts)})
		}
	}
	for _, l := range r.w.lives() {
		all = append(all, event{l.from, "-- start"})
		if !l.to.IsZero() {
			all = append(all, event{l.to, "-- crash"})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, "  %s %s\n", e.at.Format("02T15:04:05.000000"), e.text)
	}
	return b.String()
}

func (r *record) compare(who *member, m *model, stories []filed.Record) {
	if len(stories) != len(m.all) {
		r.blame("%s: %d alarms, want %d", who.Name, len(stories), len(m.all))
		return
	}
	for i, want := range m.all {
		got := stories[i].Alarm
		if string(got.Kind) != want.kind || !got.Due.Equal(want.due) || !got.Raised.Equal(want.raised) || got.Late != want.raised.Sub(want.due) {
			r.blame("%s: alarm %s due %v raised %v, %v late; want %s due %v raised %v", who.Name,
				got.Kind, got.Due, got.Raised, got.Late, want.kind, want.due, want.raised)
		}
		if !got.Closed.At.Equal(want.closed) || got.Closed.By != want.closedBy || got.Open() != want.closed.IsZero() {
			r.blame("%s: alarm of %v is %s by %s at %v; want by %s at %v", who.Name, got.Raised, got.State, got.Closed.By, got.Closed.At, want.closedBy, want.closed)
		}
		if !got.Open() && (got.Closed.Name == "" || got.Closed.By == "" || got.Closed.By == got.Worker) {
			r.blame("%s: alarm ended by %q", who.Name, got.Closed.Name)
		}
	}
}

// callees holds each round of each alarm to whom it must go to: first the
// workspace's monitors, then everybody, and never the worker.
func (r *record) callees() (most int) {
	for _, s := range r.stories {
		a := s.Alarm
		at := map[time.Time]map[id.Person]bool{}
		for _, m := range s.Messages {
			if m.Person == a.Worker {
				r.blame("%s was sent to the worker it is about", m.Purpose)
			}
			if m.Lane != deliver.SOS {
				continue
			}
			if at[m.Made] == nil {
				at[m.Made] = map[id.Person]bool{}
			}
			at[m.Made][m.Person] = true
		}
		all := rounds(s)
		wide := false // once it is everybody's, it stays so
		for i, round := range all {
			wide = wide || round.kind == "alarm.repeated" || round.kind == "alarm.reopened"
			if (i > 0 && all[i-1].at.Equal(round.at)) || (i+1 < len(all) && all[i+1].at.Equal(round.at)) {
				continue // two at one instant cannot be told apart
			}
			want := r.responders(a, !wide)
			if got := at[round.at]; !slices.Equal(sorted(got), sorted(want)) {
				r.blame("%s at %v went to %v, want %v", round.kind, round.at, sorted(got), sorted(want))
			}
			most = max(most, len(want))
		}
	}
	return most
}

func (r *record) responders(a alarm.Alarm, first bool) map[id.Person]bool {
	near, everybody := map[id.Person]bool{}, map[id.Person]bool{}
	for _, m := range r.w.people {
		if m.Org != a.Org || m.Person == a.Worker || !m.watches {
			continue
		}
		everybody[m.Person] = true
		if m.Has(actor.Monitor, a.Workspace) {
			near[m.Person] = true
		}
	}
	if first && len(near) > 0 {
		return near
	}
	return everybody
}

func sorted(set map[id.Person]bool) (all []string) {
	for p := range set {
		all = append(all, string(p))
	}
	slices.Sort(all)
	return all
}

// news holds the end of each alarm to who must hear of it: everybody who was
// called, but for the one who ended it.
func (r *record) news() {
	for _, s := range r.stories {
		if s.Alarm.Open() {
			continue
		}
		called, heard := map[id.Person]bool{}, map[id.Person]bool{}
		for _, m := range s.Messages {
			switch {
			case m.Lane == deliver.SOS:
				called[m.Person] = true
				if m.Made.After(s.Alarm.Closed.At) {
					r.blame("%s was made after %s was resolved", m.Purpose, s.Alarm.ID)
				}
			case m.Purpose == "alarm_resolved":
				heard[m.Person] = true
			}
		}
		delete(called, s.Alarm.Closed.By)
		for p := range called {
			if !heard[p] {
				r.blame("%s was called and never heard that it is over", r.w.people[p].Name)
			}
		}
	}
}

// sent holds every message to an end, and every message that a carrier took to
// a record.
func (r *record) sent() (total, doubled, after int) {
	resolved := map[id.Alarm]time.Time{}
	for _, s := range r.stories {
		if !s.Alarm.Open() {
			resolved[s.Alarm.ID] = s.Alarm.Closed.At
		}
	}
	for _, m := range r.messages {
		if m.State == deliver.Queued && r.at.Sub(m.Made) > time.Minute {
			r.blame("%s of %v to %s is still queued at %v", m.Purpose, m.Made, m.Route[0].Address, r.at)
		}
	}
	taken := map[id.Message][]take{}
	for _, t := range slices.Concat(r.w.mail.takes, r.w.texts.takes) {
		taken[t.message] = append(taken[t.message], t)
	}
	for message, takes := range taken {
		m, ok := r.messages[message]
		if !ok {
			r.blame("a message that nobody knows reached %s", takes[0].to)
			continue
		}
		total++
		doubled += r.doubles(m, takes)
		over, closed := resolved[id.Alarm(m.About)]
		for _, t := range takes {
			if closed && t.urgent && t.began.After(over) {
				after++
				r.blame("%s left for %s %v after %s was resolved", m.Purpose, t.to, t.began.Sub(over), m.About)
			}
		}
	}
	for _, m := range r.messages {
		if (m.State == deliver.HandedOver || m.State == deliver.Delivered) && !slices.ContainsFunc(taken[m.ID], func(t take) bool { return t.heard }) {
			r.blame("%s to %s is said to be handed over, and no carrier has it", m.Purpose, m.Route[0].Address)
		}
	}
	return total, doubled, after
}

// doubles counts how often a carrier was given a message that one had already.
// That needs a reason: the answer was lost, or the process died before it could
// be written down; and after a crash it is asked under the same attempt id.
func (r *record) doubles(m deliver.Message, takes []take) (doubled int) {
	slices.SortFunc(takes, func(a, b take) int { return cmp.Compare(a.number, b.number) })
	had := false
	for i, t := range takes {
		if had && t.taken {
			doubled++
		}
		had = had || t.taken
		if !t.heard || i+1 == len(takes) {
			continue
		}
		switch next := takes[i+1]; {
		case t.by == next.by:
			r.blame("%s reached %s again although the first was answered", m.Purpose, t.to)
		case t.attempt != next.attempt:
			r.blame("%s reached %s and was sent again under another attempt after a crash", m.Purpose, t.to)
		}
	}
	return doubled
}

// clockwork holds the timers to their end: none parked, none overdue.
func (r *record) clockwork(p *process) {
	parked, err := timer.Trouble(context.Background(), p.store, 10)
	must(r.t, err)
	overdue, _, err := timer.Audit(context.Background(), p.store, slack)
	must(r.t, err)
	if len(parked) > 0 || overdue > 0 {
		r.blame("%d timers overdue, parked: %v", overdue, parked)
	}
}
