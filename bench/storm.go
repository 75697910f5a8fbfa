package bench

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// The storm of the design: every alarm is one message of its own.
const (
	stormAlarms  = 10_000
	stormOrgs    = 200
	stormCallers = 64
	stormRounds  = 3
)

// What the peers did on the same kind of machine, alarms/s and CPU-ms each.
const (
	goAlertStorm = 94.0
	stormGoal    = 1500.0
	stormCPU     = 2.0
)

// stallTime is the longest that a storm may stand still before its last
// message; what has not come then counts as lost.
const stallTime = 40 * time.Second

// stormed is what one storm was like.
type stormed struct {
	rate     float64 // alarms a second, first post to last message
	accepted float64 // alarms a second, first post to last answer
	server   float64 // CPU-ms each
	database float64
	heard    spread // from each post to its message, ms
}

// stormRow lets everybody press help at once, in many organisations, round
// after round, in turns with the bare database and the bare socket.
func stormRow(r *run) error {
	return r.storms(stormOrgs, stormRounds, "storm: %d alarms in %d organisations", true)
}

// stormOneRow is the same in one organisation, whose book is one queue.
func stormOneRow(r *run) error {
	return r.storms(1, 1, "storm: %d alarms in %d organisation", false)
}

func (r *run) storms(orgs, rounds int, what string, goal bool) (err error) {
	n := r.n(stormAlarms)
	orgs = min(orgs, n)
	s, err := r.stage(orgs, n/orgs, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var rates, accepted, server, database, durable, posts spread
	var heard spread
	for i := range rounds {
		one, err := s.storm(r)
		if err != nil {
			return err
		}
		rates, accepted = append(rates, one.rate), append(accepted, one.accepted)
		server, database, heard = append(server, one.server), append(database, one.database), append(heard, one.heard...)
		bare, err := s.raw.batched(r.ctx, stormCallers, 2*time.Second)
		if err != nil {
			return err
		}
		post, err := postRate(r.ctx, s.sink.address, stormCallers, 2*time.Second)
		if err != nil {
			return err
		}
		durable, posts = append(durable, bare), append(posts, post)
		if i+1 < rounds {
			if err := s.calm(r); err != nil {
				return err
			}
		}
	}
	l := line{
		what: fmt.Sprintf(what, len(s.workers), orgs) + ", one message each",
		got:  fmt.Sprintf("%s/s (answered at %s/s); post → carrier %s", rates.rounds("%.0f"), accepted.rounds("%.0f"), heard.times()),
		raw:  fmt.Sprintf("rows, batched %s/s; requests %s/s; ratio %.3f", durable.rounds("%.0f"), posts.rounds("%.0f"), rates.median()/durable.median()),
	}
	used := line{
		what: l.what + ": processor", raw: "–",
		got: fmt.Sprintf("%s CPU-ms each: server %s, database's own processes %s", digits(server.median()+database.median()),
			server.rounds("%.2f"), database.rounds("%.2f")),
	}
	if goal {
		l.goal = "≥ 1,500/s, 15 × GoAlert's 94/s, 0 lost, 0 doubled"
		l.met = judge(rates.median() >= stormGoal, rates.median()/stormGoal) + fmt.Sprintf("; %.1f× GoAlert", rates.median()/goAlertStorm)
		used.goal = "≤ 2 CPU-ms each (GoAlert 13.8)"
		used.met = judge(server.median()+database.median() <= stormCPU, stormCPU/(server.median()+database.median()))
	}
	r.report(l)
	r.report(used)
	return nil
}

// storm lets every worker press help, and waits until every message has come
// and is recorded.
func (s *stage) storm(r *run) (one stormed, err error) {
	posted := make([]time.Time, len(s.workers))
	// The rows were put there from outside, behind the server's back: a server
	// at work has what it needs at hand.
	if err := s.everybody(r, "check-in", posted); err != nil {
		return one, err
	}
	s.sink.forget()
	server, database := s.server.used()
	began := time.Now()
	if err := s.everybody(r, "help", posted); err != nil {
		return one, err
	}
	one.accepted = float64(len(s.workers)) / time.Since(began).Seconds()
	last, err := s.settled(r, len(s.workers))
	if err != nil {
		return one, err
	}
	one.rate = float64(len(s.workers)) / last.Sub(began).Seconds()
	one.server, one.database = s.spent(server, database)
	s.sink.mu.Lock()
	for i, w := range s.workers {
		if at, ok := s.sink.came[w.name]; ok {
			one.heard.add(at.Sub(posted[i]))
		}
	}
	s.sink.mu.Unlock()
	r.say("%.0f alarms/s, answered at %.0f/s; %.2f + %.2f CPU-ms each; %s", one.rate, one.accepted, one.server, one.database, one.heard.times())
	return one, nil
}

// spent is what the storm cost since then, CPU-ms an alarm.
func (s *stage) spent(server, database time.Duration) (float64, float64) {
	each := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) / float64(len(s.workers)) }
	server2, database2 := s.server.used()
	return each(server2 - server), each(database2 - database)
}

// everybody lets each worker do something once, and notes when.
func (s *stage) everybody(r *run, act string, posted []time.Time) error {
	callers := make([]*caller, stormCallers)
	for i := range callers {
		c, err := dial(r.ctx, s.server.address)
		if err != nil {
			return err
		}
		defer c.close()
		callers[i] = c
	}
	// Neighbours in the list are of one organisation; a storm is not so tidy.
	step := coprime(len(s.workers))
	return crowd(stormCallers, len(s.workers), func(c, i int) error {
		i = i * step % len(s.workers)
		posted[i] = time.Now()
		return callers[c].ask("/shifts/"+string(s.workers[i].shift)+"/"+act, s.workers[i].token)
	})
}

// coprime is a step that visits everyone of n once.
func coprime(n int) int {
	gcd := func(a, b int) int {
		for b != 0 {
			a, b = b, a%b
		}
		return a
	}
	step := n*5/8 + 1
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

// settled waits until n messages have come and the database has recorded so;
// it tells when the last one came, and says what was lost or doubled.
func (s *stage) settled(r *run, n int) (last time.Time, err error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	before, moved := -1, time.Now()
	for time.Since(moved) < stallTime {
		came, _, _ := s.sink.count()
		if came >= n {
			recorded, err := r.db.number(r.ctx, handedOver)
			if err != nil {
				return last, err
			}
			if came += recorded; recorded >= n {
				break
			}
		}
		if came != before {
			before, moved = came, time.Now()
		}
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			return last, r.ctx.Err()
		}
	}
	return s.verdict(r, n)
}

// verdict compares what came with what the database says.
func (s *stage) verdict(r *run, n int) (time.Time, error) {
	workers, attempts, twice := s.sink.count()
	alarms, err := r.db.number(r.ctx, openAlarms)
	messages, err2 := r.db.number(r.ctx, handedOver)
	tries, err3 := r.db.number(r.ctx, sosTries)
	if workers != n || attempts != n || twice != 0 || alarms != n || messages != n || tries != n {
		r.lost("%d alarms: messages about %d workers, %d attempts, %d of them doubled; on record %d alarms, %d messages handed over, %d attempts",
			n, workers, attempts, twice, alarms, messages, tries)
		r.say("the server said:\n%s", s.server.log)
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	return s.sink.last, errors.Join(err, err2, err3)
}

// calm ends every alarm, so that the next storm can begin.
func (s *stage) calm(r *run) error {
	return r.db.fill(r.ctx, statement{text: calm}, statement{text: calmTimers}, statement{text: forget}, statement{text: forgetTry})
}

// missedRow lets every worker miss a check-in in the same instant.
func missedRow(r *run) (err error) {
	n := r.n(stormAlarms)
	orgs := min(stormOrgs, n)
	s, err := r.stage(orgs, n/orgs, func(*world) error {
		// While they are set, nothing may be due; the server starts after.
		at := time.Now().Add(time.Hour).UnixMicro()
		return r.db.fill(r.ctx, statement{missShifts, []any{at}}, statement{missTimers, []any{at}})
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	server, database := s.server.used()
	due := time.Now().Add(10 * time.Second)
	if err := r.db.fill(r.ctx, statement{missShifts, []any{due.UnixMicro()}}, statement{missTimers, []any{due.UnixMicro()}}); err != nil {
		return err
	}
	last, err := s.settled(r, len(s.workers))
	if err != nil {
		return err
	}
	own, other := s.spent(server, database)
	late, err := r.db.numbers(r.ctx, lateness)
	if err != nil {
		return err
	}
	var raised, heard spread
	for _, µs := range late {
		raised.add(time.Duration(µs) * time.Microsecond)
	}
	s.sink.mu.Lock()
	for _, at := range s.sink.came {
		heard.add(at.Sub(due))
	}
	s.sink.mu.Unlock()
	rate := float64(len(s.workers)) / last.Sub(due).Seconds()
	r.report(line{
		what: fmt.Sprintf("storm: %d check-ins missed in the same instant, one message each", len(s.workers)),
		got: fmt.Sprintf("%.0f/s; deadline → its unit begins %s; deadline → carrier %s; %s CPU-ms each (server %.2f, database %.2f)",
			rate, raised.times(), heard.times(), digits(own+other), own, other),
		raw: "–", goal: "p99 ≤ 250 ms alone, all ≤ 5 s (GoAlert 10–27 s at 1,000)", met: judge(heard.at(1) <= 5000, 5000/heard.at(1)),
	})
	return nil
}

// meanwhile runs something beside until stop is called.
func meanwhile(do func(over <-chan struct{}) error) (stop func() error) {
	over := make(chan struct{})
	var wg sync.WaitGroup
	var err error
	wg.Go(func() { err = do(over) })
	return func() error {
		close(over)
		wg.Wait()
		return err
	}
}
