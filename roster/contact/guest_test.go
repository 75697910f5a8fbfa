package contact_test

import (
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

// FL8: support takes no address that its owner has confirmed out of use either,
// by putting another before it or switching it off.
func TestFL8SupportPutsNoConfirmedAddressAside(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		admin := w.self
		admin.Roles = w.aino.Roles
		p, err := roster.AddPerson(t.Context(), s, w.keys, admin, roster.NewPerson{Name: "Bo", Email: "bo@huolto.example", Mobile: "0401234569", Roles: []actor.Membership{{Role: actor.Worker}}})
		if err != nil {
			t.Fatal(err)
		}
		self := actor.Actor{Kind: actor.Person, Org: w.org, Person: p.Person, Name: p.Name, Roles: p.Roles}
		guest := actor.Actor{
			Kind: actor.Staff, Org: w.org, Staff: id.New[id.Staff](), Grant: id.New[id.Grant](), Name: "Oliver", Roles: admin.Roles, Door: actor.Board,
			Support: actor.Support{Department: actor.SecondLine, Stands: true, Configure: true, Live: true, Supervised: true},
		}
		put := func(who actor.Actor, first, second int, alarms bool) string {
			settings := []contact.Setting{{ID: p.Points[first].ID, Alarms: alarms}, {ID: p.Points[second].ID, Alarms: true}}
			if err := contact.Arrange(t.Context(), s, who, p.Person, settings); err != nil {
				return fault.From(err).Code
			}
			return ""
		}
		if code := put(guest, 1, 0, true); code != "" {
			t.Errorf("nothing is confirmed yet: %s", code)
		}
		if err := contact.StartVerification(t.Context(), s, w.keys, self, p.Person, p.Points[1].ID); err != nil {
			t.Fatal(err)
		}
		_, code := w.sent()
		if err := contact.Confirm(t.Context(), s, w.keys, self, p.Person, p.Points[1].ID, code); err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]string{"put behind": put(guest, 0, 1, true), "switched off": put(guest, 1, 0, false)} {
			if got != "refused" {
				t.Errorf("%s: %q", name, got)
			}
		}
		if code := put(self, 0, 1, true); code != "" {
			t.Errorf("their own hand: %s", code)
		}
	})
}
