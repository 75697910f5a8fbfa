package sms

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

func TestTextMessagesKeepThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		const refused = "+358409999999"
		w := newWorld(t)
		w.take = func(r deliver.Report) error { return take(t.Context(), r) }
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
				for _, m := range w.carrier.Messages() {
					u, err := url.Parse(m.Callback)
					if err != nil {
						t.Error(err)
						continue
					}
					all = append(all, conformance.Taken{To: m.To, Attempt: id.Attempt(u.Query().Get("attempt")), ID: m.SID})
				}
				return all
			},
			Died: func(t *testing.T, of conformance.Taken) {
				for _, m := range w.carrier.Messages() {
					if m.SID != of.ID {
						continue
					}
					if errs := w.carrier.Lose(m, 30005); errs != nil {
						t.Error(errs)
					}
				}
			},
			Report: func(t *testing.T, of conformance.Taken, s deliver.State) {
				words := map[deliver.State]string{deliver.HandedOver: "sent", deliver.Delivered: "delivered", deliver.Failed: "undelivered"}
				for _, m := range w.carrier.Messages() {
					if m.SID == of.ID {
						if errs := w.carrier.Report(m, words[s]); errs != nil {
							t.Error(errs)
						}
					}
				}
			},
		}
	})
}
