package inbound_test

import (
	"testing"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

// A real mail system takes a mail and says a moment later that there is no such
// mailbox: whoever has the address is not relied on any more, and the
// administrators hear of it. That a mailbox is full says nothing about it.
func TestOA4ABounceMarksWhoeverHasTheAddress(t *testing.T) {
	h := open(t, mustertest.Store(t), "lmtp://127.0.0.1:0?domain=in.muster.test")
	p := mustertest.Postfix(t, mustertest.PostfixRoute{Domain: "in.muster.test", Transport: "lmtp:inet:" + h.door.Addr().String()})
	h.post(p.Addr)
	people := map[string]roster.Person{}
	for _, address := range []string{"dead@good.test", "full@good.test", "gone@good.test", "here@good.test"} {
		person, err := roster.AddPerson(t.Context(), h.town.Store, h.town.Keys, h.org.Admin.Actor, roster.NewPerson{Name: address, Email: address, Roles: []actor.Membership{{Role: actor.Monitor}}})
		if err != nil {
			t.Fatal(err)
		}
		people[address] = person
	}
	for address, end := range map[string]deliver.State{
		"dead@good.test": deliver.Failed, "full@good.test": deliver.Failed, "gone@good.test": deliver.Failed, "here@good.test": deliver.Relayed,
	} {
		m := h.send(address)
		h.until("test:"+address, func([]deliver.Attempt) bool { return h.state(m) == end })
	}
	want := map[string]dead.Why{"dead@good.test": dead.Unknown, "gone@good.test": dead.Unknown, "full@good.test": dead.Alive, "here@good.test": dead.Alive}
	h.do(func(tx *store.Tx) error {
		for address, why := range want {
			now, err := roster.Find(tx, people[address].Person)
			if err != nil {
				return err
			}
			if p := now.Points[0]; p.Bounced != why || p.BouncedAt.IsZero() != (why == dead.Alive) {
				t.Errorf("%s: %+v", address, p)
			}
		}
		all, err := deliver.Latest(tx, 50)
		told := 0
		for _, m := range all {
			if m.Purpose == "address_dead_of" && m.Person == h.org.Admin.Person.Person {
				told++
			}
		}
		if told != 2 {
			t.Errorf("the administrator was told %d times", told)
		}
		return err
	})
}
