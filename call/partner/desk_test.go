package partner_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/partner"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/call/procedure"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// place is a town with a customer and its partner, connected, and a second
// customer of whom that partner must see nothing.
type place struct {
	*town.Town
	t                *testing.T
	customer, house  *town.Organisation
	other, otherDesk *town.Organisation
	aino             town.Member
	olga, otto       town.Member // operators
	link             id.Link
	desk             partner.Desk
	clerk            enrol.Clerk
}

func build(t *testing.T, s *store.Store) *place {
	t.Helper()
	p := &place{Town: town.New(t, s), t: t}
	p.desk, p.clerk = partner.Desk{Store: s, Keys: p.Keys}, enrol.Clerk{Store: s, Keys: p.Keys}
	p.customer, p.house = p.Organisation("Harbour Works"), p.Partner("Northern Watch")
	p.other, p.otherDesk = p.Organisation("Hill Farm"), p.Partner("Southern Watch")
	p.customer.Monitor("Mikko")
	p.aino = p.customer.Worker("Aino")
	p.olga, p.otto = p.house.Operator("Olga"), p.house.Operator("Otto")
	p.otherDesk.Operator("Sven")
	p.link = p.customer.Connect(p.house)
	p.other.Connect(p.otherDesk)
	return p
}

// help has somebody call for it, and waits until the engines rest.
func (p *place) help(org *town.Organisation, worker town.Member) alarm.Alarm {
	p.t.Helper()
	s, err := p.Desk.Start(p.t.Context(), worker.Actor, worker.Person.Person, org.Workspace, shift.Terms{})
	if err != nil {
		p.t.Fatal(err)
	}
	line, err := p.Desk.Help(p.t.Context(), worker.Actor, s.ID, shift.Signal{Note: "fallen"})
	if err != nil {
		p.t.Fatal(err)
	}
	p.settle()
	return *line.Alarm
}

// settle lets the engines do what is due.
func (p *place) settle() {
	time.Sleep(100 * time.Millisecond) // of the bubble
	synctest.Wait()
}

func (p *place) open(who town.Member) []partner.Case {
	p.t.Helper()
	b, err := p.desk.Look(p.t.Context(), who.Actor, "")
	if err != nil {
		p.t.Fatal(err)
	}
	return b.Open
}

func (p *place) alarm(org *town.Organisation, which id.Alarm) alarm.Alarm {
	p.t.Helper()
	a, err := alarm.Get(p.t.Context(), p.Store, org.Admin.Actor, which)
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

func (p *place) confirmAll() {
	p.t.Helper()
	list, err := p.clerk.Inbox(p.t.Context(), p.olga.Actor)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range list {
		if err := p.clerk.Settle(p.t.Context(), p.olga.Actor, c.Link, c.Number, enrol.Confirmed, ""); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *place) kinds(org id.Org, subject string) (kinds []string) {
	p.t.Helper()
	err := p.Store.View(p.t.Context(), org, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{Subject: subject})
		kinds = nil
		for _, e := range all {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return kinds
}

func (p *place) wants(err error, code string) {
	p.t.Helper()
	if err == nil || fault.From(err).Code != code {
		p.t.Errorf("got %v, want %s", err, code)
	}
}

// inTown runs a test in virtual time.
func inTown(t *testing.T, test func(t *testing.T, p *place)) {
	synctest.Test(t, func(t *testing.T) {
		p := build(t, mustertest.Store(t))
		test(t, p)
		p.Stop()
	})
}

func TestSS1APartnerSeesTheAlarmsOfItsCustomersAndOfNobodyElse(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		bea := p.other.Worker("Bea")
		a, b := p.help(p.customer, p.aino), p.help(p.other, bea)
		open := p.open(p.olga)
		if len(open) != 1 || open[0].Alarm != a.ID || open[0].CustomerName != "Harbour Works" || open[0].WorkerName != p.aino.Name {
			t.Fatalf("the desk shows %+v", open)
		}
		if took := open[0].Opened.Sub(a.Raised); took > time.Second {
			t.Errorf("the alarm took %s to the desk", took)
		}
		p.Mail.Phone(t, p.olga.First(roster.Email)).Expect("Harbour Works", "Aino")
		p.SMS.Phone(t, p.otto.First(roster.SMS)).Expect("Harbour Works")

		// What is another partner's is not there, and neither is the customer's own.
		theirs := p.open(town.Member{Actor: p.otherDesk.Admin.Actor})
		if len(theirs) != 1 || theirs[0].Alarm != b.ID {
			t.Fatalf("the other desk shows %+v", theirs)
		}
		_, err := p.desk.See(t.Context(), p.olga.Actor, theirs[0].ID)
		p.wants(err, "not_found")
		_, err = p.desk.Accept(t.Context(), p.olga.Actor, theirs[0].ID, false)
		p.wants(err, "not_found")
		_, err = alarm.Get(t.Context(), p.Store, p.olga.Actor, a.ID)
		p.wants(err, "not_found")
		_, err = p.desk.Look(t.Context(), p.customer.Admin.Actor, "")
		if err == nil && len(p.open(p.customer.Admin)) != 0 {
			t.Error("a customer has a desk")
		}
	})
}

func TestSS1AnOperatorAnswersInTheirOwnAndThePartnersName(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		a := p.help(p.customer, p.aino)
		which := p.open(p.olga)[0].ID
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, which, false); err != nil {
			t.Fatal(err)
		}
		if got := p.alarm(p.customer, a.ID); got.State != alarm.Acknowledged || got.Ack.Name != "Olga (Northern Watch)" {
			t.Errorf("the customer sees %s by %q", got.State, got.Ack.Name)
		}
		_, err := p.desk.Accept(t.Context(), p.otto.Actor, which, false)
		p.wants(err, "already_acknowledged")
		if c, err := p.desk.Accept(t.Context(), p.otto.Actor, which, true); err != nil || c.Accepted.Name != "Otto" {
			t.Errorf("taken over: %v by %q", err, c.Accepted.Name)
		}
		if _, err := p.desk.Note(t.Context(), p.otto.Actor, which, "Rang twice"); err != nil {
			t.Fatal(err)
		}
		if _, err := p.desk.Close(t.Context(), p.otto.Actor, which, alarm.False, "Pressed by mistake"); err != nil {
			t.Fatal(err)
		}
		got := p.alarm(p.customer, a.ID)
		if got.State != alarm.Resolved || got.Closed.Name != "Otto (Northern Watch)" || got.Outcome != alarm.False || got.Closing != "Pressed by mistake" {
			t.Errorf("the customer sees %s by %q, %s", got.State, got.Closed.Name, got.Outcome)
		}
		for org, subject := range map[id.Org]string{p.customer.ID: string(a.ID), p.house.ID: string(which)} {
			if n := len(p.kinds(org, subject)); n < 4 {
				t.Errorf("%d entries about it in the book of %s", n, org)
			}
		}
		_, err = p.desk.Note(t.Context(), p.otto.Actor, which, "again")
		p.wants(err, "already_resolved")
		p.settle()
		if len(p.open(p.olga)) != 0 {
			t.Error("the case is still open")
		}
	})
}

func TestSS1WhatTheCustomerDoesReachesTheDesk(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		a := p.help(p.customer, p.aino)
		which := p.open(p.olga)[0].ID
		if _, err := alarm.Acknowledge(t.Context(), p.Store, p.customer.Admin.Actor, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, which, false); err != nil {
			t.Fatal(err) // two heads are no mistake
		}
		if _, err := alarm.Resolve(t.Context(), p.Store, p.customer.Admin.Actor, a.ID, alarm.Real, "Found"); err != nil {
			t.Fatal(err)
		}
		p.settle()
		b, err := p.desk.Look(t.Context(), p.olga.Actor, "")
		if err != nil || len(b.Open) != 0 || len(b.Closed) != 1 || b.Closed[0].Outcome != alarm.Real || b.Closed[0].Closed.Person != "" {
			t.Fatalf("the desk shows %+v %v", b, err)
		}
		if s, err := p.desk.See(t.Context(), p.olga.Actor, which); err != nil || s.Live != nil {
			t.Errorf("of a closed case the desk still shows what the customer knows: %v", err)
		}
	})
}

func TestSS1ACaseThatNobodyTakesIsToldAgainWithoutAnEnd(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		p.help(p.customer, p.aino)
		phone := p.SMS.Phone(t, p.olga.First(roster.SMS))
		for range 12 {
			phone.Expect("ALARM from Harbour Works")
			time.Sleep(10 * time.Minute)
			synctest.Wait()
		}
		c := p.open(p.olga)[0]
		if c.Round < 20 {
			t.Errorf("told %d times in two hours", c.Round)
		}
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, c.ID, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(16 * time.Minute) // taken and forgotten
		synctest.Wait()
		phone.Expect("STILL OPEN")
	})
}

func TestSS1NothingGoesAcrossBeforeBothAgreeOrAfterOneEndsIt(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		third := p.Organisation("Third Ltd")
		cara := third.Worker("Cara")
		link, err := connection.Propose(t.Context(), p.Store, p.house.Admin.Actor, third.ID) // the partner asks
		if err != nil {
			t.Fatal(err)
		}
		p.help(third, cara)
		if n := len(p.open(p.olga)); n != 0 {
			t.Fatalf("%d cases before the customer agreed", n)
		}
		_, err = connection.Agree(t.Context(), p.Store, p.house.Admin.Actor, link.ID, enrol.Begun)
		p.wants(err, "connection_not_yours")
		_, err = connection.Agree(t.Context(), p.Store, p.other.Admin.Actor, link.ID, enrol.Begun)
		p.wants(err, "not_found")
		_, err = connection.Agree(t.Context(), p.Store, cara.Actor, link.ID, enrol.Begun)
		p.wants(err, "refused")

		a := p.help(p.customer, p.aino)
		which := p.open(p.olga)[0].ID
		if _, err := connection.End(t.Context(), p.Store, p.customer.Admin.Actor, p.link, "Another partner", partner.Ended); err != nil {
			t.Fatal(err)
		}
		_, err = p.desk.Accept(t.Context(), p.olga.Actor, which, false)
		p.wants(err, "already_resolved")
		if s, err := p.desk.See(t.Context(), p.olga.Actor, which); err != nil || s.Live != nil || s.State != partner.Closed {
			t.Errorf("after the end the desk shows %+v %v", s, err)
		}
		if got := p.alarm(p.customer, a.ID); !got.Open() {
			t.Error("the customer's alarm ended with the connection")
		}
		for _, org := range []id.Org{p.customer.ID, p.house.ID} {
			if k := p.kinds(org, string(p.link)); len(k) == 0 || k[0] != "connection.ended" {
				t.Errorf("the book of %s says %v", org, k)
			}
		}
	})
}

func TestSS1WhenAConnectionEndsWhatItsOperatorsHadInHandIsCalledOutAgain(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		a := p.help(p.customer, p.aino)
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, p.open(p.olga)[0].ID, false); err != nil {
			t.Fatal(err)
		}
		if got := p.alarm(p.customer, a.ID); got.State != alarm.Acknowledged {
			t.Fatalf("%+v", got)
		}
		if _, err := connection.End(t.Context(), p.Store, p.house.Admin.Actor, p.link, "Unpaid", partner.Ended); err != nil {
			t.Fatal(err)
		}
		p.settle()
		if got := p.alarm(p.customer, a.ID); got.State != alarm.Raised || !got.Wide {
			t.Errorf("nobody is called: %s, %v", got.State, got.Wide)
		}
	})
}

// switchOn is past the gate, which has a test of its own.
var switchOn = store.Query("test.switch_on", `update procedure set active = true where org = $1`).Telemetry()

// A step for a partner that is not there must not keep people waiting.
func TestSS1AStepForAPartnerThatIsNotConnectedIsNotWaitedFor(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		_, err := procedure.Create(t.Context(), p.Store, p.customer.Admin.Actor, procedure.Subject{}, procedure.Draft{
			Name: "Nights", Steps: []procedure.Step{
				{Whom: procedure.Partner, ID: string(p.otherDesk.ID), Wait: time.Hour},
				{Whom: procedure.Monitors, Wait: time.Minute},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Store.Do(t.Context(), p.customer.ID, func(tx *store.Tx) error { return tx.Write(switchOn) }); err != nil {
			t.Fatal(err)
		}
		a := p.help(p.customer, p.aino)
		if got := p.alarm(p.customer, a.ID); got.Step != 2 {
			t.Errorf("after %v the alarm is at step %d", time.Since(a.Raised), got.Step)
		}
		if k := p.kinds(p.customer.ID, string(a.ID)); !slices.Contains(k, "alarm.no_partner") {
			t.Errorf("the book says %v", k)
		}
	})
}

func TestSS1AStepOfAProcedureHandsOver(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		if err := connection.Settle(t.Context(), p.Store, p.customer.Admin.Actor, p.link, connection.Terms{}); err != nil {
			t.Fatal(err)
		}
		a := p.help(p.customer, p.aino)
		if n := len(p.open(p.olga)); n != 0 {
			t.Fatalf("%d cases that nobody asked for", n)
		}
		p.ask(p.customer, a.ID)
		if open := p.open(p.olga); len(open) != 1 || open[0].Alarm != a.ID {
			t.Fatalf("the desk shows %+v", open)
		}
		if _, err := p.desk.Close(t.Context(), p.olga.Actor, p.open(p.olga)[0].ID, alarm.Drill, ""); err != nil {
			t.Fatal(err)
		}
		p.ask(p.customer, a.ID) // late: it is over
		if n := len(p.open(p.olga)); n != 0 {
			t.Errorf("%d cases of an alarm that is over", n)
		}
	})
}

// ask sets the timer that a step of a procedure sets.
func (p *place) ask(org *town.Organisation, which id.Alarm) {
	p.t.Helper()
	err := p.Store.Do(p.t.Context(), org.ID, func(tx *store.Tx) error {
		return timer.Set(tx, alarm.HandoverTimer, string(which), tx.Now())
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.settle()
}
