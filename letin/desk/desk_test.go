package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/email/inbound"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/desk"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// house is a customer, and a desk.
type house struct {
	*testing.T
	desk.Desk
	town *town.Town
	org  *town.Organisation
	mika town.Member // no administrator
}

func open(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := &house{T: t, town: town.New(t, s)}
	h.town.Stop()
	h.Desk = desk.Desk{Store: s, Keys: h.town.Keys}
	h.org = h.town.Organisation("Harbour Works")
	h.mika = h.org.Monitor("Mika")
	return h
}

// agent is somebody of the provider's in a department, all of whose proofs hold.
func agent(name string, of actor.Department, as ...actor.Position) actor.Actor {
	return actor.Actor{
		Kind: actor.Staff, Staff: id.New[id.Staff](), Name: name, Door: actor.Board,
		Support: actor.Support{Department: of, Positions: as, Stands: true},
	}
}

func (h *house) ask(who actor.Actor, kind desk.Kind) desk.Request {
	h.Helper()
	q, err := h.Ask(h.Context(), who, desk.Wanted{Kind: kind, Setting: "Muster/updateOrganisation", Subject: "Numbers of invoices", Words: "Please begin with 1000."})
	if err != nil {
		h.Fatal(err)
	}
	return q
}

func (h *house) see(which id.Request) (desk.Request, []desk.Line) {
	h.Helper()
	q, said, err := h.Open(h.Context(), agent("Reader", actor.SecondLine), which)
	if err != nil {
		h.Fatal(err)
	}
	return q, said
}

func (h *house) mails(org id.Org, purpose string) (found []deliver.Message) {
	h.Helper()
	err := h.Store.View(h.Context(), org, func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 200)
		for _, m := range all {
			if m.Purpose == purpose {
				found = append(found, m)
			}
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return found
}

// wish is a mail as the door hands it on.
func wish(from, words string) inbound.Wish {
	return inbound.Wish{From: from, Proved: true, Subject: "Numbers", Words: words, ID: "<" + string(id.New[id.Message]()) + "@x>", Digest: string(id.New[id.Message]())}
}

func (h *house) receive(w inbound.Wish) {
	h.Helper()
	if err := h.Receive(h.Context(), w); err != nil {
		h.Fatal(err)
	}
}

// only is the one request of an organisation.
func (h *house) only(org id.Org) desk.Request {
	h.Helper()
	all := h.list(org)
	if len(all) != 1 {
		h.Fatalf("%d requests", len(all))
	}
	return all[0]
}

func (h *house) list(org id.Org) (all []desk.Request) {
	h.Helper()
	queued, _, err := h.Queue(h.Context(), agent("Reader", actor.SecondLine), "", true)
	if err != nil {
		h.Fatal(err)
	}
	for _, q := range queued {
		if q.Org == org {
			all = append(all, q)
		}
	}
	return all
}

func code(err error) string {
	if err == nil {
		return ""
	}
	f := fault.From(err)
	if f.Code == "refused" {
		return f.Args["rule"].(string)
	}
	return f.Code
}

func TestFL10WhatCountsFollowsFromTheWayAndWhoAsks(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		admin, mika, ghost := h.org.Admin, h.mika, agent("Olga", actor.FirstLine)
		program := actor.Actor{Kind: actor.Program, Org: h.org.ID, Token: "tok_1", Name: "Payroll", Roles: []actor.Membership{{Role: actor.Administrator}}, Door: actor.API}
		for name, c := range map[string]struct {
			who   actor.Actor
			kind  desk.Kind
			doubt desk.Doubt
		}{
			"an administrator's setting":  {admin.Actor, desk.Setting, ""},
			"an administrator's deletion": {admin.Actor, desk.RealData, ""},
			"anybody's look":              {mika.Actor, desk.Look, ""},
			"anybody's setting":           {mika.Actor, desk.Setting, desk.NoSuchRole},
			"anybody's deletion":          {mika.Actor, desk.TestData, desk.NoSuchRole},
			"a program's look":            {program, desk.Look, desk.ByProgram},
		} {
			q, err := h.Ask(t.Context(), c.who, desk.Wanted{Kind: c.kind, Setting: "Muster/updateOrganisation", Subject: name, Words: "Please do."})
			if err != nil || q.Doubt != c.doubt || q.Counts() != (c.doubt == "") {
				t.Errorf("%s: %q %v", name, q.Doubt, err)
			}
		}
		for channel, doubt := range map[desk.Channel]desk.Doubt{desk.Phone: desk.ByPhone, desk.Chat: desk.ByChat} {
			q, err := h.Note(t.Context(), ghost, desk.Noted{
				Org: h.org.ID, Channel: channel, Address: admin.First("email"), Wanted: desk.Wanted{Kind: desk.Look, Subject: "A call", Words: "Please look."},
			})
			if err != nil || q.Doubt != doubt || q.Counts() {
				t.Errorf("%s: %q %v", channel, q.Doubt, err)
			}
			// One click of an administrator, and of nobody else.
			if err := h.Vouch(t.Context(), mika.Actor, q.ID, q.Mark()); code(err) != "request-vouch" {
				t.Errorf("vouched by anybody: %v", err)
			}
			if err := h.Vouch(t.Context(), program, q.ID, q.Mark()); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("vouched by a program: %v", err)
			}
			if err := h.Vouch(t.Context(), admin.Actor, q.ID, q.Mark()); err != nil {
				t.Error(err)
			}
			if q, _ := h.see(q.ID); !q.Counts() || q.Vouched != admin.Name {
				t.Errorf("%+v", q)
			}
		}
	})
}

func TestAccessN2OnlyARegisteredAddressThatIsProvedCounts(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		address := h.org.Admin.First("email")
		w := wish(strings.ToUpper(address[:3])+address[3:], "Please look at the board.")
		for range 2 { // the other side did not hear that it was taken
			h.receive(w)
		}
		q := h.only(h.org.ID)
		if !q.Counts() || q.Sender.Person != h.org.Admin.Person.Person || q.Kind != desk.Other || q.Reference() != "R-"+time.Now().UTC().Format("2006")+"-000001" {
			t.Errorf("%+v", q)
		}
		got := h.mails(h.org.ID, "request_received")
		if len(got) != 1 || !strings.EqualFold(got[0].Route[0].Address, address) {
			t.Errorf("%+v", got)
		}
		// Nobody answers for what somebody's name was only used for.
		w = wish(h.mika.First("email"), "Please give me everything.")
		w.Proved = false
		h.receive(w)
		// And nothing is revealed to whoever is not known, not even twice more than that.
		for range 4 {
			w = wish("eve@elsewhere.test", "Who are your customers?")
			h.receive(w)
		}
		w.Org, w.ID, w.Digest = h.org.ID, "<guess@x>", "guess"
		h.receive(w)
		doubts := map[desk.Doubt]int{}
		for _, q := range append(h.list(h.org.ID), h.list(identity.Provider)...) {
			doubts[q.Doubt]++
			if q.Doubt != "" && q.Counts() {
				t.Errorf("%s counts", q.Doubt)
			}
		}
		if doubts[""] != 1 || doubts[desk.Unproved] != 1 || doubts[desk.Stranger] != 5 {
			t.Errorf("%v", doubts)
		}
		if n := len(h.mails(h.org.ID, "request_received")); n != 1 {
			t.Errorf("%d mails to people of the roster", n)
		}
		polite := append(h.mails(identity.Provider, "request_stranger"), h.mails(h.org.ID, "request_stranger")...)
		if len(polite) != 3 {
			t.Errorf("%d polite mails", len(polite))
		}
		for _, m := range polite {
			if text := m.Facts["Words"].(string) + m.Facts["Org"].(string); m.Route[0].Address != "eve@elsewhere.test" || strings.Contains(text, "Harbour") || !strings.Contains(text, "adresse enregistrée") {
				t.Errorf("%+v", m)
			}
		}
	})
}

func TestOneConversationIsOneRequest(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		olga := agent("Olga", actor.FirstLine)
		first := wish(h.mika.First("email"), "Something is odd.")
		h.receive(first)
		q := h.only(h.org.ID)
		if err := errors.Join(h.Take(t.Context(), olga, q.ID), h.Reply(t.Context(), olga, q.ID, desk.Answer{Template: "access", Words: "May we look?", Asks: true})); err != nil {
			t.Fatal(err)
		}
		if q, _ := h.see(q.ID); q.State != desk.Waiting {
			t.Errorf("it is %s", q.State)
		}
		// By the mail that began it, and by the address that our answer came from.
		byReference := wish(h.mika.First("email"), "Yes, please.")
		byReference.Refs = []string{"<other@x>", first.ID}
		h.receive(byReference)
		byAddress := wish(h.org.Admin.First("email"), "And hurry.")
		byAddress.Org, byAddress.About = h.org.ID, string(q.ID)
		h.receive(byAddress)
		// Whoever has nothing to do with it begins one of their own.
		other := wish(h.org.Monitor("Noora").First("email"), "Me too.")
		other.Refs = []string{first.ID}
		h.receive(other)
		var words []string
		now, said := h.see(q.ID)
		for _, l := range said {
			if l.Side != desk.Event {
				words = append(words, l.Words)
			}
		}
		if !slices.Equal(words, []string{"Something is odd.", "May we look?", "Yes, please.", "And hurry."}) || now.State != desk.Taken {
			t.Errorf("%q, %s", words, now.State)
		}
		if n := len(h.list(h.org.ID)); n != 2 {
			t.Errorf("%d requests", n)
		}
		// What is over opens again by a word of the customer's.
		if err := h.Close(t.Context(), olga, q.ID, desk.Done, "It was the clock."); err != nil {
			t.Fatal(err)
		}
		byAddress.ID, byAddress.Digest = "<again@x>", "again"
		h.receive(byAddress)
		if now, _ = h.see(q.ID); now.State != desk.Taken || now.Outcome != "" {
			t.Errorf("%+v", now)
		}
	})
}

func TestFL16EachDepartmentAnswersItsOwnQueue(t *testing.T) {
	h := open(t, mustertest.Store(t))
	if _, err := h.Ask(t.Context(), h.org.Admin.Actor, desk.Wanted{Kind: "x"}); len(fault.All(err)) != 3 {
		t.Errorf("%v", err)
	}
	queues := map[desk.Kind]actor.Department{desk.Look: actor.FirstLine, desk.Invoice: actor.Accounting, desk.Offer: actor.Sales}
	for kind, home := range queues {
		q := h.ask(h.org.Admin.Actor, kind)
		if q.Department != home {
			t.Errorf("%s begins at %s", kind, q.Department)
		}
		for _, d := range desk.Departments() {
			who := agent("Agent", d)
			_, _, err := h.Open(t.Context(), who, q.ID)
			sees := d == home || slices.Contains([]actor.Department{actor.FirstLine, actor.SecondLine, actor.Onboarding, actor.CustomerSuccess}, d)
			if (err == nil) != sees {
				t.Errorf("%s sees what %s has: %v", d, home, err)
			}
			if err := h.Jot(t.Context(), who, q.ID, "A note."); (err == nil) != (d == home) {
				t.Errorf("%s answers what %s has: %v", d, home, err)
			}
			who.Support.Stands = false
			if _, _, err := h.Open(t.Context(), who, q.ID); code(err) != "request-standing" {
				t.Errorf("%s without standing: %v", d, err)
			}
		}
	}
	// The customer's people see no notes, and nobody sees another customer's.
	q := h.list(h.org.ID)[0]
	if _, said, err := h.Open(t.Context(), h.org.Admin.Actor, q.ID); err != nil || slices.ContainsFunc(said, func(l desk.Line) bool { return l.Side == desk.Inside }) {
		t.Errorf("%v %v", said, err)
	}
	if _, _, err := h.Open(t.Context(), h.town.Organisation("Other").Admin.Actor, q.ID); code(err) != "not_found" {
		t.Error(err)
	}
	if _, _, err := h.Open(t.Context(), h.mika.Actor, q.ID); code(err) != "request-own" {
		t.Error(err)
	}
}

func TestFL13WhatNoRuleCoversGoesToSecondLine(t *testing.T) {
	h := open(t, mustertest.Store(t))
	olga, piia := agent("Olga", actor.FirstLine), agent("Piia", actor.SecondLine)
	q := h.ask(h.org.Admin.Actor, desk.Other)
	for want, err := range map[string]error{
		"required":          h.HandOver(t.Context(), olga, q.ID, actor.SecondLine, " "),
		"not_one_of":        h.HandOver(t.Context(), olga, q.ID, actor.Development, "They know."),
		"request_there":     h.HandOver(t.Context(), olga, q.ID, actor.FirstLine, "They know."),
		"request-own-queue": h.HandOver(t.Context(), piia, q.ID, actor.SecondLine, "We know."),
		"request_not_taken": h.Reply(t.Context(), olga, q.ID, desk.Answer{Words: "Hello there."}),
	} {
		if code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := h.HandOver(t.Context(), olga, q.ID, actor.SecondLine, "No rule covers it."); err != nil {
		t.Fatal(err)
	}
	if now, _ := h.see(q.ID); now.State != desk.SecondLine || now.Department != actor.SecondLine || now.Agent != "" {
		t.Errorf("%+v", now)
	}
	if err := h.Take(t.Context(), olga, q.ID); code(err) != "request-own-queue" {
		t.Error(err)
	}
	if err := errors.Join(h.Take(t.Context(), piia, q.ID), h.Close(t.Context(), piia, q.ID, desk.Refused, "We do not do that.")); err != nil {
		t.Fatal(err)
	}
	if got := h.mails(h.org.ID, "request_refused"); len(got) != 1 || got[0].Facts["Words"] != "We do not do that." {
		t.Errorf("%+v", got)
	}
	// FL14: the customer insists; only an administrator does.
	if err := h.Insist(t.Context(), h.mika.Actor, q.ID, "But we want it."); code(err) != "request-vouch" {
		t.Error(err)
	}
	if err := h.Insist(t.Context(), h.org.Admin.Actor, q.ID, "But we want it."); err != nil {
		t.Fatal(err)
	}
	if now, _ := h.see(q.ID); now.State != desk.Taken || now.Insisted.IsZero() {
		t.Errorf("%+v", now)
	}
}

// Everything stands in the customer's book, with the rule.
func TestWhatIsDoneAboutARequestStandsInTheBook(t *testing.T) {
	h := open(t, mustertest.Store(t))
	olga := agent("Olga", actor.FirstLine)
	q := h.ask(h.org.Admin.Actor, desk.Look)
	err := errors.Join(
		h.Take(t.Context(), olga, q.ID), h.Reply(t.Context(), olga, q.ID, desk.Answer{Words: "We look."}),
		h.Classify(t.Context(), olga, q.ID, desk.TestData, ""), h.Say(t.Context(), h.org.Admin.Actor, q.ID, "Thank you."),
		h.Close(t.Context(), olga, q.ID, desk.Done, "Looked at."),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"request.asked": "request-ask", "request.taken": "request-own-queue", "request.answered": "request-own-queue",
		"request.classified": "request-own-queue", "request.heard": "request-ask", "request.done": "request-own-queue",
	}
	err = h.Store.View(t.Context(), h.org.ID, func(tx *store.Tx) error {
		page, err := ledger.List(tx, ledger.Filter{Subject: string(q.ID)})
		for _, r := range page {
			if want[r.Kind] != r.Rule || !strings.HasPrefix(r.Facts["Reference"].(string), "R-") {
				t.Errorf("%s by %s: %v", r.Kind, r.Rule, r.Facts)
			}
			delete(want, r.Kind)
		}
		return err
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%v, not in the book: %v", err, want)
	}
	for reference, want := range map[string]bool{" r-" + q.Reference()[2:]: true, "R-2026-1": false, "R-2026-000999": false, "the call": false} {
		err = h.Store.View(t.Context(), h.org.ID, func(tx *store.Tx) error {
			known, err := desk.Known(tx, reference)
			if known != want {
				t.Errorf("%q is known: %t", reference, known)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
