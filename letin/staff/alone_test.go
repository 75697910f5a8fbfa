package staff_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/letin/staff"
	"muster/mustertest"
	"muster/store"
	"muster/timer"
)

// book is what the provider's book says of a kind, latest first.
func (h *house) book(kind string) (all []ledger.Record) {
	h.t.Helper()
	err := h.Store.View(h.t.Context(), identity.Provider, func(tx *store.Tx) (err error) {
		all, err = ledger.List(tx, ledger.Filter{Kind: kind, Limit: 50})
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// WK8, WK9: who has a new address is told at the old one, in their language;
// both stand in the book; nothing that let the old one in lets anybody in; and
// for a day they decide nothing.
func TestWK8ANewAddressIsToldAtTheOldOneAndProvedAnew(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		second := h.hire(h.olga, draft("Second Director", actor.CustomerSuccess, actor.Director))
		d := draft("Aino Agent", actor.FirstLine)
		d.Lang = lang.Finnish
		aino := h.hire(h.olga, d)
		if !aino.Young(h.Store.Now()) || !aino.ChangedBy(h.olga.ID) {
			t.Error("whoever was added just now is as good as anybody")
		}
		if h.named("Olga Operator").Young(h.Store.Now()) {
			t.Error("whom the machine's own command line brought is held up")
		}
		cookie := h.in(aino)
		same := d
		same.Email = "AINO.agent@provider.example"
		h.refused("the same address, written otherwise", "", h.Change(ctx, h.as(h.olga), aino.ID, same))
		if len(h.book("staff.readdressed")) > 0 || len(h.mailed()) > 0 {
			t.Error("an address that is the same was told as a new one")
		}
		d.Email = "olga.too@provider.example"
		h.refused("a new address", "", h.Change(ctx, h.as(h.olga), aino.ID, d))
		if _, _, err := h.gate.SessionActor(ctx, cookie); err == nil {
			t.Error("a session of the old address goes on")
		}
		said := h.book("staff.readdressed")
		if len(said) != 1 || said[0].Personal["from"] != "aino.agent@provider.example" || said[0].Personal["to"] != d.Email || said[0].Rule != "staff-director" {
			t.Errorf("the book says %+v", said)
		}
		want := []string{"staff_address Aino Agent to aino.agent@provider.example fi", "staff_address Aino Agent to " + second.Email + " en"}
		if got := h.told(); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

// told are the purposes, addresses and languages of what waits to leave.
func (h *house) told() (out []string) {
	h.t.Helper()
	err := h.Store.View(h.t.Context(), identity.Provider, func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 100)
		for _, m := range all {
			out = append(out, m.Purpose+" "+m.Facts["Staff"].(string)+" to "+m.Route[0].Address+" "+string(m.Lang))
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// WK9: taking back and untying make somebody new too; recording a proof makes
// nobody new, and is a hand in what they are.
func TestWK9WhatMakesSomebodyNewForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, mustertest.Store(t))
		ctx := t.Context()
		second := h.hire(h.olga, draft("Second Director", actor.CustomerSuccess, actor.Director))
		aino := h.hire(h.olga, draft("Aino Agent", actor.FirstLine))
		time.Sleep(24*time.Hour - time.Second)
		if !h.named("Aino Agent").Young(h.Store.Now()) {
			t.Error("not young a second before the day is over")
		}
		time.Sleep(time.Second)
		if m := h.named("Aino Agent"); m.Young(h.Store.Now()) || m.ChangedBy(h.olga.ID) {
			t.Errorf("a day is over: %+v", m)
		}
		h.prove(second, aino)
		if m := h.named("Aino Agent"); m.Young(h.Store.Now()) || !m.ChangedBy(second.ID) || !m.ChangedBy(h.olga.ID, second.ID) {
			t.Errorf("after a proof: %+v", m)
		}
		h.refused("confirmed", "", h.Confirm(ctx, h.as(h.olga), aino.ID))
		h.refused("ended", "", h.Deactivate(ctx, h.as(h.olga), aino.ID))
		if h.named("Aino Agent").ChangedBy(h.olga.ID) {
			t.Error("saying that somebody is right, or gone, has a hand in what they are")
		}
		h.refused("taken back", "", h.Reactivate(ctx, h.as(h.olga), aino.ID))
		if m := h.named("Aino Agent"); !m.Young(h.Store.Now()) || !m.ChangedBy(h.olga.ID) {
			t.Errorf("after being taken back: %+v", m)
		}
	})
}

// WK8, FL2: as long as no director can prove who they are none has to, or nobody
// could begin; and that stands in the book by its own rule.
func TestWK8TheFirstDirectorBeginsWithoutProofs(t *testing.T) {
	onBoth(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		shell := actor.Actor{Kind: actor.System, Name: "Muster", Door: actor.Command}
		link, err := h.gate.MakeLink(ctx, shell, identity.LinkSpec{Staff: h.olga.ID})
		if err != nil {
			t.Fatal(err)
		}
		in, err := h.gate.SignInWithLink(ctx, link[strings.LastIndex(link, "/")+1:], identity.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		who, _, err := h.gate.SessionActor(ctx, in.Cookie)
		if err != nil || who.Support.Stands || !who.Support.Founding {
			t.Fatalf("%+v, %v", who.Support, err)
		}
		if _, err := h.Add(ctx, who, draft("Second Director", actor.CustomerSuccess, actor.Director)); err != nil {
			t.Fatal(err)
		}
		if said := h.book("staff.added"); said[0].Rule != "staff-founding" {
			t.Errorf("the book says %s", said[0].Rule)
		}
		who.Support.Founding = false
		_, err = h.Add(ctx, who, draft("Third", actor.CustomerSuccess))
		h.refused("a director without proofs, when others have them", "staff-director", err)
	})
}

// WK8: notice of the end of a proof goes out a fortnight and three days before
// it, and when it is there; each once, to each in their language.
func TestWK8NoticeBeforeAProofEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, mustertest.Store(t))
		ctx := t.Context()
		until := func(at time.Time) {
			time.Sleep(time.Until(at))
			running, stop := context.WithCancel(ctx)
			done := make(chan struct{})
			engine := timer.NewEngine(h.Store, slog.New(slog.DiscardHandler), map[string]timer.Handler{staff.TimerKind: staff.Fire, staff.ProofTimer: staff.FireProof})
			go func() { engine.Run(running); close(done) }()
			synctest.Wait()
			stop()
			<-done
		}
		d := draft("Aino Agent", actor.FirstLine)
		d.Lang = lang.French
		aino := h.hire(h.olga, d)
		record := func(p staff.Proof, ends time.Time) {
			t.Helper()
			h.refused("recorded", "", h.Record(ctx, h.as(h.olga), aino.ID, p, staff.Span{Since: h.Store.Now().Add(-time.Hour), Until: ends}))
		}
		ends := h.Store.Now().AddDate(0, 0, 60)
		record(staff.Background, ends)
		record(staff.Agreement, h.Store.Now().AddDate(0, 0, 5)) // a fortnight before has passed
		sent := func(purpose string) (n int) {
			for _, m := range h.told() {
				if strings.HasPrefix(m, purpose+" Aino Agent") {
					n++
				}
			}
			return n
		}
		expect := func(when string, before, over int) {
			t.Helper()
			if a, b := sent("staff_proof"), sent("staff_proof_over"); a != before || b != over {
				t.Errorf("%s: %d before and %d after the end, want %d and %d", when, a, b, before, over)
			}
		}
		until(h.Store.Now().AddDate(0, 0, 2).Add(-time.Minute))
		expect("before any is due", 0, 0)
		until(h.Store.Now().Add(time.Minute))
		expect("three days before the agreement ends", 2, 0)
		record(staff.Agreement, time.Time{})
		until(ends.AddDate(0, 0, -14).Add(-time.Minute))
		expect("a new agreement has no end", 2, 0)
		for _, c := range []struct {
			at           time.Time
			before, over int
		}{{ends.AddDate(0, 0, -14), 4, 0}, {ends.AddDate(0, 0, -3), 6, 0}, {ends, 6, 2}, {ends.AddDate(0, 0, 30), 6, 2}} {
			until(c.at)
			expect(c.at.String(), c.before, c.over)
		}
		if got := h.told(); !slices.Contains(got, "staff_proof_over Aino Agent to aino.agent@provider.example fr") || !slices.Contains(got, "staff_proof_over Aino Agent to olga@provider.example en") {
			t.Errorf("told %q", got)
		}
		if n := len(h.book("staff.proof_noticed")); n != 4 {
			t.Errorf("%d entries", n)
		}
	})
}
