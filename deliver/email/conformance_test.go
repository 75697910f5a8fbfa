package email

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"

	"muster/deliver"
	"muster/deliver/conformance"
	"muster/id"
)

func TestMailKeepsThePromisesOfEveryChannel(t *testing.T) {
	t.Parallel()
	conformance.Hold(t, func(t *testing.T, _ func(context.Context, deliver.Report) error) conformance.Rig {
		relay := newServer(t)
		var stopped atomic.Bool
		relay.onMail = func() error {
			if stopped.Load() {
				return reply(451)
			}
			return nil
		}
		return conformance.Rig{
			Channel: channel(t, relay.addr, ""), Refused: "550@good.test",
			Address: func(n int) string { return fmt.Sprintf("aino.%d@good.test", n) },
			Stop:    func() { stopped.Store(true) },
			Start:   func() { stopped.Store(false) },
			Taken: func() (all []conformance.Taken) {
				for _, text := range relay.taken() {
					m, err := mail.ReadMessage(strings.NewReader(text))
					if err != nil {
						t.Error(err)
						continue
					}
					attempt, _, _ := strings.Cut(strings.TrimPrefix(m.Header.Get("Message-ID"), "<"), "@")
					all = append(all, conformance.Taken{
						To: strings.Trim(m.Header.Get("To"), "<>"), Attempt: id.Attempt(attempt), ID: m.Header.Get("Message-ID"),
					})
				}
				return all
			},
		}
	})
}
