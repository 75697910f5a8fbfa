package grant_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

// A refusal begins no book of an organisation that is not there, and uses up no
// key: whoever is asked for the same once more, and may by then, is not told
// that it has been done.
func TestARefusalLeavesNothingButItsEntry(t *testing.T) {
	s := mustertest.Store(t)
	w := open(t, s)
	e := grant.Emergency{Org: id.New[id.Org](), Words: "Nobody is called when help is pressed"}
	_, err := w.office.Break(t.Context(), w.agent.Actor, e)
	expect(t, "break into nowhere", err, "not_found")
	err = s.View(t.Context(), e.Org, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{})
		if len(all) > 0 {
			t.Errorf("a book was begun: %s", all[0].Kind)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	g := w.ask()
	monitor := w.Monitor("Mika")
	keyed := func() context.Context { return store.WithOnce(t.Context(), &store.Once{Key: "once"}) }
	_, err = w.office.Revoke(keyed(), monitor.Actor, g.ID, "")
	refusedBy(t, "revoke by a monitor", err, "letin-revoke")
	if _, err = w.office.Revoke(keyed(), w.Admin.Actor, g.ID, ""); err != nil {
		t.Errorf("again, by whoever may: %v", err)
	}
}

// access A10: an emergency does not wait for what the provider's own people are
// at. Two units that each held one and wanted the other would wait for ever.
func TestAccessA10AnEmergencyWaitsForNobody(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		if s.Kind() != "postgres" {
			t.Skip("SQLite writes one unit at a time")
		}
		w := open(t, s)
		if err := w.office.PutBreaker(t.Context(), w.manager.Actor, w.agent.ID, true); err != nil {
			t.Fatal(err)
		}
		held, done := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- s.Across().Do(t.Context(), func(tx *store.AcrossTx) error {
				return tx.For(identity.Provider, func(tx *store.Tx) error {
					_, err := ledger.List(tx, ledger.Filter{}) // by now the provider's is this unit's
					close(held)
					<-done
					return err
				})
			})
		}()
		<-held
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, err := w.office.Break(ctx, w.agent.Actor, grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"})
		close(done)
		if err != nil {
			t.Errorf("it waited: %v", fault.From(err))
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// WK9, FL1: whoever works for the provider too says no yes in the customer's
// name, on whatever roster they stand: neither in the console nor by mail.
func TestWK9NobodyOfTheProviderConsentsForTheCustomer(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		twin := w.Join("Oliver at home", w.agent.Email, actor.Administrator)
		g := w.ask()
		f, err := w.office.File(ctx, twin.Actor, g.ID)
		if err != nil || f.May["consentGrant"] {
			t.Errorf("is offered to consent: %v", err)
		}
		_, err = w.office.Consent(ctx, twin.Actor, g.ID, lang.English, f.Wording(lang.English, f.Customer).Digest)
		refusedBy(t, "consent to oneself", err, "letin-not-for-the-customer")
		if _, err := contact.Add(ctx, s, w.Admin.Actor, w.Admin.Person.Person, roster.Email, w.lead.Email, false); err != nil {
			t.Fatal(err)
		}
		if said, err := w.answer(twin, w.agent.Email, g.ID); err != nil || said.What != deliver.NotAllowed {
			t.Errorf("by mail: %+v, %v", said, err)
		}
		// An administrator's second address that is a mailbox of the provider's.
		if said, err := w.answer(w.Admin, w.lead.Email, g.ID); err != nil || said.What != deliver.NotAllowed {
			t.Errorf("by a mail of the provider's own: %+v, %v", said, err)
		}
		if said, err := w.answer(w.Admin, w.Admin.First(roster.Email), g.ID); err != nil || said.What != deliver.Done {
			t.Errorf("by the customer's own mail: %+v, %v", said, err)
		}
		broken, err := w.broken()
		if err == nil {
			_, err = w.office.Return(ctx, w.agent.Actor, broken.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.office.Review(ctx, twin.Actor, broken.ID, "All was well")
		refusedBy(t, "review oneself", err, "letin-not-for-the-customer")
	})
}

// answer is what comes of a mail from an address in which somebody consents.
func (w *works) answer(who town.Member, from string, which id.Grant) (said deliver.Said, err error) {
	w.t.Helper()
	if err := contact.Proved(w.t.Context(), w.Store, who.Actor, from); err != nil {
		return said, err
	}
	err = w.Store.Do(w.t.Context(), w.ID, func(tx *store.Tx) error {
		p, err := roster.Find(tx, who.Person.Person)
		if err != nil {
			return err
		}
		m, err := deliver.Queue(tx, deliver.Message{
			Purpose: "grant_asked", Lane: deliver.Duty, About: string(which), Person: p.Person, Lang: lang.English,
			Facts: map[string]any{}, Route: []deliver.Stop{{Channel: roster.Email, Address: from}},
		})
		if err != nil {
			return err
		}
		said.Text = string(m)
		return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "grant.reminded", Subject: string(which)})
	})
	if err != nil {
		return said, err
	}
	return w.office.Answer(w.t.Context(), deliver.Answer{Message: id.Message(said.Text), Channel: roster.Email, From: from, Act: deliver.Consent, Digest: "5f"})
}

// broken is an emergency of the agent's, whom somebody has listed for one.
func (w *works) broken() (grant.Grant, error) {
	w.t.Helper()
	if err := w.office.PutBreaker(w.t.Context(), w.manager.Actor, w.agent.ID, true); err != nil {
		return grant.Grant{}, err
	}
	return w.office.Break(w.t.Context(), w.agent.Actor, grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"})
}

// FL3: a grant for more than looking ends when its owner works where one may
// only look.
func TestFL3AGrantToConfigureFallsWithTheWorkOfItsOwner(t *testing.T) {
	s := mustertest.Store(t)
	w := open(t, s)
	w.agent = w.Staff("Sini Second", actor.SecondLine)
	w.head = w.Staff("Heidi Head", actor.SecondLine, actor.Head)
	draft := w.draft()
	draft.Scope = grant.Configure
	g, err := w.office.Ask(t.Context(), w.lead.Actor, draft)
	if err == nil {
		_, err = w.consent(g.ID)
	}
	for _, by := range []town.Colleague{w.head, w.success} {
		if err == nil {
			g, err = w.office.Approve(t.Context(), by.Actor, g.ID)
		}
	}
	if err != nil || g.Stage != grant.Open {
		t.Fatalf("%s, %v", g.Stage, err)
	}
	w.Move(w.agent, actor.FirstLine)
	if err := w.office.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g = w.read(g.ID); g.Stage != grant.Fallen || g.Why != "department" {
		t.Errorf("who only looks by now may still configure: %s %s", g.Stage, g.Why)
	}
}

func (w *works) read(which id.Grant) grant.Grant {
	w.t.Helper()
	f, err := w.office.File(w.t.Context(), w.Admin.Actor, which)
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Grant
}

// access A10: one emergency at a time, however many requests come at once.
func TestAccessA10TwoEmergenciesAtOnceAreOne(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		if err := w.office.PutBreaker(t.Context(), w.manager.Actor, w.agent.ID, true); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		got := make([]error, 6)
		for i := range got {
			all.Go(func() {
				_, got[i] = w.office.Break(t.Context(), w.agent.Actor, grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"})
			})
		}
		all.Wait()
		n := 0
		for _, err := range got {
			if err == nil {
				n++
				continue
			}
			refusedBy(t, "the next", err, "letin-review-first")
		}
		if n != 1 {
			t.Errorf("%d emergencies", n)
		}
	})
}

// FL2: what stands in a customer's book about an access is not for staff without
// an agreement, nor for whoever has proved no second factor.
func TestFL2WhoeverDoesNotStandReadsNothingOfACustomers(t *testing.T) {
	w := open(t, mustertest.Store(t))
	g := w.ask()
	unproved := w.lead.Actor
	unproved.Support.Stands = false
	_, err := w.office.File(t.Context(), unproved, g.ID)
	refusedBy(t, "read", err, "letin-see-staff")
	refusedBy(t, "take the evidence", w.office.Evidence(t.Context(), unproved, g.ID, io.Discard), "letin-see-staff")
	if _, err := w.office.File(t.Context(), w.lead.Actor, g.ID); err != nil {
		t.Error(err)
	}
}
