package bench

import (
	"errors"
	"fmt"
	"time"
)

const (
	checkInWorkers = 4_000
	checkInOrgs    = 40
	checkInCallers = 64
	checkInRounds  = 3
	checkInTime    = 6 * time.Second
	checkInGoal    = 5000.0
	checkInShare   = 0.6
)

// checkInRow is how many check-ins a second are answered, each durable before
// it is answered, in turns with the bare database and with the barest server
// on it.
func checkInRow(r *run) (err error) {
	workers := r.n(checkInWorkers)
	s, err := r.stage(min(checkInOrgs, workers), max(1, workers/checkInOrgs), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var rates, direct, http, server, database, asked spread
	for range checkInRounds {
		own, other := s.server.used()
		rate, took, err := s.checkIns(r)
		if err != nil {
			return err
		}
		own2, other2 := s.server.used()
		done := rate * checkInTime.Seconds()
		rates, asked = append(rates, rate), append(asked, took...)
		server = append(server, float64((own2-own).Microseconds())/done)
		database = append(database, float64((other2-other).Microseconds())/done)
		bare, err := s.raw.batched(r.ctx, checkInCallers, checkInTime/3)
		if err != nil {
			return err
		}
		over, err := s.raw.overHTTP(r.ctx, checkInCallers, checkInTime/3)
		if err != nil {
			return err
		}
		direct, http = append(direct, bare), append(http, over)
	}
	share, overHTTP := rates.median()/direct.median(), rates.median()/http.median()
	r.report(line{
		what: fmt.Sprintf("check-ins over HTTP, %d connections, each durable when answered", checkInCallers),
		got: fmt.Sprintf("%s/s; %s; %.0f + %.0f CPU-µs each (server, database)", rates.rounds("%.0f"), asked.times(),
			server.median(), database.median()),
		raw: fmt.Sprintf("upserts, batched: in process %s/s, ratio %.2f; over the barest HTTP %s/s, ratio %.2f",
			direct.rounds("%.0f"), share, http.rounds("%.0f"), overHTTP),
		goal: "≥ 5,000/s and ≥ 0.6 × raw",
		met: judge(rates.median() >= checkInGoal && share >= checkInShare, min(rates.median()/checkInGoal, share/checkInShare)) +
			fmt.Sprintf(" (%.1f× of 5,000/s, %.2f of 0.6)", rates.median()/checkInGoal, share),
	})
	return nil
}

// checkIns lets workers check in as fast as they are answered.
func (s *stage) checkIns(r *run) (perSecond float64, took spread, err error) {
	callers := make([]*caller, checkInCallers)
	each := make([]spread, checkInCallers)
	for i := range callers {
		c, err := dial(r.ctx, s.server.address)
		if err != nil {
			return 0, nil, err
		}
		defer c.close()
		callers[i] = c
	}
	perSecond, err = rate(checkInCallers, checkInTime, func(c int) error {
		w := s.workers[(len(each[c])*checkInCallers+c)%len(s.workers)]
		began := time.Now()
		err := callers[c].ask("/shifts/"+string(w.shift)+"/check-in", w.token)
		each[c].add(time.Since(began))
		return err
	})
	for _, e := range each {
		took = append(took, e...)
	}
	return perSecond, took, err
}
