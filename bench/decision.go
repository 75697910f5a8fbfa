package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	decisionCallers = 64
	decisionTime    = 6 * time.Second
	decisionRounds  = 3
	decisionGoal    = 2000.0
	decisionLate    = 10.0 // ms
)

func question(g guested) []byte {
	return []byte(`{"subject":{"type":"pass","id":"` + g.pass + `"},"action":{"name":"view"},"resource":{"type":"page","id":"orders"}}`)
}

// decisionRow is how many decisions a second a product gets, each in the
// customer's book before it is answered (access N8): as many as can be, and at
// the pace of the goal how late they come.
func decisionRow(r *run) (err error) {
	n, err := r.inn()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	raw, err := newRaw(r.ctx, r.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.close()) }()
	for _, customers := range []int{1, 8} {
		var all []guested
		for i := range customers {
			g, err := n.customer(r.ctx, fmt.Sprintf("freight-%d-%d", customers, i))
			if err != nil {
				return err
			}
			all = append(all, g)
		}
		var rates, late, bare, rows spread
		var paced spread
		for range decisionRounds {
			perSecond, _, err := n.decide(r, all, 0)
			if err != nil {
				return err
			}
			got, took, err := n.decide(r, all, decisionGoal)
			if err != nil {
				return err
			}
			requests, err := emptyRate(r.ctx, decisionCallers, decisionTime/3)
			if err != nil {
				return err
			}
			durable, err := raw.batched(r.ctx, decisionCallers, decisionTime/3)
			if err != nil {
				return err
			}
			rates, late, paced = append(rates, perSecond), append(late, took...), append(paced, got)
			bare, rows = append(bare, requests), append(rows, durable)
		}
		r.report(line{
			what: fmt.Sprintf("decisions for a product over HTTP, %d connections, %d customers, each in the book when answered", decisionCallers, customers),
			got:  fmt.Sprintf("%s/s at most; offered %.0f/s: %s/s answered, %s", rates.rounds("%.0f"), decisionGoal, paced.rounds("%.0f"), late.times()),
			raw:  fmt.Sprintf("requests that do nothing %s/s; rows, batched %s/s; ratio %.2f", bare.rounds("%.0f"), rows.rounds("%.0f"), rates.median()/min(bare.median(), rows.median())),
			goal: "≥ 2,000/s, p99 ≤ 10 ms",
			met:  judge(rates.median() >= decisionGoal && late.at(.99) <= decisionLate, min(rates.median()/decisionGoal, decisionLate/late.at(.99))),
		})
	}
	return nil
}

// emptyRate is how many requests a second the barest server answers.
func emptyRate(ctx context.Context, clients int, d time.Duration) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	server := &http.Server{ReadHeaderTimeout: askTime, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })}
	go server.Serve(l)
	defer server.Close()
	return postRate(ctx, l.Addr().String(), clients, d)
}

// decide asks as fast as it is answered or, with a pace, so often a second.
func (n *inn) decide(r *run, all []guested, pace float64) (perSecond float64, took spread, err error) {
	callers, each := make([]*caller, decisionCallers), make([]spread, decisionCallers)
	for i := range callers {
		if callers[i], err = dial(r.ctx, n.server.address); err != nil {
			return 0, nil, err
		}
		defer callers[i].close()
	}
	began := time.Now()
	perSecond, err = rate(decisionCallers, decisionTime, func(c int) error {
		at := time.Now()
		if pace > 0 { // late is late, whoever made the question wait
			due := began.Add(time.Duration((float64(len(each[c])) + float64(c)/decisionCallers) * decisionCallers / pace * float64(time.Second)))
			if wait := time.Until(due); wait > 0 {
				<-time.After(wait)
			}
			at = due
		}
		err := callers[c].send("/access/v1/evaluation", n.token, question(all[c%len(all)]))
		each[c].add(time.Since(at))
		return err
	})
	for _, e := range each {
		took = append(took, e...)
	}
	return perSecond, took, err
}
