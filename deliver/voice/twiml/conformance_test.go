package twiml

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/id"
	"muster/mustertest"
)

func TestCallsOverTheCarrierKeepThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		const refused = "+358409999999"
		w := newWorld(t)
		w.take = take
		w.carrier.Hold = true
		var stopped atomic.Bool
		w.carrier.Fate = func(m mustertest.TextMessage) mustertest.Fate {
			switch {
			case stopped.Load():
				return mustertest.Fate{Status: 503}
			case m.To == refused:
				return mustertest.Fate{Code: 21211}
			}
			return mustertest.Fate{}
		}
		return conformance.Rig{
			Channel: w.channel, Refused: refused,
			Address: func(n int) string { return fmt.Sprintf("+35840%07d", n) },
			Stop:    func() { stopped.Store(true) },
			Start:   func() { stopped.Store(false) },
			Taken: func() (all []conformance.Taken) {
				for _, c := range w.carrier.Calls() {
					u, err := url.Parse(c.Callback())
					if err != nil {
						t.Error(err)
						continue
					}
					all = append(all, conformance.Taken{To: c.To, Attempt: id.Attempt(u.Query().Get("attempt")), ID: c.SID})
				}
				return all
			},
			Report: func(t *testing.T, of conformance.Taken, s deliver.State) {
				for _, c := range w.carrier.Calls() {
					if c.SID != of.ID {
						continue
					}
					var err error
					switch s {
					case deliver.HandedOver:
						err = w.carrier.Status(c, "ringing")
					case deliver.Failed:
						err = w.carrier.Status(c, "completed")
					case deliver.Delivered:
						err = w.carrier.Press(c, "1")
					}
					if err != nil {
						t.Error(err)
					}
				}
			},
		}
	})
}
