package desk_test

import (
	"errors"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

var manyRequests = store.Query("desk_test.put", `insert into request (org, id, year, number, channel, kind, setting, subject, sender, address,
		administrator, proved, doubt, counted, vouched, state, department, agent_name, outcome, made, changed)
	values ($1, $2, 2026, $3, 'console', 'other', '', 'x', '', '', true, true, '', $4, '', 'new', $5, '', '', $4, $4)`)

// FL16: who sees only one queue sees all of it, however many requests there are
// in the others.
func TestFL16OtherQueuesTakeNoRoom(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		const others = 230
		err := s.Do(t.Context(), h.org.ID, func(tx *store.Tx) (err error) {
			for n := range others + 1 {
				team := actor.FirstLine
				if n == others {
					team = actor.Accounting
				}
				err = errors.Join(err, tx.Write(manyRequests, id.New[id.Request](), 1000+n, tx.Now(), string(team)))
			}
			return errors.Join(err, ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "request.asked", Subject: string(h.org.ID)}))
		})
		if err != nil {
			t.Fatal(err)
		}
		for team, want := range map[actor.Department]int{actor.Accounting: 1, actor.Sales: 0, actor.FirstLine: 200} {
			got, _, err := h.Queue(t.Context(), agent("Reader", team), "", true)
			if err != nil || len(got) != want {
				t.Errorf("%s sees %d requests, want %d, %v", team, len(got), want, err)
			}
		}
		if got, _, err := h.Queue(t.Context(), agent("Reader", actor.Accounting), actor.FirstLine, true); err != nil || len(got) != 0 {
			t.Errorf("accounting sees %d of the first line's, %v", len(got), err)
		}
	})
}
