package erase_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/email/inbound"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/letin/presence"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

type house struct {
	*testing.T
	erase.Office
	org  *town.Organisation
	town *town.Town
	olga actor.Actor // first line
	head actor.Actor // of first line
	dev  actor.Actor
}

func open(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := &house{T: t, town: town.New(t, s)}
	h.town.Stop()
	h.Office = erase.Office{Desk: desk.Desk{Store: s, Keys: h.town.Keys}, URL: "https://muster.test"}
	h.org = h.town.Organisation("Harbour Works")
	agent := func(name string, of actor.Department, as ...actor.Position) actor.Actor {
		return actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: name, Door: actor.Board, Support: actor.Support{Department: of, Positions: as, Stands: true}}
	}
	h.olga, h.head, h.dev = agent("Olga", actor.FirstLine), agent("Heli", actor.FirstLine, actor.Head), agent("Devi", actor.Development)
	return h
}

func (h *house) asked(kind desk.Kind) id.Request {
	h.Helper()
	q, err := h.Ask(h.Context(), h.org.Admin.Actor, desk.Wanted{Kind: kind, Subject: "Old visits", Words: "Please delete them."})
	if err == nil {
		err = h.Desk.Take(h.Context(), h.olga, q.ID)
	}
	if err != nil {
		h.Fatal(err)
	}
	return q.ID
}

func (h *house) step(who actor.Actor, which id.Request, s erase.Step, g erase.Given) string {
	h.Helper()
	return code(h.Office.Take(h.Context(), who, which, s, g))
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

// link is the address in the last mail of a purpose, as only its reader sees it.
func (h *house) link(purpose string) (to, token string) {
	h.Helper()
	err := h.Store.View(h.Context(), h.org.ID, func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 200)
		for _, m := range all {
			if m.Purpose != purpose || to != "" {
				continue
			}
			to = m.Route[0].Address
			if m.Sealed == nil {
				continue
			}
			plain, err := h.Keys.Open("deliver.message", m.Sealed)
			if err != nil {
				return err
			}
			facts := map[string]string{}
			if err := json.Unmarshal(plain, &facts); err != nil {
				return err
			}
			u, err := url.Parse(facts["Link"])
			if err != nil {
				return err
			}
			token = strings.TrimPrefix(u.Path, "/director/")
		}
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return to, token
}

func (h *house) director(mail string) {
	h.Helper()
	if err := h.Name(h.Context(), h.org.Admin.Actor, mail); err != nil {
		h.Fatal(err)
	}
	to, token := h.link("director_verify")
	if to != mail {
		h.Fatalf("the link went to %s", to)
	}
	if err := h.Confirm(h.Context(), token, "", netip.Addr{}); err != nil {
		h.Fatal(err)
	}
	if err := h.Confirm(h.Context(), token, "", netip.Addr{}); code(err) != "link_expired" {
		h.Errorf("the link works twice: %v", err)
	}
}

func (h *house) mailed(from string, about id.Request, proved bool) {
	h.Helper()
	err := h.Receive(h.Context(), inbound.Wish{
		Org: h.org.ID, About: string(about), From: from, Proved: proved, Words: "Please delete it.", ID: "<" + string(id.New[id.Message]()) + "@x>", Digest: string(id.New[id.Message]()),
	})
	if err != nil {
		h.Fatal(err)
	}
}

func TestFL6TestDataIsDeletedInItsSteps(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		q := h.asked(desk.TestData)
		paper := erase.Given{Paper: erase.Paper{Who: "Kaisa of Harbour Works", Why: "They cannot find them.", What: "All visits of May"}}
		for i, c := range []struct {
			who  actor.Actor
			step erase.Step
			g    erase.Given
			want string
		}{
			{h.olga, erase.Pass, erase.Given{}, "request-test-data"},
			{h.olga, erase.Decline, erase.Given{Words: "Too much work."}, "erase_not_shown"},
			{h.olga, erase.Show, erase.Given{}, "erase_not_shown"}, // nothing was sent yet
		} {
			if got := h.step(c.who, q, c.step, c.g); got != c.want {
				t.Errorf("%d %s: %q, want %q", i, c.step, got, c.want)
			}
		}
		if err := h.Reply(t.Context(), h.olga, q, desk.Answer{Template: "test_data", Words: "This is how."}); err != nil {
			t.Fatal(err)
		}
		for i, c := range []struct {
			who  actor.Actor
			step erase.Step
			g    erase.Given
			want string
		}{
			{h.olga, erase.Show, erase.Given{}, ""},
			{h.olga, erase.Decline, erase.Given{}, "required"},
			{h.olga, erase.Decline, erase.Given{Words: "Too much work."}, ""},
			{h.olga, erase.Write, erase.Given{}, "required"},
			{h.olga, erase.Write, paper, ""},
			{h.olga, erase.Pass, erase.Given{}, "request-test-data"},
			{h.olga, erase.Approve, erase.Given{}, "request-two-people"},
			{h.dev, erase.Approve, erase.Given{}, "request-own-queue"},
			{h.head, erase.Approve, erase.Given{}, ""},
			{h.head, erase.Pass, erase.Given{}, "request_not_taken"},
			{h.olga, erase.Pass, erase.Given{}, ""},
			{h.olga, erase.Record, erase.Given{Words: "Gone."}, "request-record"},
			{h.dev, erase.Record, erase.Given{Words: "212 visits of May 2026."}, ""},
			{h.dev, erase.Record, erase.Given{Words: "212 visits of May 2026."}, "erase_over"},
		} {
			if got := h.step(c.who, q, c.step, c.g); got != c.want {
				t.Errorf("%d %s: %q, want %q", i, c.step, got, c.want)
			}
		}
		got, _, err := h.Desk.Open(t.Context(), h.org.Admin.Actor, q)
		if err != nil || got.State != desk.Done || !strings.Contains(got.Outcome, "All visits of May") || !strings.Contains(got.Outcome, "212 visits") || !strings.Contains(got.Outcome, "Devi") {
			t.Errorf("%+v %v", got, err)
		}
		h.booked(q, "show decline write approve pass record")
	})
}

// booked are the steps as the customer's book has them.
func (h *house) booked(q id.Request, want string) {
	h.Helper()
	var steps []string
	err := h.Store.View(h.Context(), h.org.ID, func(tx *store.Tx) error {
		page, err := ledger.List(tx, ledger.Filter{Subject: string(q)})
		steps = nil
		for _, r := range page {
			if step, ok := strings.CutPrefix(r.Kind, "request.erase_"); ok {
				steps = append([]string{step}, steps...)
				if r.Rule == "" && step != "agree" {
					h.Errorf("%s by no rule", step)
				}
			}
		}
		return err
	})
	if got := strings.Join(steps, " "); err != nil || got != want {
		h.Errorf("in the book: %q, want %q (%v)", got, want, err)
	}
}

func TestAccessN3RealDataGoesByTheDirectorsLinkOnly(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		q := h.asked(desk.RealData)
		list := erase.Given{List: "Invoices of 2019\nInvoices of 2018"}
		want := func(s erase.Step, g erase.Given, want string) {
			t.Helper()
			if got := h.step(h.olga, q, s, g); got != want {
				t.Errorf("%s: %q, want %q", s, got, want)
			}
		}
		want(erase.Pass, erase.Given{}, "request-director")
		want(erase.Own, erase.Given{Words: "They did it."}, "request-own-hand") // nobody watches
		want(erase.Compare, erase.Given{}, "director_missing")
		h.director("boss@good.test")
		h.mailed(h.org.Admin.First("email"), q, true) // an administrator is no director
		h.mailed("boss@good.test", q, false)          // nor is a name that somebody used
		want(erase.Compare, erase.Given{}, "erase_not_compared")
		want(erase.List, list, "erase_not_compared")
		h.mailed("Boss@good.test", q, true)
		want(erase.Compare, erase.Given{}, "")
		want(erase.Send, erase.Given{}, "erase_no_list")
		want(erase.List, list, "")
		want(erase.Pass, erase.Given{}, "request-director")
		want(erase.Send, erase.Given{}, "")
		want(erase.Agree, erase.Given{}, "forbidden") // nobody of the provider's
		want(erase.Pass, erase.Given{}, "request-director")

		to, first := h.link("director_agree")
		if to != "boss@good.test" {
			t.Errorf("sent to %s", to)
		}
		p, err := h.Open(t.Context(), first)
		if err != nil || strings.Join(p.List.List, "|") != "Invoices of 2019|Invoices of 2018" || p.Org.Name != "Harbour Works" {
			t.Fatalf("%+v %v", p, err)
		}
		want(erase.Pass, erase.Given{}, "request-director") // opened, and not agreed to
		if err := h.Confirm(t.Context(), first, "another list", netip.Addr{}); code(err) != "erase_list_changed" {
			t.Error(err)
		}
		// Another list needs another yes, and the link before it is dead.
		want(erase.List, erase.Given{List: "Invoices of 2019"}, "")
		if err := h.Confirm(t.Context(), first, p.List.Digest(), netip.Addr{}); code(err) != "link_expired" {
			t.Error(err)
		}
		want(erase.Send, erase.Given{}, "")
		_, token := h.link("director_agree")
		if p, err = h.Open(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		err = errors.Join(h.Confirm(t.Context(), token, p.List.Digest(), netip.MustParseAddr("192.0.2.7")))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Confirm(t.Context(), token, p.List.Digest(), netip.Addr{}); code(err) != "link_expired" {
			t.Errorf("twice: %v", err)
		}
		want(erase.List, list, "already_done") // what was agreed to stays
		want(erase.Pass, erase.Given{}, "")
		if got := h.step(h.dev, q, erase.Record, erase.Given{Words: "1,204 invoices."}); got != "" {
			t.Error(got)
		}
		got, said, err := h.Desk.Open(t.Context(), h.org.Admin.Actor, q)
		if err != nil || got.State != desk.Done || !strings.Contains(got.Outcome, "Invoices of 2019") || strings.Contains(got.Outcome, "2018") {
			t.Errorf("%+v %v", got, err)
		}
		told := false
		for _, l := range said {
			told = told || l.Template == "passed" && strings.Contains(l.Words, "Invoices of 2019")
		}
		if !told {
			t.Error("the customer was not told that it went to development")
		}
		h.booked(q, "compare list send list send agree pass record")
	})
}

func TestFL7AnotherDirectorEndsWhatTheOneBeforeWasSent(t *testing.T) {
	h := open(t, mustertest.Store(t))
	h.director("boss@good.test")
	q := h.asked(desk.RealData)
	h.mailed("boss@good.test", q, true)
	for _, s := range []erase.Step{erase.Compare, erase.List, erase.Send} {
		if got := h.step(h.olga, q, s, erase.Given{List: "Everything"}); got != "" {
			t.Fatal(s, got)
		}
	}
	_, token := h.link("director_agree")
	if err := h.Name(t.Context(), h.org.Monitor("Mika").Actor, "mika@good.test"); code(err) != "request-vouch" {
		t.Error(err)
	}
	if err := h.Name(t.Context(), h.org.Admin.Actor, "no address"); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if err := h.Name(t.Context(), h.org.Admin.Actor, "new@good.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Open(t.Context(), token); code(err) != "link_expired" {
		t.Errorf("the old director still opens it: %v", err)
	}
	if to, _ := h.link("director_replaced"); to != "boss@good.test" {
		t.Errorf("told: %q", to)
	}
	if err := h.Forget(t.Context(), h.org.Admin.Actor); err != nil {
		t.Error(err)
	}
	if _, err := h.Open(t.Context(), strings.Repeat("A", 52)); code(err) != "link_expired" {
		t.Error(err)
	}
}

// FL7, access A8: real data by the customer's own hand while one of their
// administrators proves to watch whoever has the request; a minute after the
// last proof it is refused, and what others watch counts for nobody else.
func TestFL7ByTheirOwnHandSomebodyWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, mustertest.Store(t))
		ctx, done := t.Context(), erase.Given{Words: "Invoices of 2019, by Kaisa."}
		h.org.Live()
		sari, other := h.town.Staff("Sari", actor.SecondLine).Actor, h.town.Staff("Oskar", actor.SecondLine).Actor
		q := h.asked(desk.RealData)
		if err := errors.Join(h.HandOver(ctx, h.olga, q, actor.SecondLine, "They want to do it together."), h.Desk.Take(ctx, sari, q)); err != nil {
			t.Fatal(err)
		}
		join := func(who actor.Actor) {
			t.Helper()
			which, err := presence.Ask(ctx, h.Store, who, h.org.ID, "The old invoices")
			if got := h.step(sari, q, erase.Own, done); got != "request-own-hand" {
				t.Errorf("before anybody joined: %q", got)
			}
			if err == nil {
				err = presence.Join(ctx, h.Store, h.org.Admin.Actor, which)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		join(other)
		if got := h.step(sari, q, erase.Own, done); got != "request-own-hand" {
			t.Errorf("somebody else is watched: %q", got)
		}
		join(sari)
		time.Sleep(time.Minute + time.Microsecond)
		if got := h.step(sari, q, erase.Own, done); got != "request-own-hand" {
			t.Errorf("not proved within the minute: %q", got)
		}
		join(sari)
		time.Sleep(time.Minute)
		if got := h.step(sari, q, erase.Own, done); got != "" {
			t.Error(got)
		}
		if got, _, err := h.Desk.Open(ctx, h.org.Admin.Actor, q); err != nil || got.State != desk.Done || !strings.Contains(got.Outcome, "by Kaisa") {
			t.Errorf("%+v %v", got, err)
		}
		err := h.Store.View(ctx, h.org.ID, func(tx *store.Tx) error {
			all, err := ledger.List(tx, ledger.Filter{Subject: string(q), Kind: "request.erase_own"})
			if len(all) != 1 || all[0].Personal["Name"] != h.org.Admin.Name {
				t.Errorf("who watched: %+v", all)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
