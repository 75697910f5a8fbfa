package desk_test

import (
	"slices"
	"testing"

	"muster/actor"
	"muster/id"
	"muster/ledger"
	"muster/letin/desk"
	"muster/mustertest"
	"muster/policy"
	"muster/store"
)

// FL10: what was only asked by telephone counts by a mail that confirms it in so
// many words, and by no other, least of all by one that says no.
func TestFL10AMailThatDoesNotConfirmMakesNothingCount(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		olga := agent("Olga", actor.FirstLine)
		for words, counts := range map[string]bool{
			"No! We never asked for that.": false, "Who called you?": false, "Confirm what?": false, "I confirm nothing.": false, "I do not confirm": false,
			"I confirm.": true, "Vahvistan": true, "Oui je confirme !\n\nAline": true,
		} {
			q, err := h.Note(t.Context(), olga, desk.Noted{
				Org: h.org.ID, Channel: desk.Phone, Address: h.org.Admin.First("email"),
				Wanted: desk.Wanted{Kind: desk.Setting, Setting: "Muster/updateOrganisation", Subject: "A call", Words: "Please begin with 1000."},
			})
			if err != nil {
				t.Fatal(err)
			}
			w := wish(h.org.Admin.First("email"), words)
			w.Org, w.About, w.Answered = h.org.ID, string(q.ID), s.Now()
			h.receive(w)
			if q, _ = h.see(q.ID); q.Counts() != counts {
				t.Errorf("%q: counts is %t", words, q.Counts())
			}
			if rules := h.vouched(q.ID); counts != slices.Equal(rules, []string{"request-vouch"}) {
				t.Errorf("%q: in the book by %q", words, rules)
			}
		}
	})
}

// vouched are the rules by which the customer's book says that a request counts.
func (h *house) vouched(which id.Request) (rules []string) {
	h.Helper()
	err := h.Store.View(h.Context(), h.org.ID, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{Subject: string(which), Kind: "request.vouched"})
		rules = nil
		for _, r := range all {
			rules = append(rules, r.Rule)
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return rules
}

// FL10: whoever is of the provider's staff as well, and a token that stands for
// somebody, confirm nothing in the customer's name.
func TestFL10NobodyOfTheProviderConfirmsForTheCustomer(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		olga := h.town.Staff("Olga", actor.FirstLine)
		twin := h.org.Join("Olga too", olga.Email, actor.Administrator)
		q, err := h.Note(t.Context(), olga.Actor, desk.Noted{
			Org: h.org.ID, Channel: desk.Phone, Address: twin.First("email"), Wanted: desk.Wanted{Kind: desk.Look, Subject: "A call", Words: "Please look."},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Vouch(t.Context(), twin.Actor, q.ID, q.Mark()); code(err) != "request-not-for-the-customer" {
			t.Errorf("in the console: %v", err)
		}
		token := h.org.Admin.Actor
		token.Token, token.Door = "tok_1", actor.API
		if err := h.Vouch(t.Context(), token, q.ID, q.Mark()); code(err) != "request-vouch" {
			t.Errorf("by a token of an administrator's: %v", err)
		}
		w := wish(olga.Email, "I confirm")
		w.Org, w.About, w.Answered = h.org.ID, string(q.ID), s.Now()
		h.receive(w)
		if q, _ = h.see(q.ID); q.Counts() {
			t.Error("confirmed by mail")
		}
	})
}

// FL6, FL10: nothing is deleted of what was asked for by telephone only, whoever
// of the provider's agrees, until the customer has confirmed it.
func TestFL6WhatDoesNotCountIsNotDeleted(t *testing.T) {
	h := open(t, mustertest.Store(t))
	q, err := h.Note(t.Context(), agent("Olga", actor.FirstLine), desk.Noted{
		Org: h.org.ID, Channel: desk.Phone, Name: "Somebody", Wanted: desk.Wanted{Kind: desk.TestData, Subject: "A call", Words: "Please delete it all."},
	})
	if err != nil {
		t.Fatal(err)
	}
	try := func(which id.Request) error {
		return h.In(t.Context(), h.org.ID, func(tx *store.Tx) error {
			_, _, err := desk.Hold(tx, agent("Hedda", actor.FirstLine, actor.Head), which, "approveDeletion", policy.Line|policy.Ready)
			return err
		})
	}
	if err := try(q.ID); code(err) != "request_uncounted" {
		t.Errorf("asked by telephone: %v", err)
	}
	if err := h.Vouch(t.Context(), h.org.Admin.Actor, q.ID, q.Mark()); err != nil {
		t.Fatal(err)
	}
	if err := try(q.ID); err != nil {
		t.Errorf("confirmed: %v", err)
	}
}
