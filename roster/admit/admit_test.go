package admit_test

import (
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/admit"
	"muster/store"
)

// FL8: what support gives somebody on the roster is worth nothing before an
// administrator of the customer's says yes, and nothing at all after a no.
func TestFL8WhatSupportGivesWaitsForTheCustomer(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := town.New(t, s)
		org := w.Organisation("Harbour Works")
		admin := org.Admin.Actor
		guest := actor.Actor{
			Kind: actor.Staff, Org: org.ID, Staff: id.New[id.Staff](), Grant: id.New[id.Grant](), Name: "Oliver", Roles: admin.Roles, Door: actor.Board,
			Support: actor.Support{Department: actor.SecondLine, Stands: true, Configure: true, Live: true, Supervised: true},
		}
		add := func(name, email string) id.Person {
			t.Helper()
			p, err := roster.AddPerson(t.Context(), s, w.Keys, guest, roster.NewPerson{Name: name, Email: email, Roles: []actor.Membership{{Role: actor.Monitor}}})
			if err != nil || len(p.Roles) != 0 {
				t.Fatalf("%+v, %v", p.Roles, err)
			}
			return p.Person
		}
		roles := func(p id.Person) (found roster.Person) {
			t.Helper()
			err := s.View(t.Context(), org.ID, func(tx *store.Tx) (err error) {
				found, err = roster.Find(tx, p)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		eve, mallory := add("Eve", "eve@good.test"), add("Mallory", "mallory@good.test")
		employed := admin
		employed.Employed = true
		for _, who := range []actor.Actor{guest, employed, org.Monitor("Mikko").Actor} {
			if err := admit.Agree(t.Context(), s, w.Keys, who, eve); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s agrees: %v", who.Name, err)
			}
		}
		if err := admit.Agree(t.Context(), s, w.Keys, admin, eve); err != nil {
			t.Fatal(err)
		}
		if p := roles(eve); len(p.Roles) != 1 || p.Roles[0].Role != actor.Monitor {
			t.Errorf("%+v", p.Roles)
		}
		if err := admit.Refuse(t.Context(), s, admin, mallory); err != nil {
			t.Fatal(err)
		}
		if roles(mallory).Active {
			t.Error("who was refused is on the roster")
		}
		wide := []actor.Membership{{Role: actor.Monitor}, {Role: actor.Worker, Workspace: org.Workspace}}
		aino := org.Worker("Aino")
		if err := roster.UpdatePerson(t.Context(), s, w.Keys, guest, aino.Person.Person, roster.Change{Roles: &wide}); err != nil {
			t.Fatal(err)
		}
		if err := admit.Refuse(t.Context(), s, admin, aino.Person.Person); err != nil {
			t.Fatal(err)
		}
		if p := roles(aino.Person.Person); !p.Active || len(p.Roles) != 1 {
			t.Errorf("%+v", p)
		}
		err := s.View(t.Context(), org.ID, func(tx *store.Tx) error {
			all, err := admit.All(tx)
			if len(all) != 0 {
				t.Errorf("%+v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
