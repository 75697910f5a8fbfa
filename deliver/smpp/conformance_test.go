package smpp

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/mustertest"
)

// troubled is the status by which a centre says that it cannot take anything.
const troubled = 8

func TestTextsToACentreKeepThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, take func(context.Context, deliver.Report) error) conformance.Rig {
		const refused = "+358409999999"
		centre := mustertest.NewCentre(t, map[string]any{"silent": true, "refuse": map[string]int{refused[1:]: int(badDestination)}})
		c, err := New(centre.Setting(""), Doors{Reported: take, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { c.Run(ctx) })
		t.Cleanup(func() { cancel(); running.Wait() })
		set := func(trouble int) {
			centre.Order(t, map[string]any{"set": map[string]any{"trouble": trouble}, "sums": true})
			centre.Expect(t, "that it has heard", func(s mustertest.CentreSaid) bool { return s.Sums != nil })
		}
		return conformance.Rig{
			Channel: c, Refused: refused, Nameless: true,
			Address: func(n int) string { return fmt.Sprintf("+35840%07d", n) },
			Stop:    func() { set(troubled) },
			Start:   func() { set(0) },
			Taken: func() (all []conformance.Taken) {
				for _, s := range centre.All() {
					if s.Submit != nil {
						all = append(all, conformance.Taken{To: "+" + s.Submit.To, ID: s.Submit.ID})
					}
				}
				return all
			},
			Report: func(t *testing.T, of conformance.Taken, s deliver.State) {
				words := map[deliver.State]string{deliver.HandedOver: "ACCEPTD", deliver.Delivered: "DELIVRD", deliver.Failed: "UNDELIV"}
				answered := func() (n int) {
					for _, said := range centre.All() {
						if said.ReceiptAnswered == of.ID {
							n++
						}
						if said.ReceiptRefused != 0 {
							t.Errorf("a receipt was refused with %#x", said.ReceiptRefused)
						}
					}
					return n
				}
				before := answered()
				centre.Order(t, map[string]any{"receipt": of.ID, "to": strings.TrimPrefix(of.To, "+"), "state": words[s]})
				for range 1000 {
					if answered() > before {
						return
					}
					<-time.After(10 * time.Millisecond)
				}
				t.Error("a receipt was not answered")
			},
		}
	})
}
