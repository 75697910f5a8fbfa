package twiml

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/voice"
	"muster/id"
	"muster/lang"
	"muster/mustertest"
	"muster/seal"
)

// world is a carrier, our channel to it, and a desk that writes down.
type world struct {
	carrier *mustertest.Twilio
	channel *Channel
	front   *httptest.Server

	mu       sync.Mutex
	reports  []deliver.Report
	answers  []deliver.Answer
	visitors []voice.Visitor
	trouble  error
	take     func(context.Context, deliver.Report) error // nil: reports are only written down
}

func newWorld(t *testing.T) *world {
	t.Helper()
	carrier := mustertest.NewTwilio()
	t.Cleanup(carrier.Close)
	return newWorldOf(t, carrier, carrier.Setting())
}

func newWorldOf(t *testing.T, carrier *mustertest.Twilio, setting string) *world {
	t.Helper()
	w := &world{carrier: carrier}
	mux := http.NewServeMux()
	w.front = httptest.NewServer(mux)
	t.Cleanup(w.front.Close)
	public, err := url.Parse(w.front.URL)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	w.channel, err = New(setting, Config{
		Desk: voice.Desk{Report: w.report, Answered: w.answered, Visited: w.visited},
		Keys: keys, Public: public, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.channel.Close)
	for path, h := range w.channel.Routes() {
		mux.Handle("POST "+path, h)
	}
	return w
}

func (w *world) report(ctx context.Context, r deliver.Report) error {
	if w.take != nil {
		return w.take(ctx, r)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, r)
	return nil
}

func (w *world) answered(_ context.Context, a deliver.Answer) (deliver.Said, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, a)
	return deliver.Said{What: deliver.Done, Text: "You have taken charge of Aino."}, w.trouble
}

func (w *world) visited(_ context.Context, v voice.Visitor) (voice.Reception, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.visitors = append(w.visitors, v)
	if v.PIN == "1234" || v.Help {
		return voice.Reception{Tag: lang.English, Text: "Checked in."}, nil
	}
	return voice.Reception{Tag: lang.English}, nil
}

func outgoing() deliver.Outgoing {
	return deliver.Outgoing{
		Attempt: id.New[id.Attempt](), To: "+358401234567", Lang: lang.English, Asks: true, Valid: time.Minute,
		Text: "This is an alarm. Aino called for help at 12 05. Please sign in to the board.",
	}
}

var digit = regexp.MustCompile(`take charge, press (\d)`)

// TestOA5OverTheCarrier goes through the ways a call can take.
func TestOA5OverTheCarrier(t *testing.T) {
	for name, c := range map[string]struct {
		hand    mustertest.Hand
		answers int
		state   deliver.State // of the strongest report
		code    string
		turns   int
		last    string
	}{
		"the digit": {func(_ int, said string) string {
			if m := digit.FindStringSubmatch(said); m != nil {
				return m[1]
			}
			return ""
		}, 1, deliver.Delivered, "", 3, "taken charge of Aino"},
		"silence, or voicemail": {func(int, string) string { return "" }, 0, deliver.Failed, "no_key", 5, "Nothing was confirmed"},
		"again, then hung up": {func(turn int, _ string) string {
			return map[int]string{1: "1", 2: "1", 3: "hangup"}[turn]
		}, 0, deliver.Delivered, "", 3, "Aino called for help"},
		"hung up":         {func(turn int, _ string) string { return map[int]string{1: "hangup"}[turn] }, 0, deliver.Failed, "no_key", 1, "Aino"},
		"the wrong keys":  {func(int, string) string { return "0" }, 0, deliver.Failed, "wrong_key", 4, "Nothing was confirmed"},
		"busy":            {func(int, string) string { return mustertest.Busy }, 0, deliver.Failed, "busy", 0, ""},
		"nobody answered": {func(int, string) string { return mustertest.NoAnswer }, 0, deliver.Failed, "no_answer", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.carrier.Answers = c.hand
			out := outgoing()
			receipt, err := w.channel.Send(t.Context(), out)
			if err != nil || receipt.State != deliver.HandedOver {
				t.Fatalf("%+v, %v", receipt, err)
			}
			call := w.carrier.Calls()[0]
			if call.SID != receipt.ProviderID || call.To != out.To || len(call.Refused) != 0 || len(call.Said) != c.turns {
				t.Fatalf("%d turns of %+v", len(call.Said), call)
			}
			if c.turns > 0 && !strings.Contains(call.Said[c.turns-1], c.last) {
				t.Errorf("said last %q", call.Said[c.turns-1])
			}
			best := deliver.Report{}
			for _, r := range w.reports {
				if r.State == deliver.Delivered || r.State == deliver.Failed && best.State == "" {
					best = r
				}
			}
			if best.State != c.state || best.Code != c.code || best.ProviderID != call.SID {
				t.Errorf("reports %+v", w.reports)
			}
			if len(w.answers) != c.answers {
				t.Fatalf("answers %+v", w.answers)
			}
			for _, a := range w.answers {
				if a.Attempt != out.Attempt || a.From != out.To || a.Act != deliver.Acknowledge || a.Channel != "voice" {
					t.Errorf("answered %+v", a)
				}
			}
		})
	}
}

func TestWhatCannotBeRecordedIsSaid(t *testing.T) {
	w := newWorld(t)
	w.trouble = errors.New("the disk is full")
	w.carrier.Answers = func(_ int, said string) string {
		if m := digit.FindStringSubmatch(said); m != nil {
			return m[1]
		}
		return ""
	}
	if _, err := w.channel.Send(t.Context(), outgoing()); err != nil {
		t.Fatal(err)
	}
	if said := w.carrier.Calls()[0].Said; !strings.Contains(said[len(said)-1], "could not be recorded") {
		t.Errorf("%q", said)
	}
}

func TestAWorkerCallsIn(t *testing.T) {
	for name, c := range map[string]struct {
		keys  []string
		pins  []string // besides the greeting
		turns int
	}{
		"with a PIN":   {[]string{"1234#"}, []string{"1234"}, 2},
		"second try":   {[]string{"9#", "1234#"}, []string{"9", "1234"}, 3},
		"three wrong":  {[]string{"1#", "2#", "3#"}, []string{"1", "2", "3"}, 4},
		"says nothing": {[]string{"", "", ""}, nil, 4},
		"needs help":   {[]string{"**"}, []string{""}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			call := w.carrier.Dial(w.front.URL+VisitPath, "+358401234567", func(turn int, _ string) string { return c.keys[turn-1] })
			if len(call.Refused) != 0 || len(call.Said) != c.turns {
				t.Fatalf("%+v", call)
			}
			var pins []string
			for _, v := range w.visitors[1:] {
				if pins = append(pins, v.PIN); v.From != "+358401234567" || v.ID == "" || v.Help != (name == "needs help") {
					t.Errorf("%+v", v)
				}
			}
			if strings.Join(pins, " ") != strings.Join(c.pins, " ") {
				t.Errorf("typed %q", pins)
			}
		})
	}
}

func TestOnlyTheCarrierIsBelieved(t *testing.T) {
	w := newWorld(t)
	good, err := w.channel.address(CallPath, state{Call: voice.Begin(outgoing()), Said: true})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"CallSid": {"CA1"}, "Digits": {"1"}}
	post := func(address, signature string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Twilio-Signature", signature)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if code := post(good, mustertest.TwilioSignature(good, form)); code != http.StatusOK {
		t.Errorf("as the carrier asks: %d", code)
	}
	if code := post(good, ""); code != http.StatusForbidden {
		t.Errorf("not signed: %d", code)
	}
	forged := good[:len(good)-4] + "AAAA"
	if code := post(forged, mustertest.TwilioSignature(forged, form)); code != http.StatusBadRequest {
		t.Errorf("with another state: %d", code)
	}
	if len(w.reports) != 1 {
		t.Errorf("%+v", w.reports)
	}
}

func TestAnAccountWithoutANumberCannotCall(t *testing.T) {
	_, err := New("https://AC1:s3cret@carrier.example?service=MG1", Config{})
	if err == nil || !strings.Contains(err.Error(), "option voice") || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
