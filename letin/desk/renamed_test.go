package desk_test

import (
	"errors"
	"testing"

	"muster/actor"
	"muster/letin/desk"
	"muster/mustertest"
	"muster/store"
)

// FL10: what made a request count must hold for whatever support calls it then.
func TestFL10WhatSupportCallsARequestCountsOnlyIfItWasAskedFor(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		olga := agent("Olga", actor.FirstLine)
		called := func(q desk.Request, kind desk.Kind, setting string, want desk.Doubt) {
			t.Helper()
			if err := h.Classify(t.Context(), olga, q.ID, kind, setting); err != nil {
				t.Fatal(err)
			}
			if now, _ := h.see(q.ID); now.Doubt != want || now.Counts() != (want == "") {
				t.Errorf("%s %s of what came by %s: %q, counts: %t; want %q", kind, setting, q.Channel, now.Doubt, now.Counts(), want)
			}
		}
		taken := func(q desk.Request, err error) desk.Request {
			t.Helper()
			if err = errors.Join(err, h.Take(t.Context(), olga, q.ID)); err != nil {
				t.Fatal(err)
			}
			return q
		}
		admin := h.org.Admin
		q := taken(h.Ask(t.Context(), admin.Actor, desk.Wanted{Kind: desk.Setting, Setting: one, Subject: "The name", Words: "Please change it."}))
		called(q, desk.Setting, other, desk.Renamed)
		if got := h.mails(h.org.ID, "request_received"); got[0].Facts["Words"] == nil {
			t.Errorf("nobody was told that it does not count any more: %+v", got[0].Facts)
		}
		q, _ = h.see(q.ID)
		if err := h.Vouch(t.Context(), admin.Actor, q.ID, q.Mark()); err != nil {
			t.Fatal(err)
		}
		called(q, desk.RealData, "", desk.Renamed)
		w := wish(admin.First("email"), "I confirm.")
		w.Org, w.About, w.Answered = h.org.ID, string(q.ID), s.Now()
		h.receive(w)
		if now, _ := h.see(q.ID); !now.Counts() {
			t.Errorf("confirmed by mail: %q", now.Doubt)
		}
		called(q, desk.Look, "", "")

		// A mail says no kind; what support understands by it first is held to who wrote.
		mail := wish(admin.First("email"), "Please number from 1000.")
		mail.Org = h.org.ID
		h.receive(mail)
		mailed := h.latest()
		taken(mailed, nil)
		called(mailed, desk.Setting, one, "")
		called(mailed, desk.Other, "", "")
		called(mailed, desk.Setting, other, desk.Renamed)

		mika := taken(h.Ask(t.Context(), h.mika.Actor, desk.Wanted{Kind: desk.Look, Subject: "The board", Words: "It is empty."}))
		called(mika, desk.TestData, "", desk.NoSuchRole)
		called(mika, desk.Other, "", "")

		phone := taken(h.Note(t.Context(), olga, desk.Noted{
			Org: h.org.ID, Channel: desk.Phone, Address: admin.First("email"), Wanted: desk.Wanted{Kind: desk.Look, Subject: "A call", Words: "Please look."},
		}))
		if err := h.Vouch(t.Context(), admin.Actor, phone.ID, phone.Mark()); err != nil {
			t.Fatal(err)
		}
		called(phone, desk.Other, "", desk.ByPhone)
	})
}

// latest is the request that came last.
func (h *house) latest() desk.Request {
	h.Helper()
	all, err := h.List(h.Context(), h.org.Admin.Actor, h.town.Store.Now().AddDate(0, 0, 1))
	if err != nil || len(all) == 0 {
		h.Fatalf("%d, %v", len(all), err)
	}
	return all[0]
}
