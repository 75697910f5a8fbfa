package partner_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"muster/call/alarm"
	"muster/call/drill"
	"muster/mustertest"
)

// A customer's drill is one at the partner's desk too: in the case, in every
// message to operators, and in how it ends.
func TestADrillIsADrillAtThePartnersDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := build(t, mustertest.Store(t))
		if _, err := drill.Begin(t.Context(), p.Store, p.customer.Admin.Actor, p.aino.Person.Person, "quarterly"); err != nil {
			t.Fatal(err)
		}
		p.settle()
		cases := p.open(p.olga)
		if len(cases) != 1 || !cases[0].Drill {
			t.Fatalf("%d cases, %+v", len(cases), cases)
		}
		told := 0
		for _, out := range append(p.Mail.Sent(), p.SMS.Sent()...) {
			if out.Org != p.house.ID {
				continue
			}
			if told++; !strings.Contains(out.Subject+out.Text, "DRILL") {
				t.Errorf("to %s: %s %s", out.To, out.Subject, out.Text)
			}
		}
		if told == 0 {
			t.Error("no operator was told")
		}
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, cases[0].ID, false); err != nil {
			t.Fatal(err)
		}
		c, err := p.desk.Close(t.Context(), p.olga.Actor, cases[0].ID, alarm.Real, "")
		if err != nil || c.Outcome != alarm.Drill {
			t.Errorf("closed as %q, %v", c.Outcome, err)
		}
	})
}
