package partner_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/partner"
	"muster/ledger"
	"muster/store"
)

// The month's figures are those that the partner's book gives when every entry
// is counted anew.
func TestSS1StatisticsCanBeCountedAgainFromTheBook(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		outcomes := alarm.Outcomes()
		for i := range 24 {
			w := p.customer.Worker(fmt.Sprintf("Worker %02d", i))
			p.help(p.customer, w)
			c := p.open(p.olga)[0]
			time.Sleep(time.Duration(i*i) * time.Second)
			if i%6 == 5 { // the customer is quicker
				if _, err := alarm.Resolve(t.Context(), p.Store, p.customer.Admin.Actor, c.Alarm, alarm.Real, ""); err != nil {
					t.Fatal(err)
				}
				p.settle()
				continue
			}
			if _, err := p.desk.Accept(t.Context(), p.olga.Actor, c.ID, false); err != nil {
				t.Fatal(err)
			}
			if i%7 == 0 {
				continue // still open
			}
			time.Sleep(time.Minute)
			if _, err := p.desk.Close(t.Context(), p.olga.Actor, c.ID, outcomes[i%len(outcomes)], ""); err != nil {
				t.Fatal(err)
			}
		}
		m, err := p.desk.Statistics(t.Context(), p.olga.Actor, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var book []ledger.Record
		err = p.Store.View(t.Context(), p.house.ID, func(tx *store.Tx) error {
			book = nil
			for before := int64(0); ; {
				page, err := ledger.List(tx, ledger.Filter{Before: before})
				book = append(book, page...)
				if err != nil || len(page) < ledger.MaxList || page[len(page)-1].Seq == 0 {
					return err
				}
				before = page[len(page)-1].Seq
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		count(t, m, book)
	})
}

// count is a small model of the statistics that knows only the book.
func count(t *testing.T, m partner.Month, book []ledger.Record) {
	t.Helper()
	opened, first := map[string]time.Time{}, map[string]time.Time{}
	outcome := map[alarm.Outcome]int{}
	closed := 0
	for _, e := range slices.Backward(book) {
		switch e.Kind {
		case "case.opened":
			opened[e.Subject] = e.At
		case "case.accepted", "case.noted", "case.word_checked", "case.word_looked", "case.closed":
			if e.Kind == "case.closed" {
				closed++
				outcome[alarm.Outcome(e.Facts["Outcome"].(string))]++
				if e.Facts["ByCustomer"] == true {
					continue
				}
			}
			if _, ok := first[e.Subject]; !ok {
				first[e.Subject] = e.At
			}
		}
	}
	if m.All.Cases != len(opened) || m.All.Acted != len(first) || m.All.Open != len(opened)-closed || len(opened) < 24 {
		t.Errorf("%d cases, %d acted, %d open; the book says %d, %d, %d", m.All.Cases, m.All.Acted, m.All.Open, len(opened), len(first), len(opened)-closed)
	}
	for _, bound := range partner.Bounds() {
		n := 0
		for which, at := range first {
			if at.Sub(opened[which]) <= bound {
				n++
			}
		}
		if m.All.Within[bound] != n || n == 0 || m.All.Share(bound) != (200*n+len(opened))/(2*len(opened)) {
			t.Errorf("within %s: %d, the book says %d", bound, m.All.Within[bound], n)
		}
	}
	for o, n := range outcome {
		if m.All.Outcome[o] != n {
			t.Errorf("%s: %d, the book says %d", o, m.All.Outcome[o], n)
		}
	}
}
