package texting_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"muster/call/alarm"
	"muster/call/texting"
	"muster/deliver"
	"muster/deliver/smpp"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// TestTextsFromAMessageCentreReachTheGrammar takes what a centre by others
// brings, in one part, in several out of order and in UCS-2, as far as shifts
// and alarms.
func TestTextsFromAMessageCentreReachTheGrammar(t *testing.T) {
	s := mustertest.Store(t)
	tn := town.New(t, s)
	org := tn.Organisation("Harbour Works")
	mika := org.Monitor("Mika")
	l := &line{t: t, town: tn, org: org, worker: org.Worker("Aino"), desk: texting.Desk{Store: s, Keys: tn.Keys, Shifts: tn.Desk}}
	centre := mustertest.NewCentre(t, map[string]any{})
	channel, err := smpp.New(centre.Setting(""), smpp.Doors{
		Store: s, Keys: tn.Keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Reported: func(context.Context, deliver.Report) error { return nil },
		Heard: func(ctx context.Context, x smpp.Text) error {
			return l.desk.Take(ctx, texting.Text{ID: x.ID, From: x.From, Body: x.Body})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { channel.Run(ctx) })
	defer func() { cancel(); running.Wait() }()
	centre.Expect(t, "a bind", func(s mustertest.CentreSaid) bool { return s.Bound != "" })
	bring := func(from, body string, more map[string]any) {
		t.Helper()
		order := map[string]any{"from": strings.TrimPrefix(from, "+"), "text": body}
		for k, v := range more {
			order[k] = v
		}
		centre.Order(t, order)
		if a := centre.Expect(t, "an answer to a text", func(s mustertest.CentreSaid) bool { return s.TextAnswered != nil }); *a.TextAnswered != 0 {
			t.Errorf("%q is answered with %#x", body, *a.TextAnswered)
		}
	}
	aino := l.worker.Phone()

	bring(aino, l.pin("start 60"), nil)
	began := l.profile().Current
	if began == nil {
		t.Fatal("no shift runs")
	}
	bring(aino, l.pin("ok äö"), map[string]any{"coding": 8}) // in UCS-2
	bring(aino, l.pin("ok"), nil)
	if now := l.profile().Current; now == nil || !now.Deadline.After(began.Deadline) {
		t.Error("the check-in did not count")
	}
	bring(aino, "the ladder, second floor", map[string]any{"udh": "0500031b0202"})
	bring(aino, "APUA! I fell from ", map[string]any{"udh": "0500031b0201"})
	a := l.profile().Alarm
	if a == nil || a.Kind != alarm.Help || !strings.Contains(a.Note, "fell from the ladder, second floor") {
		t.Fatalf("%+v", a)
	}

	// The answer by code, from the telephone of whoever was told.
	code := deliver.Message{About: string(a.ID)}.ReplyCode(tn.Keys, mika.Phone())
	bring(mika.Phone(), "OK "+strings.ToLower(code), nil)
	err = s.View(t.Context(), org.ID, func(tx *store.Tx) error {
		got, err := alarm.Read(tx, a.ID)
		if err == nil && got.State != alarm.Acknowledged {
			t.Errorf("the alarm is %s", got.State)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	bring(aino, l.pin("end"), nil)
	if l.profile().Current != nil {
		t.Error("the shift runs on")
	}
}
