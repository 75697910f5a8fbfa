package grant_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/letin/grant"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
)

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// heard counts the mails to an address whose subject has these words.
func (w *works) heard(to, words string) (n int) {
	for _, out := range w.Mail.Sent() {
		if out.To == to && strings.Contains(out.Subject, words) {
			n++
		}
	}
	return n
}

// everybody holds each of them to so many mails of this subject: the one who
// asked, the one who is to enter, an approver and the customer.
func (w *works) everybody(words string, want int) {
	w.t.Helper()
	for _, to := range []string{w.lead.Email, w.agent.Email, w.success.Email, w.Admin.First(roster.Email)} {
		if n := w.heard(to, words); n != want {
			w.t.Errorf("%s: %d mails with %q, want %d", to, n, words, want)
		}
	}
}

func (w *works) stage(g grant.Grant) grant.Stage {
	w.t.Helper()
	f, err := w.office.File(w.t.Context(), w.Admin.Actor, g.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Stage
}

// access A5: what waits is brought to mind at half the time, and then lapses.
func TestAccessA5WhatWaitsIsRemindedOfAndLapses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, mustertest.Store(t))
		g := w.ask()
		wait(time.Second)
		for _, to := range []string{w.lead.Email, w.agent.Email} { // who asked and who is to enter approve nothing
			if n := w.heard(to, "it has been asked for"); n != 1 {
				t.Errorf("%s told %d times that it was asked for", to, n)
			}
		}
		wait(2*24*time.Hour - 2*time.Second)
		if n := w.heard(w.Admin.First(roster.Email), "Still waiting"); n != 0 {
			t.Errorf("reminded %d times before the time", n)
		}
		wait(2 * time.Second)
		for _, to := range []string{w.Admin.First(roster.Email), w.success.Email, w.head.Email, w.lead.Email} {
			if n := w.heard(to, "Still waiting"); n != 1 {
				t.Errorf("%s reminded %d times", to, n)
			}
		}
		wait(2*24*time.Hour - 2*time.Second)
		if s := w.stage(g); s != grant.Asked {
			t.Errorf("a second before the time: %s", s)
		}
		wait(2 * time.Second)
		if s := w.stage(g); s != grant.Lapsed {
			t.Errorf("after four days: %s", s)
		}
		for _, to := range []string{w.Admin.First(roster.Email), w.lead.Email, w.agent.Email} {
			if n := w.heard(to, "lapsed"); n != 1 {
				t.Errorf("%s: told %d times that it lapsed", to, n)
			}
		}
	})
}

// access A4, A12: open for eight hours and not a second more; and at each state
// each of those whom it concerns hears once.
func TestAccessA12EverybodyHearsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, mustertest.Store(t))
		g := w.opened()
		wait(time.Minute)
		for _, to := range []string{w.lead.Email, w.agent.Email, w.Admin.First(roster.Email)} { // nobody had approved yet
			if n := w.heard(to, "has consented"); n != 1 {
				t.Errorf("%s: %d mails of the consent", to, n)
			}
		}
		w.everybody("two people of support have approved it", 1)
		for range 2 {
			if err := w.enter(w.agent.Actor, g.ID); err != nil {
				t.Fatal(err)
			}
		}
		wait(time.Minute)
		w.everybody("entered for the first time", 1)
		wait(g.Until.Sub(w.Store.Now()) - time.Second)
		if err := w.enter(w.agent.Actor, g.ID); err != nil {
			t.Errorf("a second before the end: %v", err)
		}
		wait(time.Second)
		expect(t, "enter at the end", w.enter(w.agent.Actor, g.ID), "not_open")
		wait(time.Minute)
		if s := w.stage(g); s != grant.Expired {
			t.Errorf("%s", s)
		}
		w.everybody("its time is over", 1)
		again := w.opened()
		if _, err := w.office.Revoke(t.Context(), w.Admin.Actor, again.ID, ""); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		w.everybody("has revoked it", 1)
		refused := w.ask()
		if _, err := w.office.Refuse(t.Context(), w.success.Actor, refused.ID, "Ask the customer first"); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		if n := w.heard(w.Admin.First(roster.Email), "has refused it"); n != 1 {
			t.Errorf("the customer was told %d times of a refusal", n)
		}
	})
}

// An extension names the open grant, takes everybody's yes again, and opens a
// grant of its own.
func TestAccessA4AnExtensionIsANewDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, mustertest.Store(t))
		g := w.opened()
		d := w.draft()
		d.After = g.ID
		d.Staff = w.lead.ID
		_, err := w.office.Ask(t.Context(), w.success.Actor, d)
		expect(t, "extend for somebody else", err, "not_open")
		d.Staff = w.agent.ID
		next, err := w.office.Ask(t.Context(), w.lead.Actor, d)
		if err != nil || next.Stage != grant.Asked || next.After != g.ID {
			t.Fatalf("%+v, %v", next, err)
		}
		_, err = w.office.Approve(t.Context(), w.lead.Actor, next.ID)
		refusedBy(t, "approve the extension that one asked for", err, "letin-nobody-adds-themselves")
		_, err = w.consent(next.ID)
		for _, by := range []town.Colleague{w.success, w.head} {
			if err == nil {
				next, err = w.office.Approve(t.Context(), by.Actor, next.ID)
			}
		}
		if err != nil || next.Stage != grant.Open || !next.Until.After(g.Until.Add(-time.Second)) {
			t.Fatalf("%s, %v", next.Stage, err)
		}
		wait(time.Minute)
		w.everybody("it is extended", 1)
	})
}

// access A10: every administrator hears of an emergency at once, over all their
// channels.
func TestAccessA10EveryAdministratorHearsAtOnceOverAllChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, mustertest.Store(t))
		if err := w.office.PutBreaker(t.Context(), w.manager.Actor, w.agent.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.office.Break(t.Context(), w.agent.Actor, grant.Emergency{Org: w.ID, Words: "Nobody is called when help is pressed"}); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		if n := w.heard(w.Admin.First(roster.Email), "EMERGENCY"); n != 1 {
			t.Errorf("%d mails", n)
		}
		w.SMS.Phone(t, w.Admin.First(roster.SMS)).Expect("EMERGENCY", "Oliver Bennett")
		if n := w.heard(w.agent.Email, "entered in an emergency"); n != 1 {
			t.Errorf("%d mails to whoever broke glass", n)
		}
		wait(grant.Broken)
		w.SMS.Phone(t, w.Admin.First(roster.SMS))
		if n := w.heard(w.Admin.First(roster.Email), "its time is over"); n != 1 {
			t.Errorf("%d mails that it is over", n)
		}
	})
}
