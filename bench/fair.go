package bench

import (
	"errors"
	"fmt"
	"time"
)

// What waits while the storm rages, and who is not in it.
const (
	floodMessages = 1_000_000
	floodOrgs     = 10
	calmOrgs      = 4  // not in the storm; their people press one after the other
	alonePresses  = 30 // before the storm begins
	pressEvery    = 200 * time.Millisecond
)

// fairRow lets somebody of an organisation that is not in the storm press help
// every 200 ms while everybody else does so at once, and while a million bulk
// messages wait.
func fairRow(r *run) (err error) {
	n, flood := r.n(stormAlarms), r.n(floodMessages)
	orgs := min(stormOrgs, n)
	m, err := r.open()
	if err != nil {
		return err
	}
	w, err := r.seed(m, orgs+calmOrgs, max(1, n/orgs))
	if err = errors.Join(err, m.close()); err != nil {
		return err
	}
	if err := r.flood(w, flood); err != nil {
		return err
	}
	s, err := r.show(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	calm := len(w.workers) / (orgs + calmOrgs) * calmOrgs
	one := &stage{world: &world{workers: w.workers[len(w.workers)-calm:]}, server: s.server, sink: s.sink, raw: s.raw}
	s.workers = w.workers[:len(w.workers)-calm]
	first := min(alonePresses, calm/2)

	app, err := dial(r.ctx, s.server.address)
	if err != nil {
		return err
	}
	defer app.close()
	alone, err := one.pressing(app, one.workers[:first], nil)
	if err != nil {
		return err
	}
	var during spread
	others := one.workers[first:]
	stop := meanwhile(func(over <-chan struct{}) (err error) {
		during, err = one.pressing(app, others, over)
		return err
	})
	began := time.Now()
	err = s.everybody(r, "help", make([]time.Time, len(s.workers)))
	raged := time.Since(began)
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	if _, err := s.settled(r, len(s.workers)+len(alone)+len(during)); err != nil {
		return err
	}
	left, err := r.db.number(r.ctx, bulkLeft)
	if err != nil {
		return err
	}
	r.report(line{
		what: fmt.Sprintf("another organisation's help during a storm of %d and with %d bulk messages queued (n = %d in %.0f s)",
			len(s.workers), flood, len(during), raged.Seconds()),
		got:  fmt.Sprintf("%s; %d bulk messages went out beside", during.times(), flood-left),
		raw:  "the same without the storm: " + alone.times(),
		goal: "p95 ≤ 250 ms, p99 ≤ 1 s",
		met:  judge(during.at(.95) <= 250 && during.at(.99) <= 1000, min(250/during.at(.95), 1000/during.at(.99))),
	})
	return nil
}

// pressing lets one after the other press help, every 200 ms, until there is
// nobody left or it is over.
func (s *stage) pressing(app *caller, who []worker, over <-chan struct{}) (heard spread, err error) {
	tick := time.NewTicker(pressEvery)
	defer tick.Stop()
	for _, w := range who {
		select {
		case <-tick.C:
		case <-over:
			return heard, nil
		}
		first, _, err := s.press(app, w)
		if err != nil {
			return heard, err
		}
		heard.add(first)
	}
	return heard, nil
}

// flood queues bulk messages, in some of the organisations.
func (r *run) flood(w *world, n int) error {
	r.say("queueing %d bulk messages", n)
	now := time.Now()
	orgs := min(floodOrgs, len(w.orgs))
	for i := range orgs {
		share := n / orgs
		err := r.db.fill(r.ctx, statement{floodBulk, []any{
			share, string(w.orgs[i].org), 10_000_000 + i*share, now.UnixMicro(), now.Add(24 * time.Hour).UnixMicro(),
		}})
		if err != nil {
			return err
		}
	}
	return r.db.settle(r.ctx)
}
