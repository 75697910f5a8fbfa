package forget

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/shift"
	"muster/call/wire"
	"muster/deliver"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
	"muster/tell/told"
)

// sent is somebody who is sent a message by mail and is then erased.
func sent(t *testing.T, s *store.Store, tw *town.Town) (org *town.Organisation, mikko town.Member, erase func()) {
	t.Helper()
	org = tw.Organisation("North")
	mikko = org.Monitor("Mikko Laine")
	err := s.Do(t.Context(), org.ID, func(tx *store.Tx) error {
		_, err := mikko.Tell(tx, deliver.Message{
			Purpose: "support_roster", Lane: deliver.SOS, About: about, Valid: time.Hour,
			Facts: map[string]any{"By": "Oliver", "Org": "North", "Zone": "Europe/Helsinki", "At": tx.Now(), "Link": "/roster", "Text": "one"},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return org, mikko, func() {
		t.Helper()
		if err := shift.RemovePerson(t.Context(), s, org.Admin.Actor, mikko.Person.Person); err != nil {
			t.Fatal(err)
		}
		if err := Forget(t.Context(), s, org.Admin.Actor, mikko.Person.Person, Asked, mikko.Name); err != nil {
			t.Fatal(err)
		}
	}
}

const about = "grt_late"

// tries of the message, as they stand.
func tries(t *testing.T, s *store.Store, org *town.Organisation) (all []deliver.Attempt) {
	t.Helper()
	err := s.View(t.Context(), org.ID, func(tx *store.Tx) (err error) {
		all, err = deliver.AttemptsAbout(tx, about, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A message that leaves while its reader is erased says nowhere where it went.
func TestAccessN5WhatLeavesMeanwhileBringsNoAddressBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustertest.Store(t)
		tw := town.New(t, s)
		tw.Mail.Stall(1, 5*time.Second)
		tw.Mail.Fail(1, errors.New("mailbox of mikko is full"))
		org, mikko, erase := sent(t, s, tw)
		synctest.Wait()
		erase()
		time.Sleep(time.Minute)
		synctest.Wait()
		all := tries(t, s, org)
		if len(all) == 0 {
			t.Fatal("nothing was under way")
		}
		for _, a := range all {
			if a.Address != "" || a.Detail != "" {
				t.Errorf("%s: %q %q", mikko.First("email"), a.Address, a.Detail)
			}
		}
	})
}

// What a carrier says later of a message to somebody erased has no words, and
// nothing follows from it.
func TestAccessN5WhatACarrierSaysLaterBringsNothingBack(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		tw.Mail.Patience = 30 * time.Second
		org, mikko, erase := sent(t, s, tw)
		tw.Mail.Phone(t, mikko.First("email")).Expect("Oliver")
		tw.Stop()
		last := tries(t, s, org)
		erase()
		after := deliver.Aftermath{Failed: func(tx *store.Tx, m deliver.Message) error {
			return errors.Join(wire.Unheard(tx, m), alarm.Unheard(tx, m), told.Unheard(tx, m))
		}}
		report := deliver.Report{ProviderID: last[0].ProviderID, State: deliver.Failed, Detail: fmt.Sprintf("550 <%s> unknown", mikko.First("email"))}
		if err := after.Apply(t.Context(), s, "email", report); err != nil {
			t.Error(err)
		}
		for _, a := range tries(t, s, org) {
			if a.State != deliver.Failed || a.Detail != "" || strings.Contains(a.Address, "@") {
				t.Errorf("%+v", a)
			}
		}
	})
}

// Whoever is erased while a carrier is silent about a message to them holds up
// nobody else's: the next way is tried all the same.
func TestAccessN5SilenceAboutSomebodyErasedHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustertest.Store(t)
		tw := town.New(t, s)
		org, _, erase := sent(t, s, tw)
		aino := org.Monitor("Aino Aalto")
		synctest.Wait()
		erase()
		err := s.Do(t.Context(), org.ID, func(tx *store.Tx) error {
			_, err := deliver.Queue(tx, deliver.Message{
				Purpose: "support_roster", Lane: deliver.SOS, Person: aino.Person.Person, Lang: "en", About: "grt_other", Valid: time.Hour,
				Route: []deliver.Stop{{Channel: "sms", Address: aino.First("sms")}, {Channel: "email", Address: aino.First("email")}},
				Facts: map[string]any{"By": "Oliver", "Org": "North", "Zone": "Europe/Helsinki", "At": tx.Now(), "Link": "/roster", "Text": "one"},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		tw.Mail.Phone(t, aino.First("email")).Expect("Oliver")
	})
}
