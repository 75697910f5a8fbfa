package proof

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// hear is a carrier's message reaching somebody's phone: monitors react to
// alarms, if they do.
func (w *world) hear(t take) {
	m := w.address[t.to]
	if !t.urgent || m == nil || w.silent.Load() || !w.rnd.chance(0.4) {
		return
	}
	go w.react(m, t.message)
}

func (w *world) react(m *member, message id.Message) {
	time.Sleep(w.rnd.between(5*time.Second, 5*time.Minute))
	a, ok := w.about(m, message)
	if !ok || m.stranger(a) {
		return
	}
	switch f := w.rnd.float(); {
	case f < 0.6:
		if !w.acknowledge(m, a) || w.rnd.chance(0.15) {
			return // or forgets all about it
		}
		time.Sleep(w.rnd.between(time.Minute, 25*time.Minute))
		if w.rnd.chance(0.4) {
			w.reach(m, a)
			return
		}
		w.resolve(m, a)
	case f < 0.85:
		w.resolve(m, a)
	default:
		w.reach(m, a)
	}
}

// stranger tells that the alarm is none of the member's own to handle: a
// monitor of another place, who can only run and look.
func (m *member) stranger(a alarm.Alarm) bool {
	return !m.Has(actor.Monitor, a.Workspace) && !m.Has(actor.Administrator, a.Workspace)
}

// about finds the alarm that a message is about.
func (w *world) about(m *member, message id.Message) (a alarm.Alarm, ok bool) {
	for {
		p := w.running()
		var about string
		err := p.store.View(context.Background(), m.Org, func(tx *store.Tx) error {
			msg, err := deliver.Get(tx, message)
			about = msg.About
			return err
		})
		if err == nil {
			a, err = alarm.Get(context.Background(), p.store, w.orgOf(m).admin, id.Alarm(about))
		}
		if err == nil {
			return a, true
		}
		if !p.dead.Load() {
			w.t.Errorf("message %s: %v", message, err)
			return a, false
		}
		time.Sleep(time.Second)
	}
}

func (w *world) orgOf(m *member) *company {
	for _, c := range w.orgs {
		if c.ID == m.Org {
			return c
		}
	}
	return nil
}

// settled tells whether an error means that somebody else was faster.
func (w *world) settled(what string, err error) bool {
	if err == nil {
		return false
	}
	switch fault.From(err).Code {
	case "already_acknowledged", "already_resolved", "shift_ended":
	default:
		w.t.Errorf("%s: %v", what, err)
	}
	return true
}

func (w *world) acknowledge(m *member, a alarm.Alarm) bool {
	at, err := w.request(func(ctx context.Context, p *process) error {
		_, err := alarm.Acknowledge(ctx, p.store, m.Actor, a.ID, "")
		return err
	})
	if w.settled("acknowledge", err) {
		return false
	}
	w.people[a.Worker].note(input{at: at, kind: acknowledges, who: m.Person})
	return true
}

func (w *world) resolve(m *member, a alarm.Alarm) {
	outcome := alarm.Outcomes()[w.rnd.below(len(alarm.Outcomes()))]
	at, err := w.request(func(ctx context.Context, p *process) error {
		_, err := alarm.Resolve(ctx, p.store, m.Actor, a.ID, outcome, "seen to")
		return err
	})
	if !w.settled("resolve", err) {
		w.people[a.Worker].note(input{at: at, kind: resolves, who: m.Person})
	}
}

// reach is a monitor who has spoken to the worker: a check-in for them, or the
// end of their shift.
func (w *world) reach(m *member, a alarm.Alarm) {
	kind, do := reaches, shift.Desk.CheckIn
	if w.rnd.chance(0.3) {
		kind, do = bringsHome, shift.Desk.Finish
	}
	at, err := w.request(func(ctx context.Context, p *process) error {
		_, err := do(p.desk, ctx, m.Actor, a.Shift, shift.Signal{Outcome: alarm.Precautionary})
		return err
	})
	if !w.settled("reach", err) {
		w.people[a.Worker].note(input{at: at, kind: kind, who: m.Person})
	}
}
