package duty_test

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/duty"
)

// BS4: whoever has a duty hands it over by the link of a reminder too, their own
// and to another contact person only; it is never empty.
func TestBS4TheLinkOfAReminderHandsADutyOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw := town.New(t, mustertest.Store(t))
		o := tw.Organisation("North")
		mikko, maija, stranger := o.Monitor("Mikko"), o.Monitor("Maija"), o.Monitor("Eero")
		tw.Stop()
		y := year{t, tw, o}
		y.assign(duty.Technical, mikko)
		y.assign(duty.Administrative, maija)
		y.after(182 * day)
		var reminder id.Message
		for _, m := range sent(t, tw.Store, o.ID) {
			if m.Purpose == duty.Purpose && m.Person == mikko.Person.Person {
				reminder = m.ID
			}
		}
		hand := func(d duty.Duty, to town.Member) error {
			l := duty.Link{Store: tw.Store, Org: o.ID, Message: reminder, From: netip.MustParseAddr("192.0.2.1")}
			return l.HandOver(t.Context(), d, to.Person.Person, "")
		}
		for code, err := range map[string]error{
			"not_found":     hand(duty.Administrative, mikko),
			"not_on_roster": hand(duty.Technical, stranger),
		} {
			if fault.From(err).Code != code {
				t.Errorf("%v, want %s", err, code)
			}
		}
		y.must(hand(duty.Technical, maija))
		if h := holders(t, tw.Store, o)[duty.Technical]; h.Person.Person != maija.Person.Person {
			t.Errorf("%s has it", h.Person.Name)
		}
		if err := hand(duty.Technical, mikko); fault.From(err).Code != "not_found" {
			t.Errorf("taken back: %v", err)
		}
	})
}

// A link that went to an address which is the reader's no more is worth nothing,
// though they can be reached by another that stood behind it.
func TestBS4TheLinkAtAnAddressGivenUpIsWorthNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw := town.New(t, mustertest.Store(t))
		o := tw.Organisation("North")
		mikko := o.Monitor("Mikko")
		tw.Stop()
		y := year{t, tw, o}
		y.assign(duty.Technical, mikko)
		y.after(182 * day)
		elsewhere := "mikko@elsewhere.test"
		y.must(roster.UpdatePerson(t.Context(), tw.Store, tw.Keys, o.Admin.Actor, mikko.Person.Person, roster.Change{Email: &elsewhere}))
		reminders := 0
		for _, m := range sent(t, tw.Store, o.ID) {
			if m.Purpose != duty.Purpose || m.Person != mikko.Person.Person {
				continue
			}
			reminders++
			l := duty.Link{Store: tw.Store, Org: o.ID, Message: m.ID, From: netip.MustParseAddr("192.0.2.1")}
			if err := l.Confirm(t.Context(), ""); len(m.Route) < 2 || fault.From(err).Code != "link_expired" {
				t.Errorf("%+v: %v", m.Route, err)
			}
		}
		if reminders == 0 {
			t.Error("no reminder was sent")
		}
	})
}
