package whatsapp

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/cloud"
)

func TestWhatsAppKeepsThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		const refused = "+358409999999"
		w := enter(t, mustertest.Store(t))
		w.channel.Reported = take
		var stopped atomic.Bool
		w.api.Fate = func(m cloud.Message) cloud.Fate {
			switch {
			case stopped.Load():
				return cloud.Fate{Code: 131016}
			case m.To == refused:
				return cloud.Fate{Code: 131026}
			}
			return cloud.Fate{}
		}
		return conformance.Rig{
			Channel: w.channel, Refused: refused,
			Address: func(n int) string { return fmt.Sprintf("+35840%07d", n) },
			Stop:    func() { stopped.Store(true) },
			Start:   func() { stopped.Store(false) },
			Taken: func() (all []conformance.Taken) {
				for _, m := range w.api.Messages() {
					all = append(all, conformance.Taken{To: m.To, Attempt: id.Attempt(m.Opaque), ID: m.ID})
				}
				return all
			},
			Died: func(_ *testing.T, of conformance.Taken) {
				for _, m := range w.api.Messages() {
					if m.ID == of.ID {
						w.api.Status(m, "failed", 131026)
					}
				}
				w.settled()
			},
			Report: func(t *testing.T, of conformance.Taken, s deliver.State) {
				words := map[deliver.State]string{deliver.HandedOver: "sent", deliver.Delivered: "read", deliver.Failed: "failed"}
				for _, m := range w.api.Messages() {
					if m.ID == of.ID {
						w.api.Status(m, words[s], 131026)
					}
				}
				w.settled()
			},
		}
	})
}
