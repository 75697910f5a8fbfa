package bench

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/procedure"
	"muster/call/shift"
	"muster/id"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

const (
	ladderAlarms = 2_000
	ladderOrgs   = 20
	ladderSteps  = 6
	ladderWait   = 2 * time.Second

	minuteMisses = 10_000 // check-ins missed, spread over one minute
)

// deadlinesRow lets 10,000 check-ins be missed in one minute, in turn.
func deadlinesRow(r *run) (err error) {
	m, err := r.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	n := r.n(minuteMisses)
	w, err := r.seed(m, min(stormOrgs, n), max(1, n/min(stormOrgs, n)))
	if err != nil {
		return err
	}
	perSec := max(1, len(w.workers)/60)
	return r.missedTimers(m, w, perSec, fmt.Sprintf("%d check-ins missed in %d s → alarm and message committed", len(w.workers), len(w.workers)/perSec))
}

// ladderRow climbs ladders of six steps, two seconds each, that nobody
// answers: how late is each step, and does lateness add up?
func ladderRow(r *run) (err error) {
	m, err := r.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	orgs := min(ladderOrgs, r.n(ladderAlarms))
	w, err := r.seed(m, orgs, r.n(ladderAlarms)/orgs)
	if err != nil {
		return err
	}
	for i, p := range w.orgs {
		if err := m.ladder(r, p, i); err != nil {
			return err
		}
	}
	due := time.Now().Add(5 * time.Second).UnixMicro()
	if err := r.db.fill(r.ctx, statement{missShifts, []any{due}}, statement{missTimers, []any{due}}); err != nil {
		return err
	}
	// The first step begins as the alarm is raised; its timer then fires for
	// each further one and once more behind the last.
	l := newLateBy(len(w.workers) * ladderSteps)
	var mu sync.Mutex
	last := map[string]time.Time{}
	drifted := 0
	l.fire(r.ctx, m.store, map[string]timer.Handler{shift.TimerKind: shift.Fire, alarm.TimerKind: func(tx *store.Tx, t timer.Timer) error {
		tx.AfterCommit(func() {
			mu.Lock()
			defer mu.Unlock()
			if before, known := last[t.Subject]; known && t.Due.Sub(before) != ladderWait {
				drifted++
			}
			last[t.Subject] = t.Due
		})
		l.after(tx, t)
		return alarm.Fire(tx, t)
	}}, 3*ladderSteps*ladderWait)
	if want := len(w.workers) * ladderSteps; len(l.late) != want || drifted > 0 {
		r.lost("%d steps fired of %d, %d not exactly %s after the one before", len(l.late), want, drifted, ladderWait)
	}
	r.report(line{
		what: fmt.Sprintf("ladder: %d alarms climb %d steps of %s side by side, step due → committed", len(w.workers), ladderSteps, ladderWait),
		got:  l.late.times() + fmt.Sprintf(", worst %.0f ms; drift 0 µs", l.late.at(1)), raw: "–", goal: "each ≤ 500 ms late, no drift (GoAlert up to 9 s, adding up)",
		met: judge(l.late.at(1) <= 500, 500/l.late.at(1)),
	})
	return nil
}

// ladder gives an organisation a second monitor, whose address is confirmed as
// the first one's is, and a procedure that calls them by turns.
func (m *rooms) ladder(r *run, p place, i int) error {
	second := roster.NewPerson{Name: "Sari Koski", Mobile: number(90_000 + i), Roles: []actor.Membership{{Role: actor.Monitor}}}
	added, err := roster.AddPerson(r.ctx, m.store, m.keys, boss(p.org), second)
	if err != nil {
		return err
	}
	// Past the rooms: whoever confirms addresses types a code.
	if err := r.db.fill(r.ctx, statement{confirmAll, []any{string(p.org), time.Now().UnixMicro()}}); err != nil {
		return err
	}
	var first id.Person
	err = m.store.Do(r.ctx, p.org, func(tx *store.Tx) error {
		people, err := roster.Responders(tx, p.ws)
		if err == nil {
			first = people[0].Person
		}
		return err
	})
	if err != nil {
		return err
	}
	d := procedure.Draft{Name: "Six steps"}
	for n := range ladderSteps {
		who := []id.Person{first, added.Person}[n%2]
		d.Steps = append(d.Steps, procedure.Step{Whom: procedure.Somebody, ID: string(who), Wait: ladderWait, When: procedure.Always})
	}
	made, err := procedure.Create(r.ctx, m.store, boss(p.org), procedure.Subject{}, d)
	if err == nil {
		_, err = procedure.Switch(r.ctx, m.store, boss(p.org), made.ID, true)
	}
	return err
}
