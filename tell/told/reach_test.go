package told_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// receipts are what is known of those who were told, by name and word.
func (h *house) receipts(which id.Notice) (all []told.Receipt) {
	h.Helper()
	h.must(h.town.Store.View(h.Context(), h.north.ID, func(tx *store.Tx) (err error) {
		all, err = told.Receipts(tx, which)
		return err
	}))
	return all
}

func (h *house) calls() []told.Open {
	h.Helper()
	all, err := h.told.Calls(h.Context(), h.olga)
	h.must(err)
	return all
}

// deputy is whoever stands in for north's technical contact, with an address
// that is confirmed.
func (h *house) deputy() roster.Recipient {
	h.Helper()
	var held []duty.Holder
	h.must(h.town.Store.View(h.Context(), h.north.ID, func(tx *store.Tx) (err error) {
		held, err = duty.Holders(tx)
		return err
	}))
	d := held[0].Deputy
	h.must(contact.Proved(h.Context(), h.town.Store, actor.Actor{Kind: actor.Person, Org: h.north.ID, Person: d.Person, Name: d.Name}, d.First(roster.Email)))
	return d
}

// Notices row 8: what does not get through to somebody goes to their deputy,
// and where it reaches nobody the organisation is on the list of those to call.
// No word is without an end.
func TestBS5Notice8WhatDoesNotGetThroughGoesToTheDeputyAndThenOnTheCallList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := living(t)
		deputy := h.deputy()
		h.soon()
		refused := deliver.Refused("550", "no such user")
		h.town.Mail.Fail(1, refused)
		h.town.SMS.Fail(9, refused)
		p := h.say(h.down(h.database))
		h.turn()
		pass(time.Minute)
		if !slices.ContainsFunc(h.receipts(p.After.ID), func(r told.Receipt) bool { return r.Person == deputy.Person && r.Why == "deputy" }) {
			t.Fatalf("the deputy was not told: %+v", h.receipts(p.After.ID))
		}
		h.since(deputy.First(roster.Email), len(h.subjects(deputy.First(roster.Email)))-1, "Database cannot be reached")
		if calls := h.calls(); len(calls) != 0 {
			t.Errorf("to be called, though the deputy may have heard: %+v", calls)
		}

		h.town.Mail.Fail(2, refused)
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "known", News: notice.News{State: notice.Identified, Promised: h.town.Store.Now().Add(time.Hour), Components: []id.Component{h.database}}})
		h.turn()
		pass(time.Minute)
		calls := h.calls()
		if len(calls) != 1 || calls[0].Org != h.north.ID || calls[0].Why != "failed" || calls[0].N != 2 {
			t.Fatalf("%+v", calls)
		}
		h.must(h.told.Called(t.Context(), h.paula, h.north.ID, p.After.ID, false))
		if calls := h.calls(); len(calls) != 1 || calls[0].Tried != h.paula.Name {
			t.Errorf("after a call that reached nobody: %+v", calls)
		}
		h.must(h.told.Called(t.Context(), h.paula, h.north.ID, p.After.ID, true))
		if err := h.told.Called(t.Context(), h.paula, h.north.ID, p.After.ID, true); !errors.Is(err, fault.New(fault.Conflict, "already_done")) {
			t.Errorf("called twice: %v", err)
		}
		if len(h.calls()) != 0 {
			t.Error("still to be called")
		}
	})
}

func TestBS5WhereNobodyCanBeToldSomebodyIsCalled(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		empty := h.town.Organisation("Empty")
		h.must(component.Install(t.Context(), s, h.olga, empty.ID, []component.Installation{{Component: h.database}}))
		h.office.Wide = 0
		p := h.say(h.down(h.database))
		h.turn()
		calls := h.calls()
		if len(calls) != 1 || calls[0].Org != empty.ID || calls[0].Why != "nobody" || calls[0].Notice != p.After.ID {
			t.Errorf("%+v", calls)
		}
	})
}

// Notices row 16: the customer and the provider see the same of each message,
// and that it was read only if a person said so.
func TestBS8Notice16BothSidesSeeHowFarEachWordCame(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		p := h.say(h.down(h.database))
		h.turn()
		h.town.Mail.Phone(t, h.north.Admin.First("email")).Expect("Database cannot be reached.")
		all := h.receipts(p.After.ID)
		if len(all) != 1 || all[0].Person != h.north.Admin.Person.Person || !all[0].Read.IsZero() || all[0].Channel != "email" && all[0].Message == "" {
			t.Fatalf("%+v", all)
		}
		err := told.Read(t.Context(), s, h.south.Admin.Actor, p.After.ID, 1)
		if !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			t.Errorf("another organisation reads it: %v", err)
		}
		guest := h.north.Admin.Actor
		guest.Kind = actor.Staff
		if err := told.Read(t.Context(), s, guest, p.After.ID, 1); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("somebody of support reads it in another's name: %v", err)
		}
		h.must(told.Read(t.Context(), s, h.north.Admin.Actor, p.After.ID, 1))
		h.must(told.Read(t.Context(), s, h.north.Admin.Actor, p.After.ID, 1))
		theirs, err := h.told.Reached(t.Context(), h.olga, p.After.ID)
		h.must(err)
		if len(theirs) != 1 || theirs[0].Name != "North" || len(theirs[0].Receipts) != 1 || theirs[0].Receipts[0].Read.IsZero() || theirs[0].Receipts[0].State != deliver.Answered {
			t.Errorf("%+v", theirs)
		}
	})
}

// Notices row 11: all words on one notice are one conversation of each reader.
func TestBS5Notice11AllWordsAreOneConversation(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		phone := h.town.Mail.Phone(t, h.north.Admin.First("email"))
		p := h.say(h.down(h.database))
		h.turn()
		phone.Expect("cannot be reached")
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "works", News: notice.News{State: notice.Resolved, Components: []id.Component{h.database}}})
		h.turn()
		phone.Expect("incident is over")
		other := h.say(h.down(h.database))
		h.turn()
		phone.Expect("cannot be reached")
		threads := map[string]int{}
		for _, out := range h.town.Mail.Sent() {
			if strings.HasPrefix(out.Thread, "ntc_") {
				threads[out.Thread]++
			}
		}
		if threads[string(p.After.ID)] != 2 || threads[string(other.After.ID)] != 1 {
			t.Errorf("%v", threads)
		}
	})
}

// BS7: what concerns a branch that is not listed goes to the technical contact,
// who may pass it on.
func TestBS7WhatConcernsABranchThatIsNotListedMayBePassedOn(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		h.must(component.Install(t.Context(), s, h.olga, h.north.ID, []component.Installation{{Component: h.database, Workspace: h.north.Workspace}}))
		h.say(h.down(h.database))
		h.turn()
		h.town.Mail.Phone(t, h.north.Admin.First("email")).Expect("cannot be reached")
		i := slices.IndexFunc(h.town.Mail.Sent(), func(out deliver.Outgoing) bool { return strings.HasPrefix(out.Thread, "ntc_") })
		text := h.town.Mail.Sent()[i].Text
		if !strings.Contains(text, "Please pass this on to: Harbour") || !strings.Contains(text, "You may pass it on") || strings.Contains(text, "do not pass it on") {
			t.Error(text)
		}
	})
}

// BS7, notices row 8: who stands in for the technical contact learns to whom the
// news are to be passed on.
func TestBS7WhoStandsInIsToldWhomToPassItOnTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := living(t)
		deputy := h.deputy()
		h.must(component.Install(t.Context(), h.town.Store, h.olga, h.north.ID, []component.Installation{{Component: h.database, Workspace: h.north.Workspace}}))
		h.soon()
		h.town.Mail.Fail(1, deliver.Refused("550", "no such user"))
		h.say(h.down(h.database))
		h.turn()
		pass(time.Minute)
		h.town.Mail.Phone(t, deputy.First(roster.Email)).Expect("cannot be reached", "Please pass this on to: Harbour")
	})
}
