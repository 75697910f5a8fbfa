package desk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/letin/desk"
	"muster/mustertest"
	"muster/roster"
	"muster/store"
)

const one, other = "Muster/updateOrganisation", "Muster/editProcedure"

// wished are the settings for which the organisation's requests count now.
func (h *house) wished() (refs []string) {
	h.Helper()
	err := h.Store.View(h.Context(), h.org.ID, func(tx *store.Tx) error {
		all, err := desk.Wishes(tx)
		refs = nil
		for _, w := range all {
			if w.Counts {
				refs = append(refs, w.Setting)
			}
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return refs
}

// FL10: a request that is over opens nothing, and no word of thanks, nor one of
// somebody who could not ask for it, makes it open anything again.
func TestFL10AWordAfterTheEndMakesNothingCountAgain(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		ctx, olga, admin := t.Context(), agent("Olga", actor.FirstLine), h.org.Admin
		for name, speak := range map[string]func(q desk.Request) error{
			"whoever asked, no administrator": func(q desk.Request) error { return h.Say(ctx, h.mika.Actor, q.ID, "Thank you, that was quick.") },
			"an administrator by mail": func(q desk.Request) error {
				w := wish(admin.First("email"), "Thank you!")
				w.Org, w.About, w.Answered = h.org.ID, string(q.ID), s.Now()
				return h.Receive(ctx, w)
			},
		} {
			q := h.ask(h.mika.Actor, desk.Setting)
			err := errors.Join(h.Vouch(ctx, admin.Actor, q.ID, q.Mark()), h.Take(ctx, olga, q.ID))
			if got := h.wished(); err != nil || len(got) != 1 {
				t.Fatalf("%v %v", got, err)
			}
			if err := h.Close(ctx, olga, q.ID, desk.Done, "It begins with 1000 now."); err != nil {
				t.Fatal(err)
			}
			if err := speak(q); err != nil {
				t.Fatal(err)
			}
			if now, _ := h.see(q.ID); !now.State.Open() || now.Counts() || now.Doubt != desk.Reopened || len(h.wished()) != 0 {
				t.Errorf("%s: %s, counts: %t, %q, %v", name, now.State, now.Counts(), now.Doubt, h.wished())
			}
			if err := h.Vouch(ctx, admin.Actor, q.ID, q.Mark()); err != nil || len(h.wished()) != 1 {
				t.Errorf("%s, confirmed anew: %v, %v", name, h.wished(), err)
			}
			if err := h.Close(ctx, olga, q.ID, desk.Refused, "Not a second time."); err != nil {
				t.Fatal(err)
			}
			if err := h.Insist(ctx, admin.Actor, q.ID, "We must have it."); err != nil || len(h.wished()) != 1 {
				t.Errorf("%s, insisted on: %v, %v", name, h.wished(), err)
			}
			if err := h.Close(ctx, olga, q.ID, desk.Done, "Now it is done."); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FL10: who confirms does so to what they have read; what support has called it
// meanwhile is not confirmed with it.
func TestFL10WhoConfirmsHasReadWhat(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		ctx, olga, admin := t.Context(), agent("Olga", actor.FirstLine), h.org.Admin
		q, err := h.Note(ctx, olga, desk.Noted{Org: h.org.ID, Channel: desk.Phone, Address: admin.First("email"), Wanted: desk.Wanted{Kind: desk.Look, Subject: "The board", Words: "Please look."}})
		if err != nil {
			t.Fatal(err)
		}
		before := h.mails(h.org.ID, "request_received")[0]
		if err := errors.Join(h.Take(ctx, olga, q.ID), h.Classify(ctx, olga, q.ID, desk.Setting, other)); err != nil {
			t.Fatal(err)
		}
		if err := h.Vouch(ctx, admin.Actor, q.ID, q.Mark()); code(err) != "read_again" {
			t.Errorf("a look was confirmed, and became %v: %v", h.wished(), err)
		}
		var after time.Time
		for _, m := range h.mails(h.org.ID, "request_received") {
			if m.ID != before.ID {
				after = m.Made
				if words, _ := m.Facts["Words"].(string); !strings.Contains(words, "A setting is to be changed") || !strings.Contains(words, "(Muster)") {
					t.Errorf("it is to be confirmed unnamed: %q", words)
				}
			}
		}
		for name, c := range map[string]struct {
			answered time.Time
			counts   bool
		}{"no mail of ours": {}, "one from before": {before.Made, false}} {
			w := wish(admin.First("email"), "I confirm")
			w.Org, w.About, w.Answered = h.org.ID, string(q.ID), c.answered
			h.receive(w)
			if now, _ := h.see(q.ID); now.Counts() {
				t.Errorf("answers %s: it counts", name)
			}
		}
		w := wish(admin.First("email"), "I confirm")
		w.Org, w.About, w.Answered = h.org.ID, string(q.ID), after
		h.receive(w)
		if got := h.wished(); len(got) != 1 || got[0] != other {
			t.Errorf("confirmed as it is: %v", got)
		}
	})
}

// ADR 27: a token lies in a file; what it asks for counts for nothing by itself,
// whomever it stands for.
func TestFL10ATokenThatStandsForAnAdministratorIsAProgram(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		token := h.org.Admin.Actor
		token.Token, token.Door = "tok_1", actor.API
		if q := h.ask(token, desk.Setting); q.Counts() || q.Doubt != desk.ByProgram || len(h.wished()) != 0 {
			t.Errorf("%q %v", q.Doubt, h.wished())
		}
		program := actor.Actor{Kind: actor.Program, Org: h.org.ID, Token: "tok_2", Name: "Payroll", Roles: token.Roles, Door: actor.API}
		var err error
		for range 31 {
			_, err = h.Ask(t.Context(), program, desk.Wanted{Kind: desk.Look, Subject: "Once more", Words: "Please look."})
		}
		if code(err) != "too_many" {
			t.Errorf("after thirty a day: %v", err)
		}
	})
}

// A request counts for as long as whoever asked may ask.
func TestFL10WhoIsNoAdministratorAnyMoreAsksForNoSetting(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		rasmus := h.org.Join("Rasmus", "rasmus@harbour.test", actor.Administrator)
		h.ask(rasmus.Actor, desk.Setting)
		if got := h.wished(); len(got) != 1 {
			t.Fatal(got)
		}
		if err := s.Do(t.Context(), h.org.ID, func(tx *store.Tx) error {
			return roster.RemovePerson(tx, h.org.Admin.Actor, rasmus.Person.Person)
		}); err != nil {
			t.Fatal(err)
		}
		if got := h.wished(); len(got) != 0 {
			t.Errorf("they have left, and ask for %v", got)
		}
	})
}

func TestWordsAboutARequestHaveAnEnd(t *testing.T) {
	h := open(t, mustertest.Store(t))
	q := h.ask(h.mika.Actor, desk.Look)
	for range 99 {
		if err := h.Say(t.Context(), h.mika.Actor, q.ID, "And another thing."); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Say(t.Context(), h.mika.Actor, q.ID, "And another thing."); fault.KindOf(err) != fault.Limited {
		t.Errorf("the hundred and first: %v", err)
	}
}
