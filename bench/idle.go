package bench

import (
	"fmt"
	"time"
)

const (
	idleOrgs    = 3
	idleWorkers = 20
	idleTime    = 20 * time.Second
	idleCore    = 0.5 // per cent of one core
	idleMemory  = 60  // MB
	armedMemory = 150 // MB
)

// idleRow is what a server needs that nobody speaks to: one with as much in it
// as the demonstration has, and one with a million timers armed.
func idleRow(r *run) error {
	s, err := r.stage(idleOrgs, idleWorkers, nil)
	if err != nil {
		return err
	}
	r.idle(s, fmt.Sprintf("idle, %d workers on shift", len(s.workers)), idleMemory)
	if err := s.close(); err != nil {
		return err
	}
	if err := r.arm(r.n(armed), "far", time.Now().Add(100*24*time.Hour), time.Millisecond); err != nil {
		return err
	}
	again, err := r.serveAgain(s)
	if err != nil {
		return err
	}
	r.idle(again, fmt.Sprintf("idle, %d timers armed", r.n(armed)), armedMemory)
	return again.close()
}

// serveAgain starts a new server on a world that was served before.
func (r *run) serveAgain(old *stage) (*stage, error) {
	s := &stage{world: old.world}
	var err error
	if s.sink, err = newSink(); err != nil {
		return nil, err
	}
	s.raw = &raw{close: func() error { return nil }}
	if s.server, err = r.serve(s.sink); err != nil {
		s.sink.close()
		return nil, err
	}
	return s, nil
}

func (r *run) idle(s *stage, what string, memory float64) {
	time.Sleep(3 * time.Second) // what a start does once
	own, other := s.server.used()
	time.Sleep(idleTime)
	own2, other2 := s.server.used()
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / idleTime.Seconds() }
	core, mb := share(own2-own), float64(s.server.resides())/(1<<20)
	r.report(line{
		what: what, got: fmt.Sprintf("%.2f %% of a core, %.0f MB; the database's own processes %.2f %%", core, mb, share(other2-other)),
		raw: "–", goal: fmt.Sprintf("< 0.5 %%, < %.0f MB (GoAlert 4 %%, 52 MB)", memory),
		met: judge(core < idleCore && mb < memory, min(idleCore/max(core, 0.01), memory/mb)),
	})
}
