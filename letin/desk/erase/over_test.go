package erase_test

import (
	"errors"
	"net/netip"
	"testing"

	"muster/actor"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/mustertest"
	"muster/store"
)

// A request that was refused is over: nothing goes to development, and the
// director agrees to nothing any more.
func TestFL7NothingGoesOnARequestThatIsOver(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		h.director("boss@good.test")
		q := h.asked(desk.RealData)
		h.mailed("boss@good.test", q, true)
		for _, s := range []erase.Step{erase.Compare, erase.List, erase.Send} {
			if got := h.step(h.olga, q, s, erase.Given{List: "Everything"}); got != "" {
				t.Fatalf("%s: %q", s, got)
			}
		}
		_, token := h.link("director_agree")
		p, err := h.Open(t.Context(), token)
		if err = errors.Join(err, h.Close(t.Context(), h.olga, q, desk.Refused, "They do not want it any more.")); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Open(t.Context(), token); code(err) != "link_expired" {
			t.Errorf("the link still opens: %v", err)
		}
		if err := h.Confirm(t.Context(), token, p.List.Digest(), netip.Addr{}); code(err) != "link_expired" {
			t.Errorf("agreed to: %v", err)
		}
		if got := h.step(h.olga, q, erase.List, erase.Given{List: "Everything"}); got != "request_closed" {
			t.Errorf("a step: %q", got)
		}
	})
}

// What development hands back can be passed to it again: there it is recorded,
// and nowhere else.
func TestFL6WhatDevelopmentHandsBackIsPassedAgain(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		q, ctx := h.asked(desk.TestData), t.Context()
		if err := h.Reply(ctx, h.olga, q, desk.Answer{Template: "test_data", Words: "This is how."}); err != nil {
			t.Fatal(err)
		}
		step := func(who actor.Actor, s erase.Step) {
			t.Helper()
			given := erase.Given{Words: "All of them.", Paper: erase.Paper{Who: "Kaisa of Harbour Works", Why: "They cannot find them.", What: "All visits of May"}}
			if got := h.step(who, q, s, given); got != "" {
				t.Errorf("%s: %q", s, got)
			}
		}
		for _, s := range []erase.Step{erase.Show, erase.Decline, erase.Write} {
			step(h.olga, s)
		}
		step(h.head, erase.Approve)
		step(h.olga, erase.Pass)
		err := errors.Join(
			h.HandOver(ctx, h.dev, q, actor.FirstLine, "May of which year? Please ask them."),
			h.Desk.Take(ctx, h.olga, q),
		)
		if err != nil {
			t.Fatal(err)
		}
		step(h.olga, erase.Pass)
		step(h.dev, erase.Record)
		h.booked(q, "show decline write approve pass pass record")
	})
}
