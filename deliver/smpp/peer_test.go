package smpp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/seal"
	"muster/store"
)

// world is a channel that talks to a message centre by others.
type world struct {
	*Channel
	t       *testing.T
	centre  *mustertest.Centre
	reports chan deliver.Report
	texts   chan Text
	fail    func(Text) error
}

func start(t *testing.T, centre map[string]any, options string) *world {
	t.Helper()
	w := &world{t: t, centre: mustertest.NewCentre(t, centre), reports: make(chan deliver.Report, 10000), texts: make(chan Text, 100)}
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "m.db"), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	k, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	w.Channel, err = New(w.centre.Setting(options), Doors{
		Store: s, Keys: k, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Reported: func(_ context.Context, r deliver.Report) error { w.reports <- r; return nil },
		Heard: func(_ context.Context, x Text) error {
			if w.fail != nil {
				if err := w.fail(x); err != nil {
					return err
				}
			}
			w.texts <- x
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { w.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return w
}

func text(to, body string) deliver.Outgoing {
	return deliver.Outgoing{To: to, Text: body, Attempt: id.Attempt("att_" + body), Valid: time.Hour}
}

func (w *world) send(out deliver.Outgoing) deliver.Receipt {
	w.t.Helper()
	r, err := w.Send(w.t.Context(), out)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) report() deliver.Report {
	w.t.Helper()
	select {
	case r := <-w.reports:
		return r
	case <-time.After(30 * time.Second):
		w.t.Fatal("no report came")
	}
	return deliver.Report{}
}

func (w *world) heard() Text {
	w.t.Helper()
	select {
	case x := <-w.texts:
		return x
	case <-time.After(30 * time.Second):
		w.t.Fatal("no text came")
	}
	return Text{}
}

func TestAForeignCentreTakesTheTextAsItIs(t *testing.T) {
	w := start(t, map[string]any{}, "&type=alarm")
	out := text("+358401234567", "Ääni €5 [ok]")
	out.Urgent = true
	r := w.send(out)
	if b := w.centre.Expect(t, "bound", func(s mustertest.CentreSaid) bool { return s.Bound != "" }); b.Bound != "bind_transceiver" || b.Version != 0x34 || b.Type != "alarm" {
		t.Errorf("bound %+v", b)
	}
	got := w.centre.Text(t)
	if got.Text != out.Text || got.To != "358401234567" || got.Ton != 1 || got.Npi != 1 || got.From != "358457000000" ||
		got.FromTon != 1 || got.Coding != 0 || got.Priority != 3 || got.Registered != 1 || got.Minutes < 59 || got.Minutes > 60 {
		t.Errorf("%+v", got)
	}
	if r.State != deliver.HandedOver || r.ProviderID != w.config.account+"-"+got.ID || r.Detail != "taken, 1 × GSM-7" {
		t.Errorf("%+v", r)
	}
	if report := w.report(); report.ProviderID != r.ProviderID || report.State != deliver.Delivered {
		t.Errorf("%+v", report)
	}
	w.send(text("+358401234567", "Помощь 😀"))
	if got := w.centre.Text(t); got.Text != "Помощь 😀" || got.Coding != 8 || got.Priority != 0 {
		t.Errorf("%+v", got)
	}
}

func TestALongTextIsCutAsTheCentreWantsIt(t *testing.T) {
	long := strings.Repeat("Ääkköset € ja muuta. ", 20)
	for split, parts := range map[string]int{"udh": 3, "udh16": 3, "sar": 3, "payload": 1} {
		t.Run(split, func(t *testing.T) {
			w := start(t, map[string]any{"receipts": "both", "fate": map[string]any{"358401234567": []string{"DELIVRD", "UNDELIV", "DELIVRD"}}}, "&split="+split)
			r := w.send(text("+358401234567", long))
			again, ids := "", []string{}
			for i := range parts {
				got := w.centre.Text(t)
				again, ids = again+got.Text, append(ids, w.config.account+"-"+got.ID)
				switch split {
				case "udh", "udh16":
					if got.Class != 0x40 || !strings.HasSuffix(got.UDH, fmt.Sprintf("%02x%02x", parts, i+1)) {
						t.Errorf("part %d: %+v", i, got)
					}
				case "sar":
					if len(got.Sar) != 3 || got.Sar[1] != parts || got.Sar[2] != i+1 {
						t.Errorf("part %d: %+v", i, got)
					}
				}
				if got.Registered != 1 || got.Payload != (split == "payload") {
					t.Errorf("part %d: %+v", i, got)
				}
			}
			if again != long {
				t.Errorf("%q", again)
			}
			if parts == 1 {
				ids = nil
			}
			if !slices.Equal(r.Parts, ids) {
				t.Errorf("%+v, want the ids %v", r, ids)
			}
			failed := 0
			for range parts {
				if w.report().State == deliver.Failed {
					failed++
				}
			}
			if failed != min(1, parts-1) {
				t.Errorf("%d parts failed", failed)
			}
		})
	}
}

func TestANumberThatTheCentreDoesNotKnowIsRefused(t *testing.T) {
	w := start(t, map[string]any{"refuse": map[string]int{"358401111111": 0x0b, "358402222222": 0x08}}, "")
	var final interface{ Error() string }
	_, err := w.Send(t.Context(), text("+358401111111", "x"))
	if final = err; err == nil || !strings.Contains(final.Error(), "refused by carrier: 0xb") {
		t.Errorf("unknown number: %v", err)
	}
	_, err = w.Send(t.Context(), text("+358402222222", "x"))
	if err == nil || strings.Contains(err.Error(), "refused by carrier") || !strings.Contains(err.Error(), "0x8, trouble in the centre") {
		t.Errorf("trouble in the centre: %v", err)
	}
	_, err = w.Send(t.Context(), text("0401234567", "x"))
	if err == nil || !strings.Contains(err.Error(), "bad_number") {
		t.Errorf("national number: %v", err)
	}
}

// Ids are hexadecimal in answers and decimal in receipts, receipts come twice,
// in reverse order, or before the answer; each still names its message.
func TestReceiptsFindTheirMessageHoweverTheyCome(t *testing.T) {
	for name, centre := range map[string]map[string]any{
		"hexadecimal":        {"hex": true, "receipts": "text"},
		"twice and shuffled": {"doubles": true, "shuffle": true},
		"before the answer":  {"early": true, "hex": true},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, centre, "")
			open := map[string]bool{}
			const n = 50
			for i := range n {
				open[w.send(text("+358401234567", fmt.Sprint(i))).ProviderID] = true
			}
			times := 1
			if centre["doubles"] == true {
				times = 2
			}
			for range n * times {
				r := w.report()
				if r.State != deliver.Delivered {
					t.Errorf("%+v", r)
				}
				delete(open, r.ProviderID)
				delete(open, r.Or)
			}
			if len(open) > 0 {
				t.Errorf("%d messages have no report", len(open))
			}
		})
	}
}

func TestTheLineComesBackAfterACut(t *testing.T) {
	w := start(t, map[string]any{"drop": 5}, "&window=1")
	lost := 0
	for i := range 20 {
		for {
			_, err := w.Send(t.Context(), text("+358401234567", fmt.Sprint(i)))
			if err == nil {
				break
			}
			if !errors.Is(err, errLost) && !strings.Contains(err.Error(), "connection") {
				t.Fatal(err)
			}
			if lost++; lost > 20 {
				t.Fatal("the line does not come back")
			}
		}
	}
	if lost == 0 {
		t.Error("the connection was not cut")
	}
	w.centre.Order(t, map[string]any{"unbind": true})
	w.centre.Expect(t, "closed", func(s mustertest.CentreSaid) bool { return s.Closed })
	for range 3 {
		if _, err := w.Send(t.Context(), text("+358401234567", "after")); err == nil {
			return
		}
	}
	t.Error("nothing leaves after the centre has unbound us")
}

func TestNothingIsLostUnderThrottling(t *testing.T) {
	w := start(t, map[string]any{"limit": 100, "full": 3, "quiet": true}, "&window=20")
	const n = 400
	began := time.Now()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			out := text(fmt.Sprintf("+35840%07d", i), "x")
			if i == n-1 {
				out.Urgent = true
			}
			if _, err := w.Send(t.Context(), out); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	w.centre.Order(t, map[string]any{"sums": true})
	sums := w.centre.Expect(t, "sums", func(s mustertest.CentreSaid) bool { return s.Sums != nil }).Sums
	if sums.Taken != n {
		t.Errorf("%d of %d were taken", sums.Taken, n)
	}
	if sums.Throttled == 0 {
		t.Error("the centre never complained")
	}
	t.Logf("%d taken in %v at 100 a second, %d thrown back", sums.Taken, took, sums.Throttled)
	for range n {
		w.report()
	}
}

func TestTheLineIsTriedWhenItIsQuietAndLeftInOrder(t *testing.T) {
	centre := mustertest.NewCentre(t, map[string]any{})
	c, err := New(centre.Setting("&enquire=1s&bind=two"), Doors{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { c.Run(ctx) })
	bound := map[string]bool{}
	for range 2 {
		bound[centre.Expect(t, "bound", func(s mustertest.CentreSaid) bool { return s.Bound != "" }).Bound] = true
	}
	if !bound["bind_receiver"] || !bound["bind_transmitter"] {
		t.Errorf("bound as %v", bound)
	}
	centre.Expect(t, "enquire_link", func(s mustertest.CentreSaid) bool { return s.Enquired })
	cancel()
	for range 2 {
		centre.Expect(t, "unbind", func(s mustertest.CentreSaid) bool { return s.Unbound })
	}
	wg.Wait()
}

func TestAWrongPasswordSaysSoAndHoldsNobodyUp(t *testing.T) {
	w := start(t, map[string]any{"pass": "other"}, "")
	_, err := w.Send(t.Context(), text("+358401234567", "x"))
	if err == nil || !strings.Contains(err.Error(), "password is wrong") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}

func TestTextsComeInOnceAndWhole(t *testing.T) {
	w := start(t, map[string]any{}, "")
	w.send(text("+358401234567", "bound"))
	accepted := func(want int) {
		t.Helper()
		got := w.centre.Expect(t, "an answer to a text", func(s mustertest.CentreSaid) bool { return s.TextAnswered != nil })
		if *got.TextAnswered != want {
			t.Errorf("answered with %#x, want %#x", *got.TextAnswered, want)
		}
	}
	order := func(body string, more map[string]any) {
		t.Helper()
		o := map[string]any{"from": "358401234567", "text": body}
		for k, v := range more {
			o[k] = v
		}
		w.centre.Order(t, o)
	}
	order("OK 1234 äö", nil)
	first := w.heard()
	if first.From != "+358401234567" || first.Body != "OK 1234 äö" || first.ID == "" || len(first.ID) > 64 {
		t.Errorf("%+v", first)
	}
	accepted(0)
	order("OK 1234 äö", nil) // sent again: the centre has our answer to the first
	if again := w.heard(); again.Body != first.Body || again.ID == first.ID {
		t.Errorf("%+v after %+v", again, first)
	}
	accepted(0)
	w.centre.Order(t, map[string]any{"cut": true})
	w.centre.Expect(t, "another bind", func(s mustertest.CentreSaid) bool { return s.Bound != "" })
	order("OK 1234 äö", nil) // brought again: our answer may have got lost with the connection
	accepted(0)
	order("Помощь", map[string]any{"coding": 8})
	if got := w.heard(); got.Body != "Помощь" || got.ID == first.ID {
		t.Errorf("%+v", got)
	}
	accepted(0)
	// Parts in the wrong order, one of them twice.
	order("in two parts", map[string]any{"udh": "0500031b0202"})
	accepted(0)
	order("in two parts", map[string]any{"udh": "0500031b0202"})
	accepted(0)
	order("HELP, I am ", map[string]any{"udh": "0500031b0201"})
	if got := w.heard(); got.Body != "HELP, I am in two parts" {
		t.Errorf("%+v", got)
	}
	accepted(0)
	// What cannot be taken now comes again, under the same id.
	var ids []string
	w.fail = func(x Text) error {
		ids = append(ids, x.ID)
		if len(ids) == 1 {
			return fault.New(fault.Unavailable, "unavailable")
		}
		return nil
	}
	order("END 1234", nil)
	accepted(int(tryLater))
	order("END 1234", nil)
	if got := w.heard(); got.Body != "END 1234" || ids[0] != ids[1] || got.ID != ids[0] {
		t.Errorf("%+v, %v", got, ids)
	}
	accepted(0)
	order("to a program", map[string]any{"udh": "060504158a0000"})
	accepted(0)
	order("from a name", map[string]any{"from": "Bank", "more": map[string]any{"source_addr_ton": 5}})
	accepted(0)
	select {
	case x := <-w.texts:
		t.Errorf("%+v", x)
	default:
	}
}

// A text whose other parts never come is heard all the same: it may be a call
// for help.
func TestATextThatStaysIncompleteIsHeard(t *testing.T) {
	w := start(t, map[string]any{}, "")
	s := segment{from: "+358401234567", to: "1", ref: 7, n: 1, of: 3, body: "HELP I am "}
	last := s
	last.n, last.body = 3, "down"
	for _, one := range []segment{s, last} {
		if err := w.hear(t.Context(), one, &settled{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.sweep(t.Context()); err != nil || len(w.texts) > 0 {
		t.Errorf("heard too early: %v", err)
	}
	parts, err := w.partsBefore(t.Context(), w.doors.Store.Now().Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range parts {
		if err := w.passGroup(t.Context(), group); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.heard(); got.Body != "HELP I am  … down" {
		t.Errorf("%+v", got)
	}
}
