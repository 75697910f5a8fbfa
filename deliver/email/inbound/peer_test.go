package inbound_test

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/answer"
	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/email/dkim"
	"muster/deliver/email/inbound"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster/contact"
	"muster/store"
)

// house is Muster with mail in both directions.
type house struct {
	*testing.T
	town *town.Town
	org  *town.Organisation
	door *inbound.Door
}

// open opens the door; its town's own engine stands still.
func open(t *testing.T, s *store.Store, setting string) *house {
	t.Helper()
	h := &house{T: t, town: town.New(t, s)}
	h.town.Stop()
	h.org = h.town.Organisation("Harbour Works")
	door, err := inbound.Open(t.Context(), setting, h.town.Keys)
	if err != nil {
		t.Fatal(err)
	}
	desk := answer.Desk{Store: s, Keys: h.town.Keys}
	door.Desk = inbound.Desk{
		Store: s, URL: &url.URL{Scheme: "https", Host: "muster.test"}, Log: slog.New(slog.DiscardHandler), Answer: desk.Take,
		Report: func(ctx context.Context, r deliver.Report) error {
			return deliver.Aftermath{Failed: alarm.Unheard, Dead: contact.Bounced}.Apply(ctx, s, "email", r)
		},
		Note: func(tx *store.Tx, m deliver.Message, words string) (bool, error) {
			return answer.Note(tx, m, "email", words)
		},
	}
	h.door = door
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	gone := make(chan struct{})
	go func() { door.Serve(ctx); close(gone) }()
	t.Cleanup(func() { cancel(); <-gone })
	return h
}

// post runs an engine that sends by mail over a relay.
func (h *house) post(relay string) {
	h.Helper()
	keys, err := dkim.Make(filepath.Join(h.TempDir(), "dkim.pem"), "muster.test", "m")
	if err != nil {
		h.Fatal(err)
	}
	out, err := email.New("smtp://"+relay, "muster.test", email.Signed(keys), email.Answered(h.door.Addresses()))
	if err != nil {
		h.Fatal(err)
	}
	engine := &deliver.Engine{
		Store: h.town.Store, Keys: h.town.Keys, Log: slog.New(slog.DiscardHandler), Aftermath: deliver.Aftermath{Failed: alarm.Unheard, Dead: contact.Bounced},
		URL: h.door.URL, Channels: map[string]deliver.Channel{"email": out},
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.Context()))
	gone := make(chan struct{})
	go func() { engine.Run(ctx); close(gone) }()
	h.Cleanup(func() { cancel(); <-gone; out.Close() })
}

func (h *house) do(fn func(tx *store.Tx) error) {
	h.Helper()
	if err := h.town.Store.Do(context.WithoutCancel(h.Context()), h.org.ID, fn); err != nil {
		h.Fatal(err)
	}
}

// send queues a message over a route of mail addresses.
func (h *house) send(to ...string) (m id.Message) {
	h.Helper()
	var route []deliver.Stop
	for _, address := range to {
		route = append(route, deliver.Stop{Channel: "email", Address: address})
	}
	h.do(func(tx *store.Tx) (err error) {
		m, err = deliver.Queue(tx, deliver.Message{
			Purpose: "test", Lane: deliver.Duty, Lang: "en", About: "test:" + to[0], Route: route, Valid: time.Hour,
			Facts: map[string]any{"Org": "Harbour Works", "Link": "/"},
		})
		return err
	})
	return m
}

// until waits for the tries of what a message is about to be as a test wants.
func (h *house) until(about string, as func([]deliver.Attempt) bool) (all []deliver.Attempt) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 20*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		h.do(func(tx *store.Tx) (err error) {
			all, err = deliver.AttemptsAbout(tx, about, 10)
			return err
		})
		if as(all) {
			tick.Stop()
			return all
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.Fatalf("%s: %+v", about, all)
		}
	}
}

func (h *house) state(m id.Message) (state deliver.State) {
	h.Helper()
	h.do(func(tx *store.Tx) error {
		found, err := deliver.Get(tx, m)
		state = found.State
		return err
	})
	return state
}

// A real mail system reports on what it was given: each report comes back
// through the door and moves the very attempt that it is about.
func TestOA1WhatBecomesOfAMailIsKnown(t *testing.T) {
	h := open(t, mustertest.Store(t), "lmtp://127.0.0.1:0?domain=in.muster.test")
	_, deaf, _ := strings.Cut(mustertest.SMTPSink(t, "-N"), ":") // takes everything, and knows nothing of reports
	p := mustertest.Postfix(t, mustertest.PostfixRoute{Domain: "in.muster.test", Transport: "lmtp:inet:" + h.door.Addr().String()},
		mustertest.PostfixRoute{Domain: "far.test", Transport: "smtp:[127.0.0.1]:" + deaf}, mustertest.PostfixRoute{Domain: "box.test", Transport: "discard:"})
	h.post(p.Addr)
	for _, c := range []struct {
		to     []string
		state  deliver.State // of the first try
		code   string
		detail string
		end    deliver.State // of the message
	}{
		{[]string{"a@box.test"}, deliver.Delivered, "", "delivered", deliver.Delivered},
		{[]string{"here@good.test"}, deliver.Relayed, "", "relayed", deliver.Relayed},
		{[]string{"a@far.test"}, deliver.Relayed, "", "relayed", deliver.Relayed},
		{[]string{"dead@good.test"}, deliver.Failed, "5.1.1", "There is no such mailbox any more", deliver.Failed},
		{[]string{"full@good.test"}, deliver.Failed, "5.2.2", "The mailbox is full", deliver.Failed},
		{[]string{"busy@good.test"}, deliver.HandedOver, "4.2.1", "The mailbox is being moved", deliver.HandedOver},
		{[]string{"gone@good.test"}, deliver.Failed, "5.1.1", "", deliver.Failed}, // refused at once
		{[]string{"dead@good.test", "spare@good.test"}, deliver.Failed, "5.1.1", "There is no such mailbox any more", deliver.Relayed},
	} {
		t.Run(strings.Join(c.to, "+"), func(t *testing.T) {
			h := *h
			h.T = t
			m := h.send(c.to...)
			all := h.until("test:"+c.to[0], func(all []deliver.Attempt) bool {
				for _, a := range all {
					if a.Message == m && a.N == 1 {
						return a.State == c.state && a.Code == c.code && strings.Contains(a.Detail, c.detail) && h.state(m) == c.end
					}
				}
				return false
			})
			t.Logf("%s: %s", c.to, all[len(all)-1].Detail)
		})
	}
	mail := p.Wait(t, "here@good.test")
	first, ok := h.door.Addresses().Attempt(mail.From)
	if !ok || !strings.Contains(mail.Header.Get("Reply-To"), mail.From) || !strings.Contains(mail.Header.Get("Message-Id"), string(first)) {
		t.Errorf("envelope sender %s, headers %v", mail.From, mail.Header)
	}
	if strings.Count(mail.Raw, "DKIM-Signature:") != 2 {
		t.Errorf("not signed twice:\n%s", mail.Raw)
	}
}
