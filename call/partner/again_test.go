package partner_test

import (
	"slices"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/partner/connection"
	"muster/call/procedure"
	"muster/call/shift"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// calls counts what a person's telephone got about a case.
func (p *place) calls(who town.Member, beginning string) (n int) {
	for _, out := range p.SMS.Sent() {
		if out.To == who.First(roster.SMS) && len(out.Text) >= len(beginning) && out.Text[:len(beginning)] == beginning {
			n++
		}
	}
	return n
}

func (p *place) press(worker town.Member) {
	p.t.Helper()
	_, err := p.Desk.Call(p.t.Context(), worker.Actor, worker.Person.Person, shift.Signal{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}

// Whoever has the case at the desk is in charge: that help is called for once
// more must reach that operator, and all of them where it cannot.
func TestSS1HelpThatIsCalledForAgainReachesTheOperatorInCharge(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		const words = "HELP AGAIN"
		p.help(p.customer, p.aino)
		time.Sleep(2 * time.Minute)
		p.press(p.aino)
		if a, b := p.calls(p.olga, words), p.calls(p.otto, words); a != 1 || b != 1 {
			t.Errorf("while nobody had the case %d and %d operators' calls came", a, b)
		}
		which := p.open(p.olga)[0].ID
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, which, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		for range 5 { // whoever needs help presses more than once
			p.press(p.aino)
		}
		if a, b := p.calls(p.olga, words), p.calls(p.otto, words); a != 2 || b != 1 {
			t.Errorf("the operator in charge was told %d times, the other %d times, want 2 and 1", a, b)
		}
		again := 0
		for _, k := range p.kinds(p.house.ID, string(which)) {
			if k == "case.again" {
				again++
			}
		}
		if again != 6 {
			t.Errorf("the partner's book says so %d times, want 6", again)
		}
		err := p.Store.Do(t.Context(), p.house.ID, func(tx *store.Tx) error {
			return roster.RemovePerson(tx, p.house.Admin.Actor, p.olga.Person.Person)
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		p.press(p.aino)
		if n := p.calls(p.otto, words); n != 2 {
			t.Errorf("the operator in charge has left, and the other was told %d times, want 2", n)
		}
	})
}

// nights switches a procedure on, past the gate, which has a test of its own.
func (p *place) nights(steps ...procedure.Step) {
	p.t.Helper()
	_, err := procedure.Create(p.t.Context(), p.Store, p.customer.Admin.Actor, procedure.Subject{}, procedure.Draft{Name: "Nights", Steps: steps})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.Store.Do(p.t.Context(), p.customer.ID, func(tx *store.Tx) error { return tx.Write(switchOn) }); err != nil {
		p.t.Fatal(err)
	}
}

// A partner none of whose operators can be reached has been told nothing: the
// ladder goes on, whether the step brought the case or it was there before.
func TestSS1APartnerWithoutOperatorsIsNotWaitedFor(t *testing.T) {
	for _, every := range []bool{false, true} {
		inTown(t, func(t *testing.T, p *place) {
			if err := connection.Settle(t.Context(), p.Store, p.customer.Admin.Actor, p.link, connection.Terms{Every: every}); err != nil {
				t.Fatal(err)
			}
			for _, one := range []town.Member{p.olga, p.otto} {
				err := p.Store.Do(t.Context(), p.house.ID, func(tx *store.Tx) error {
					return roster.RemovePerson(tx, p.house.Admin.Actor, one.Person.Person)
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			p.nights(
				procedure.Step{Whom: procedure.Monitors, Wait: time.Minute},
				procedure.Step{Whom: procedure.Partner, ID: string(p.house.ID), Wait: time.Hour},
				procedure.Step{Whom: procedure.Monitors, Wait: time.Minute},
			)
			a := p.help(p.customer, p.aino)
			if got := p.alarm(p.customer, a.ID); got.Step != 1 {
				t.Errorf("every %v: before its time the alarm is at step %d", every, got.Step)
			}
			time.Sleep(time.Minute)
			p.settle()
			if got := p.alarm(p.customer, a.ID); got.Step != 3 {
				t.Errorf("every %v: after %v the alarm is at step %d", every, time.Since(a.Raised), got.Step)
			}
			if k := p.kinds(p.customer.ID, string(a.ID)); !slices.Contains(k, "alarm.partner_unreached") {
				t.Errorf("the book says %v", k)
			}
		})
	}
}

// With somebody at the desk the step is waited for, also where the case was
// there before.
func TestSS1APartnerWithOperatorsIsWaitedFor(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		p.nights(
			procedure.Step{Whom: procedure.Partner, ID: string(p.house.ID), Wait: time.Hour},
			procedure.Step{Whom: procedure.Monitors, Wait: time.Minute},
		)
		a := p.help(p.customer, p.aino)
		time.Sleep(59 * time.Minute)
		p.settle()
		if got := p.alarm(p.customer, a.ID); got.Step != 1 || got.State != alarm.Raised {
			t.Errorf("after %v the alarm is at step %d", time.Since(a.Raised), got.Step)
		}
	})
}
