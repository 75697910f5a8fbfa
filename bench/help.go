package bench

import (
	"errors"
	"fmt"
	"time"
)

// presses is how many people press help, one after the other.
const presses = 450

// goAlertMedian is what GoAlert v0.34 needed on the same kind of machine, from
// alert to the first notification, ms.
const goAlertMedian = 2506

// stage is a served world with a carrier, and the raw limit beside it.
type stage struct {
	*world
	server *server
	sink   *sink
	raw    *raw
}

// stage seeds a world and serves it. prepare, if there is one, works on the
// database before the server starts.
func (r *run) stage(orgs, workersEach int, prepare func(*world) error) (*stage, error) {
	m, err := r.open()
	if err != nil {
		return nil, err
	}
	w, err := r.seed(m, orgs, workersEach)
	if err = errors.Join(err, m.close()); err != nil {
		return nil, err
	}
	if prepare != nil {
		if err := prepare(w); err != nil {
			return nil, err
		}
	}
	if err := r.db.settle(r.ctx); err != nil {
		return nil, err
	}
	return r.show(w)
}

// show serves a world that is there.
func (r *run) show(w *world) (_ *stage, err error) {
	s := &stage{world: w}
	if s.raw, err = newRaw(r.ctx, r.db); err != nil {
		return nil, err
	}
	if s.sink, err = newSink(); err != nil {
		return nil, errors.Join(err, s.raw.close())
	}
	if s.server, err = r.serve(s.sink); err != nil {
		s.sink.close()
		return nil, errors.Join(err, s.raw.close())
	}
	return s, nil
}

func (s *stage) close() error {
	err := s.server.stop()
	s.sink.close()
	return errors.Join(err, s.raw.close())
}

// helpRow is how long it takes from pressing help until the first message is
// at the carrier, in turns with a bare commit and a bare request.
func helpRow(r *run) (err error) {
	n := r.n(presses)
	s, err := r.stage(1, n, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	app, err := dial(r.ctx, s.server.address)
	if err != nil {
		return err
	}
	defer app.close()
	carrier, err := dial(r.ctx, s.sink.address)
	if err != nil {
		return err
	}
	defer carrier.close()
	var heard, answered, bare spread
	for _, w := range s.workers {
		first, acknowledged, err := s.press(app, w)
		if err != nil {
			return err
		}
		heard.add(first)
		answered.add(acknowledged)
		began := time.Now()
		if err := errors.Join(s.raw.commit(r.ctx), carrier.post("/raw", smallForm)); err != nil {
			return err
		}
		bare.add(time.Since(began))
	}
	if workers, attempts, twice := s.sink.count(); workers != n || attempts != n || twice != 0 {
		r.lost("%d presses: messages about %d workers, %d attempts, %d doubled", n, workers, attempts, twice)
	}
	r.report(line{
		what: fmt.Sprintf("help pressed → at the carrier (n = %d)", n), got: heard.times(),
		raw: "one commit and one request: " + bare.times(), goal: "p50 ≤ 10 ms, p99 ≤ 100 ms",
		met: judge(heard.median() <= 10 && heard.at(.99) <= 100, min(10/heard.median(), 100/heard.at(.99))),
	})
	r.report(line{
		what: "help pressed → answered, durable", got: answered.times(),
		raw: "the same", goal: "100 × ahead of GoAlert's 2,506 ms (row above)",
		met: judge(goAlertMedian/heard.median() >= 100, goAlertMedian/heard.median()/100) + fmt.Sprintf(": %.0f× ahead", goAlertMedian/heard.median()),
	})
	return nil
}

// hearTime is the longest that a message is waited for.
const hearTime = 30 * time.Second

// press lets one worker press help: how long until the carrier had the
// message, and until the worker had an answer.
func (s *stage) press(app *caller, w worker) (first, answered time.Duration, err error) {
	arrives := s.sink.wait(w.name)
	began := time.Now()
	if err := app.ask("/shifts/"+string(w.shift)+"/help", w.token); err != nil {
		return 0, 0, err
	}
	answered = time.Since(began)
	select {
	case at := <-arrives:
		return at.Sub(began), answered, nil
	case <-time.After(hearTime):
		return 0, answered, fmt.Errorf("no message about %s within %s", w.name, hearTime)
	}
}
