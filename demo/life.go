package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/device"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// Live lets the workers work until ctx ends.
func (w *World) Live(ctx context.Context, log *slog.Logger) {
	var wg sync.WaitGroup
	desk := shift.Desk{Store: w.store, Keys: w.keys}
	n := 0
	for i, o := range w.Orgs {
		for j, worker := range o.Workers[:len(o.Workers)-1] { // the last one is the visitor's
			n++
			l := &life{
				idle: n%3 == 0, clumsy: j == 1, desk: desk, org: o, worker: worker, log: log, activities: plans[i].activities,
				rnd: rand.New(rand.NewPCG(uint64(n), 42)), lat: o.Lat, lon: o.Lon,
			}
			wg.Go(func() { l.live(ctx) })
		}
		wg.Go(func() { w.duty(ctx, o, log) })
	}
	wg.Wait()
}

// life is one simulated worker with a phone.
type life struct {
	desk       shift.Desk
	org        Org
	worker     Worker
	activities []string
	log        *slog.Logger
	rnd        *rand.Rand
	idle       bool // begins with a rest
	clumsy     bool // calls for help soon, so that a visitor sees an alarm
	lat, lon   float64
	battery    int
}

func (l *life) who() actor.Actor {
	return actor.Actor{
		Kind: actor.Person, Org: l.org.ID, Person: l.worker.Person, Name: l.worker.Name, Door: actor.App,
		Roles: []actor.Membership{{Role: actor.Worker, Workspace: l.worker.Workspace}},
	}
}

// live works and rests in turn. Two of three are on shift soon after the
// start, so that there is something to see.
func (l *life) live(ctx context.Context) {
	l.lat += l.rnd.NormFloat64() * 0.12
	l.lon += l.rnd.NormFloat64() * 0.18
	rest := l.between(time.Second, 20*time.Second)
	if l.idle {
		rest = l.between(2*time.Minute, 15*time.Minute)
	}
	for pause(ctx, rest) {
		l.work(ctx)
		rest = l.between(5*time.Minute, 20*time.Minute)
	}
}

// work is one shift, from start to finish.
func (l *life) work(ctx context.Context) {
	s, err := l.begin(ctx)
	if err != nil {
		l.note("start", err)
		return
	}
	l.battery = 40 + l.rnd.IntN(60)
	for end := l.between(25*time.Minute, 90*time.Minute); end > 0; {
		step := time.Duration(float64(s.Every) * (0.35 + 0.6*l.rnd.Float64()))
		if l.rnd.IntN(28) == 0 {
			step = s.Every + s.Grace + l.between(30*time.Second, 3*time.Minute) // forgotten, or worse
		}
		if l.clumsy {
			step = l.between(20*time.Second, 40*time.Second)
		}
		if !l.walk(ctx, s.ID, step) {
			return
		}
		end -= step
		sig := shift.Signal{Place: l.place()}
		if l.clumsy || l.rnd.IntN(90) == 0 {
			l.clumsy = false
			_, err = l.desk.Help(ctx, l.who(), s.ID, sig)
			l.note("help", err)
			continue
		}
		if _, err = l.desk.CheckIn(ctx, l.who(), s.ID, sig); err != nil {
			l.note("check in", err)
			return // a monitor has ended the shift
		}
	}
	_, err = l.desk.Finish(ctx, l.who(), s.ID, shift.Signal{})
	l.note("finish", err)
}

// begin starts a shift, or takes up the one that was running when the
// demonstration was last stopped.
func (l *life) begin(ctx context.Context) (shift.Shift, error) {
	var running shift.Shift
	var found bool
	err := l.desk.Store.View(ctx, l.org.ID, func(tx *store.Tx) (err error) {
		running, found, err = shift.ActiveOf(tx, l.worker.Person)
		return err
	})
	if err != nil || found {
		return running, err
	}
	return l.desk.Start(ctx, l.who(), l.worker.Person, l.worker.Workspace, shift.Terms{
		Every: l.between(2*time.Minute, 7*time.Minute).Round(30 * time.Second), Activity: l.activities[l.rnd.IntN(len(l.activities))],
	})
}

// walk moves about until step has passed, sending positions as phones do.
func (l *life) walk(ctx context.Context, s id.Shift, step time.Duration) bool {
	for step > 0 {
		leg := min(step, l.between(20*time.Second, 70*time.Second))
		if !pause(ctx, leg) {
			return false
		}
		step -= leg
		l.lat += l.rnd.NormFloat64() * 0.0012
		l.lon += l.rnd.NormFloat64() * 0.0018
		if l.rnd.IntN(6) == 0 && l.battery > 3 {
			l.battery--
		}
		l.note("position", l.send(ctx, s))
	}
	return true
}

// send sends the position as the worker's phone does: by OwnTracks where it
// runs that, else by the worker's own page.
func (l *life) send(ctx context.Context, s id.Shift) error {
	p := l.place()
	if l.worker.Phone == "" {
		return l.desk.Move(ctx, l.who(), s, *p)
	}
	body, err := json.Marshal(map[string]any{
		"_type": "location", "lat": p.Lat, "lon": p.Lon, "acc": p.Accuracy, "batt": p.Battery, "tst": p.At.Unix(), "t": "p",
	})
	if err != nil {
		return err
	}
	phone := device.Desk{Store: l.desk.Store, Shifts: l.desk}
	return phone.Take(ctx, device.Request{Token: l.worker.Phone, App: device.OwnTracks, Body: body})
}

func (l *life) place() *shift.Place {
	return &shift.Place{Place: alarm.Place{
		Lat: l.lat, Lon: l.lon, Accuracy: 5 + l.rnd.IntN(60), Battery: l.battery, At: l.desk.Store.Now(),
	}, Source: "Muster app"}
}

func (l *life) between(low, high time.Duration) time.Duration {
	return low + time.Duration(l.rnd.Int64N(int64(high-low)))
}

func (l *life) note(what string, err error) {
	if err != nil && fault.KindOf(err) != fault.Conflict {
		l.log.Debug("a simulated worker could not "+what, "worker", l.worker.Name, "err", err)
	}
}

// The monitors of the demonstration leave an alarm to its visitor for a while,
// and then see to it, so that the board does not fill up.
const (
	untouched = 4 * time.Minute
	handled   = 8 * time.Minute
	dutyEvery = 10 * time.Second
)

func (w *World) duty(ctx context.Context, o Org, log *slog.Logger) {
	monitor := actor.Actor{
		Kind: actor.Person, Org: o.ID, Person: o.Monitors[0], Name: plans[0].monitors[0], Door: actor.Board,
		Roles: []actor.Membership{{Role: actor.Monitor}},
	}
	for _, p := range plans {
		if p.name == o.Name {
			monitor.Name = p.monitors[0]
		}
	}
	for pause(ctx, dutyEvery) {
		v, err := shift.Board(ctx, w.store, monitor, "")
		if err != nil {
			continue
		}
		for _, a := range v.Alarms {
			age := v.At.Sub(a.Raised)
			switch {
			case age > handled:
				_, err = alarm.Resolve(ctx, w.store, monitor, a.ID, alarm.False, "")
			case age > untouched && a.State == alarm.Raised:
				_, err = alarm.Acknowledge(ctx, w.store, monitor, a.ID, "")
			}
			if err != nil {
				log.Debug("a simulated monitor could not act", "err", err)
			}
		}
	}
}

// pause waits, and tells whether there is still time.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
