package grant_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/staff"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/duty"
	"muster/store"
)

// works is a customer, and a provider with everybody whom a grant takes.
type works struct {
	*town.Town
	*town.Organisation
	office                              grant.Office
	agent, lead, head, success, manager town.Colleague
	t                                   testing.TB
}

func open(t *testing.T, s *store.Store) *works {
	t.Helper()
	w := &works{Town: town.New(t, s), t: t}
	book, err := ledger.Open(t.Context(), s, w.Keys)
	if err != nil {
		t.Fatal(err)
	}
	w.Organisation = w.Town.Organisation("Harbour Works").Live()
	w.office = grant.Office{Store: s, Book: book, Log: slog.New(slog.DiscardHandler)}
	w.agent, w.lead = w.Staff("Oliver Bennett", actor.FirstLine), w.Staff("Lena Lead", actor.FirstLine)
	w.head = w.Staff("Henrik Head", actor.FirstLine, actor.Head)
	w.success = w.Staff("Saara Success", actor.CustomerSuccess, actor.SuccessManager)
	w.manager = w.Staff("Dora Director", actor.CustomerSuccess, actor.Director)
	return w
}

func (w *works) draft() grant.Draft {
	return grant.Draft{
		Org: w.ID, Staff: w.agent.ID, Scope: grant.View, Reason: grant.Support, Words: "The board is empty since noon", Request: "R-2026-000001",
	}
}

func (w *works) ask() grant.Grant {
	w.t.Helper()
	g, err := w.office.Ask(w.t.Context(), w.lead.Actor, w.draft())
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func (w *works) consent(which id.Grant) (grant.Grant, error) {
	f, err := w.office.File(w.t.Context(), w.Admin.Actor, which)
	if err != nil {
		return grant.Grant{}, err
	}
	return w.office.Consent(w.t.Context(), w.Admin.Actor, which, lang.English, f.Wording(lang.English, f.Customer).Digest)
}

// opened is a grant that everybody has agreed to.
func (w *works) opened() grant.Grant {
	w.t.Helper()
	g := w.ask()
	_, err := w.consent(g.ID)
	for _, by := range []town.Colleague{w.head, w.success} {
		if err == nil {
			g, err = w.office.Approve(w.t.Context(), by.Actor, g.ID)
		}
	}
	if err != nil || g.Stage != grant.Open {
		w.t.Fatalf("%s, %v", g.Stage, err)
	}
	return g
}

func (w *works) enter(who actor.Actor, which id.Grant) error {
	return w.Store.Across().Do(w.t.Context(), func(tx *store.AcrossTx) error {
		_, _, err := w.office.Enter(tx, who, which)
		return err
	})
}

// expect holds an error to its code.
func expect(t testing.TB, what string, err error, code string) {
	t.Helper()
	if fault.From(err) == nil || fault.From(err).Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// refusedBy holds an error to the rule that refused.
func refusedBy(t testing.TB, what string, err error, rule string) {
	t.Helper()
	if f := fault.From(err); f == nil || f.Code != "refused" || f.Args["rule"] != rule {
		t.Errorf("%s: %v, want refused by %s", what, err, rule)
	}
}

// FL1, WK6, access A1, A3: nobody enters before the customer has consented and
// two people of two groups have approved; then only whom it is for, until it is
// taken back.
func TestFL1EntryTakesConsentAndTwoApprovals(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		own := w.draft()
		own.Staff = w.lead.ID
		_, err := w.office.Ask(ctx, w.lead.Actor, own)
		refusedBy(t, "ask for oneself", err, "letin-nobody-adds-themselves")
		g := w.ask()
		expect(t, "enter what is only asked", w.enter(w.agent.Actor, g.ID), "not_open")
		for _, by := range []town.Colleague{w.agent, w.lead} {
			_, err = w.office.Approve(ctx, by.Actor, g.ID)
			refusedBy(t, "approve one's own", err, "letin-nobody-adds-themselves")
		}
		if g, err = w.office.Approve(ctx, w.success.Actor, g.ID); err != nil || g.Stage != grant.Asked {
			t.Fatalf("%s, %v", g.Stage, err)
		}
		if g, err = w.office.Approve(ctx, w.manager.Actor, g.ID); err != nil || g.Stage != grant.Asked {
			t.Fatalf("after two of one group: %s, %v", g.Stage, err)
		}
		_, err = w.office.Approve(ctx, w.manager.Actor, g.ID)
		expect(t, "approve twice", err, "approved_already")
		if g, err = w.office.Approve(ctx, w.head.Actor, g.ID); err != nil || g.Stage != grant.Asked || strings.Join(g.Lacks(), "") != "consent" {
			t.Fatalf("without consent: %s, %v, %v", g.Stage, g.Lacks(), err)
		}
		expect(t, "enter without consent", w.enter(w.agent.Actor, g.ID), "not_open")
		if _, err = w.office.Consent(ctx, w.Admin.Actor, g.ID, lang.English, "another text"); fault.From(err).Code != "read_again" {
			t.Errorf("consent to other words: %v", err)
		}
		program := w.Admin.Actor
		program.Token, program.Door = id.New[id.Token](), actor.API
		_, err = w.office.Consent(ctx, program, g.ID, lang.English, "")
		refusedBy(t, "consent by a program", err, "letin-by-hand")
		monitor := w.Monitor("Mika")
		_, err = w.office.Consent(ctx, monitor.Actor, g.ID, lang.English, "")
		refusedBy(t, "consent by a monitor", err, "letin-consent")
		if g, err = w.consent(g.ID); err != nil || g.Stage != grant.Open || g.Until != g.Opened.Add(grant.Usual) {
			t.Fatalf("%s until %v, %v", g.Stage, g.Until, err)
		}
		refusedBy(t, "enter by another's", w.enter(w.head.Actor, g.ID), "letin-enter")
		unproved := w.agent.Actor
		unproved.Support.Stands = false
		refusedBy(t, "enter without a second factor", w.enter(unproved, g.ID), "letin-enter")
		if err := w.enter(w.agent.Actor, g.ID); err != nil {
			t.Fatal(err)
		}
		stranger := w.Town.Organisation("Elsewhere")
		_, err = w.office.Revoke(ctx, stranger.Admin.Actor, g.ID, "")
		expect(t, "revoke from elsewhere", err, "not_found")
		if g, err = w.office.Revoke(ctx, w.Admin.Actor, g.ID, "Thank you, it works"); err != nil || g.Stage != grant.Revoked {
			t.Fatalf("%s, %v", g.Stage, err)
		}
		expect(t, "enter after the end", w.enter(w.agent.Actor, g.ID), "not_open")
		w.book(g.ID, "grant.asked", "grant.denied", "grant.denied", "grant.approved", "grant.approved", "grant.approved", "grant.denied", "grant.denied",
			"grant.consented", "grant.opened", "grant.used", "grant.revoked")
	})
}

// book holds what stands in the customer's book about a grant, first to last.
func (w *works) book(which id.Grant, want ...string) {
	w.t.Helper()
	var got []string
	err := w.Store.View(w.t.Context(), w.ID, func(tx *store.Tx) error {
		all, err := ledger.List(tx, ledger.Filter{Subject: string(which)})
		for _, r := range all {
			got = append([]string{r.Kind}, got...)
			if r.Kind != "grant.opened" && r.Rule == "" && r.Actor.Kind != actor.System {
				w.t.Errorf("%s names no rule", r.Kind)
			}
		}
		return err
	})
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		w.t.Errorf("the book says\n%s\nwant\n%s\n%v", strings.Join(got, " "), strings.Join(want, " "), err)
	}
}

// access A7, WK4: however many agree at once it opens once, and consent and
// revocation at the same instant end revoked.
func TestAccessA7AllAtOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		g := w.ask()
		if _, err := w.consent(g.ID); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 100 {
			by := []town.Colleague{w.head, w.success, w.manager}[i%3]
			all.Go(func() {
				if _, err := w.office.Approve(t.Context(), by.Actor, g.ID); err != nil && fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		all.Wait()
		f, err := w.office.File(t.Context(), w.Admin.Actor, g.ID)
		if err != nil || f.Stage != grant.Open {
			t.Fatalf("%s, %v", f.Stage, err)
		}
		opened := 0
		for _, r := range f.Story {
			if r.Kind == "grant.opened" {
				opened++
			}
		}
		if opened != 1 {
			t.Errorf("opened %d times", opened)
		}
		for range 5 {
			d := w.draft()
			other := w.Staff("Another", actor.FirstLine)
			d.Staff = other.ID
			g, err := w.office.Ask(t.Context(), w.lead.Actor, d)
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				if _, err := w.consent(g.ID); err != nil && fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
			all.Go(func() {
				if _, err := w.office.Revoke(t.Context(), w.Admin.Actor, g.ID, ""); err != nil {
					t.Error(err)
				}
			})
			all.Wait()
			if f, err := w.office.File(t.Context(), w.Admin.Actor, g.ID); err != nil || f.Stage != grant.Revoked {
				t.Errorf("%s, %v", f.Stage, err)
			}
		}
	})
}

// access A10: nobody breaks glass who is not on the list, which nobody puts
// themselves on; then at once, for an hour, to look; and not again before it is
// reviewed.
func TestAccessA10BreakGlass(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := open(t, s)
		ctx := t.Context()
		e := grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"}
		_, err := w.office.Break(ctx, w.agent.Actor, e)
		refusedBy(t, "not listed", err, "letin-break-glass")
		refusedBy(t, "list by an agent", w.office.PutBreaker(ctx, w.lead.Actor, w.agent.ID, true), "letin-list-breakers")
		refusedBy(t, "list oneself", w.office.PutBreaker(ctx, w.manager.Actor, w.manager.ID, true), "letin-nobody-lists-themselves")
		if err := w.office.PutBreaker(ctx, w.manager.Actor, w.agent.ID, true); err != nil {
			t.Fatal(err)
		}
		w.Mail.Patience, w.SMS.Patience = 30*time.Second, 30*time.Second
		mikko := w.Monitor("Mikko")
		if err := duty.Assign(ctx, s, w.Admin.Actor, duty.Technical, mikko.Person.Person, ""); err != nil {
			t.Fatal(err)
		}
		_, err = w.office.Break(ctx, w.agent.Actor, grant.Emergency{Org: w.ID, Words: "."})
		expect(t, "no reason", err, "say_more")
		g, err := w.office.Break(ctx, w.agent.Actor, e)
		if err != nil || g.Stage != grant.Open || g.Until.Sub(g.Opened) != grant.Broken || g.Scope != grant.View {
			t.Fatalf("%+v, %v", g, err)
		}
		for _, r := range []roster.Recipient{w.Admin.Recipient, mikko.Recipient} {
			w.Mail.Phone(t, r.First(roster.Email)).Expect("Nobody is called when help is pressed")
			w.SMS.Phone(t, r.First(roster.SMS)).Expect("Oliver Bennett")
		}
		if err := w.enter(w.agent.Actor, g.ID); err != nil {
			t.Error(err)
		}
		_, err = w.office.Break(ctx, w.agent.Actor, e)
		refusedBy(t, "again before the review", err, "letin-review-first")
		_, err = w.office.Review(ctx, w.Admin.Actor, g.ID, "")
		expect(t, "review while it is open", err, "end_first")
		if _, err = w.office.Revoke(ctx, w.Admin.Actor, g.ID, ""); err != nil {
			t.Fatal(err)
		}
		_, err = w.office.Break(ctx, w.agent.Actor, e)
		refusedBy(t, "again after the end", err, "letin-review-first")
		if _, err = w.office.Review(ctx, w.Admin.Actor, g.ID, "All was needed"); err != nil {
			t.Fatal(err)
		}
		if _, err = w.office.Break(ctx, w.agent.Actor, e); err != nil {
			t.Errorf("after the review: %v", err)
		}
		if err := w.office.PutBreaker(ctx, w.manager.Actor, w.agent.ID, false); err != nil {
			t.Error(err)
		}
	})
}

// FL2, WK8: a grant falls with its owner's standing or work, though nobody asks.
func TestFL2AGrantFallsWithWhatItStandsOn(t *testing.T) {
	s := mustertest.Store(t)
	w := open(t, s)
	for _, take := range []func(){
		func() { w.Unprove(w.agent, staff.Agreement) }, func() { w.Dismiss(w.agent) }, func() { w.Move(w.agent, actor.Sales) },
	} {
		g := w.opened()
		w.Stop() // its own round would be first now and then
		take()
		expect(t, "enter", w.enter(w.agent.Actor, g.ID), "standing")
		if err := w.office.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		if f, err := w.office.File(t.Context(), w.Admin.Actor, g.ID); err != nil || f.Stage != grant.Fallen {
			t.Errorf("%s, %v", f.Stage, err)
		}
		w.Start()
		w.agent = w.Staff("Oliver Bennett", actor.FirstLine)
	}
}

// access A1: a yes that does not count for a while keeps a grant waiting; once
// it counts again nobody has to say anything more.
func TestAccessA1AGrantOpensWhenTheLastYesCounts(t *testing.T) {
	s := mustertest.Store(t)
	w := open(t, s)
	g := w.ask()
	for _, by := range []town.Colleague{w.head, w.success} {
		if _, err := w.office.Approve(t.Context(), by.Actor, g.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.Unprove(w.head, staff.Agreement)
	if g, err := w.consent(g.ID); err != nil || g.Stage != grant.Asked {
		t.Fatalf("%s, %v", g.Stage, err)
	}
	stage := func() grant.Stage {
		if err := w.office.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		f, err := w.office.File(t.Context(), w.Admin.Actor, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		return f.Stage
	}
	if got := stage(); got != grant.Asked {
		t.Errorf("a yes of somebody without an agreement: %s", got)
	}
	w.Prove(w.head, staff.Agreement)
	if got := stage(); got != grant.Open {
		t.Errorf("all have said yes, and it is %s", got)
	}
	w.book(g.ID, "grant.asked", "grant.approved", "grant.approved", "grant.consented", "grant.opened")
}
