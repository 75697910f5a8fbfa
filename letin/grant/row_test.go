package grant_test

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
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
)

// WK3: people of support, customer success and services are let in for set-up,
// training, contracted services and support, each by a decision of the
// customer's; the manager who looks after the customer stays by such a decision
// too, and goes when the customer says so.
func TestWK3WhoMayBeAddedForWhatAndTheManagerByTheCustomersWord(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		services := w.Staff("Sven Services", actor.Development, actor.ServicesManager)
		for reason, who := range map[grant.Reason]town.Colleague{
			grant.Setup: w.Staff("Oona Onboarding", actor.Onboarding), grant.Training: w.success, grant.Contract: services, grant.Support: w.agent,
		} {
			d := w.draft()
			d.Staff, d.Reason = who.ID, reason
			if _, err := w.office.Ask(ctx, w.lead.Actor, d); err != nil {
				t.Errorf("%s for %s: %v", who.Name, reason, err)
			}
		}
		for _, outside := range []actor.Department{actor.Sales, actor.Accounting, actor.Development} {
			d := w.draft()
			d.Staff = w.Staff("Otto Outside", outside).ID
			_, err := w.office.Ask(ctx, w.lead.Actor, d)
			expect(t, string(outside), err, "not_support")
		}
		d := w.draft()
		d.Staff, d.Reason = w.manager.ID, grant.Training
		g, err := w.office.Ask(ctx, w.lead.Actor, d)
		if err == nil {
			_, err = w.office.Approve(ctx, w.success.Actor, g.ID)
		}
		if err == nil {
			g, err = w.office.Approve(ctx, services.Actor, g.ID)
		}
		if err != nil || g.Stage != grant.Asked || strings.Join(g.Lacks(), " ") != "consent" {
			t.Fatalf("the manager, before the customer has said yes: %s, lacks %v, %v", g.Stage, g.Lacks(), err)
		}
		expect(t, "the manager enters without the customer's yes", w.enter(w.manager.Actor, g.ID), "not_open")
		if g, err = w.consent(g.ID); err != nil || g.Stage != grant.Open {
			t.Fatalf("%s, %v", g.Stage, err)
		}
		if err := w.enter(w.manager.Actor, g.ID); err != nil {
			t.Error(err)
		}
		if _, err := w.office.Revoke(ctx, w.Admin.Actor, g.ID, "We manage alone now"); err != nil {
			t.Fatal(err)
		}
		expect(t, "the manager stays against the customer's word", w.enter(w.manager.Actor, g.ID), "not_open")
	})
}

// Access A3: without a consent on record nobody gets in, whoever has approved
// and however long it waits: nothing consents by itself. A request to support,
// though it counts and says yes in so many words, is no consent either.
func TestAccessA3NothingConsentsInTheCustomersPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, mustertest.Store(t))
		support := desk.Desk{Store: w.Store, Keys: w.Keys}
		q, err := support.Ask(t.Context(), w.Admin.Actor, desk.Wanted{Kind: desk.Look, Subject: "I consent", Words: "Please come in and look: I consent."})
		if err != nil || !q.Counts() {
			t.Fatalf("%+v, %v", q, err)
		}
		d := w.draft()
		d.Request = q.Reference()
		g, err := w.office.Ask(t.Context(), w.lead.Actor, d)
		for _, by := range []town.Colleague{w.head, w.success, w.manager} {
			if err == nil {
				g, err = w.office.Approve(t.Context(), by.Actor, g.ID)
			}
		}
		if err == nil {
			err = support.Vouch(t.Context(), w.Admin.Actor, q.ID, q.Mark()) // that the request is theirs
			if fault.KindOf(err) == fault.Conflict {
				err = nil // which it is already
			}
		}
		if err != nil || g.Stage != grant.Asked || strings.Join(g.Lacks(), " ") != "consent" {
			t.Fatalf("%s, lacks %v, %v", g.Stage, g.Lacks(), err)
		}
		for range 8 { // four days, in which everything that happens by itself happens
			expect(t, "enter without consent", w.enter(w.agent.Actor, g.ID), "not_open")
			if s := w.stage(g); s != grant.Asked {
				t.Fatalf("it became %s by itself", s)
			}
			wait(12*time.Hour - time.Minute)
		}
		wait(time.Hour)
		if s := w.stage(g); s != grant.Lapsed {
			t.Errorf("nobody has said yes, and it is %s", s)
		}
		_, err = w.consent(g.ID)
		expect(t, "consent that comes too late", err, "grant_over")
		expect(t, "enter after the time", w.enter(w.agent.Actor, g.ID), "not_open")
	})
}

// Access A9: a reference stands for a request that the customer has made, and
// another's is none.
func TestAccessA9ARequestThatNobodyMadeIsNoReason(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		w.office.Known = desk.Known
		support := desk.Desk{Store: s, Keys: w.Keys}
		elsewhere := w.Town.Organisation("Elsewhere")
		for range 2 {
			if _, err := support.Ask(t.Context(), elsewhere.Admin.Actor, desk.Wanted{Kind: desk.Look, Subject: "Theirs", Words: "Please look."}); err != nil {
				t.Fatal(err)
			}
		}
		q, err := support.Ask(t.Context(), w.Admin.Actor, desk.Wanted{Kind: desk.Look, Subject: "Ours", Words: "Please look."})
		if err != nil {
			t.Fatal(err)
		}
		year := q.Reference()[:len(q.Reference())-1]
		for _, unknown := range []string{year + "2", year + "9", "R-1999-000001", "anything"} {
			d := w.draft()
			d.Request = unknown
			_, err := w.office.Ask(t.Context(), w.lead.Actor, d)
			if f := fault.From(err); err == nil || f.Code != "unknown_request" || f.Field != "request" || f.Kind != fault.Invalid {
				t.Errorf("%s: %v", unknown, err)
			}
		}
		d := w.draft()
		d.Request = q.Reference()
		if _, err := w.office.Ask(t.Context(), w.lead.Actor, d); err != nil {
			t.Error(err)
		}
	})
}

var errTakenBack = errors.New("taken back")

// Access N12: CALL, LET IN and TELL know the same people. Whoever leaves is, in
// one transaction, called to no alarm, told of no emergency, and consents to
// nothing; and if that transaction fails, all of it is as before.
func TestAccessN12WhoLeavesIsGoneFromAllThree(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		mika, maija := w.Monitor("Mika"), w.Monitor("Maija")
		everywhere := []actor.Membership{{Role: actor.Administrator}, {Role: actor.Monitor, Workspace: w.Workspace}}
		if err := roster.UpdatePerson(t.Context(), s, w.Keys, w.Admin.Actor, mika.Person.Person, roster.Change{Roles: &everywhere}); err != nil {
			t.Fatal(err)
		}
		if err := duty.Assign(t.Context(), s, w.Admin.Actor, duty.Technical, mika.Person.Person, maija.Person.Person); err != nil {
			t.Fatal(err)
		}
		g := w.ask()
		var question deliver.Message
		err := s.View(t.Context(), w.ID, func(tx *store.Tx) error {
			all, err := deliver.About(tx, string(g.ID), 100)
			at := slices.IndexFunc(all, func(m deliver.Message) bool {
				return m.Person == mika.Person.Person && m.Route[0].Channel == roster.Email
			})
			if err == nil && at < 0 {
				t.Fatal("an administrator was not asked")
			}
			question = all[at]
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		stands := func(tx *store.Tx) (called, told, holds bool) {
			t.Helper()
			is := func(r roster.Recipient) bool { return r.Person == mika.Person.Person }
			responders, err := roster.Responders(tx, w.Workspace)
			emergency, err2 := account.ToldAtOnce(tx)
			duties, err3 := duty.Holders(tx)
			if err := errors.Join(err, err2, err3); err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(responders, is), slices.ContainsFunc(emergency, is),
				slices.ContainsFunc(duties, func(h duty.Holder) bool { return is(h.Person) || is(h.Deputy) })
		}
		leave := func(then error) error {
			return s.Do(t.Context(), w.ID, func(tx *store.Tx) error {
				if err := roster.RemovePerson(tx, w.Admin.Actor, mika.Person.Person); err != nil {
					return err
				}
				if called, told, holds := stands(tx); called || told || holds {
					t.Errorf("in the transaction in which they leave: called %v, told %v, holds a duty %v", called, told, holds)
				}
				return then
			})
		}
		now := func() (called, told, holds bool) {
			t.Helper()
			err := s.View(t.Context(), w.ID, func(tx *store.Tx) error {
				called, told, holds = stands(tx)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return called, told, holds
		}
		if err := leave(errTakenBack); !errors.Is(err, errTakenBack) {
			t.Fatal(err)
		}
		if called, told, holds := now(); !called || !told || !holds {
			t.Errorf("after a transaction that failed: called %v, told %v, holds a duty %v", called, told, holds)
		}
		if err := leave(nil); err != nil {
			t.Fatal(err)
		}
		if called, told, holds := now(); called || told || holds {
			t.Errorf("after they left: called %v, told %v, holds a duty %v", called, told, holds)
		}
		said, err := w.office.Answer(t.Context(), deliver.Answer{
			Attempt: question.AttemptID(), Channel: roster.Email, From: question.Route[0].Address, Act: deliver.Consent, Digest: strings.Repeat("0", 64),
		})
		if f, _ := w.office.File(t.Context(), w.Admin.Actor, g.ID); err != nil || said.What == deliver.Done || !f.Consent.At.IsZero() {
			t.Errorf("whoever has left consents by mail: %+v, %v", said, err)
		}
		var held id.Person
		err = s.View(t.Context(), w.ID, func(tx *store.Tx) error {
			all, err := duty.Holders(tx)
			held = all[0].Person.Person
			return err
		})
		if err != nil || held != maija.Person.Person {
			t.Errorf("the duty went to %q, %v", held, err)
		}
	})
}
