package sms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/mustertest"
)

func outgoing(to string) deliver.Outgoing {
	return deliver.Outgoing{
		Org: "org_1", Message: id.New[id.Message](), Attempt: id.New[id.Attempt](), To: to,
		Text: "HELP! Aino Virtanen called for help at 14:05. https://muster.example.org/a/x?y=z&ä=ö", Urgent: true, Valid: 30 * time.Minute,
	}
}

// world is a carrier, our channel to it, and a place where reports arrive.
type world struct {
	carrier *mustertest.Twilio
	channel *Channel
	address string // of callbacks

	mu      sync.Mutex
	reports []deliver.Report
	take    func(deliver.Report) error
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{carrier: mustertest.NewTwilio()}
	t.Cleanup(w.carrier.Close)
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.channel.Reports(w.record).ServeHTTP(rw, r)
	}))
	t.Cleanup(front.Close)
	w.address = front.URL + "/callback/twilio"
	c, err := New(w.carrier.Setting(), w.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	w.channel = c
	return w
}

func (w *world) record(_ context.Context, r deliver.Report) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.take != nil {
		if err := w.take(r); err != nil {
			return err
		}
	}
	w.reports = append(w.reports, r)
	return nil
}

func TestOA1TextIsTakenAndReportedOn(t *testing.T) {
	w := newWorld(t)
	out := outgoing("+358401234567")
	receipt, err := w.channel.Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	got := w.carrier.Wait(t, out.To, 0)
	if receipt.State != deliver.HandedOver || receipt.ProviderID != got.SID || receipt.Detail != "queued, 1 × GSM-7" {
		t.Errorf("receipt %+v", receipt)
	}
	if got.Body != out.Text || got.From != "+358457000000" || got.Valid != 30*time.Minute ||
		got.Callback != w.address+"?attempt="+string(out.Attempt) {
		t.Errorf("the carrier got %+v", got)
	}
	if errs := w.carrier.Settle(); errs != nil {
		t.Errorf("callbacks failed: %v", errs)
	}
	want := []deliver.Report{
		{ProviderID: got.SID, State: deliver.HandedOver, Detail: "queued"},
		{ProviderID: got.SID, State: deliver.HandedOver, Detail: "sent"},
		{ProviderID: got.SID, State: deliver.Delivered, Detail: "delivered"},
	}
	if fmt.Sprint(w.reports) != fmt.Sprint(want) {
		t.Errorf("reports %v, want %v", w.reports, want)
	}
}

func TestReportsAreGivenOnHoweverTheyCome(t *testing.T) {
	w := newWorld(t)
	w.carrier.Fate = func(mustertest.TextMessage) mustertest.Fate {
		return mustertest.Fate{States: []string{"delivered", "sent", "sent", "received", "nonsense", "undelivered"}, ErrorCode: 30003}
	}
	if _, err := w.channel.Send(t.Context(), outgoing("+358401234567")); err != nil {
		t.Fatal(err)
	}
	if errs := w.carrier.Settle(); errs != nil {
		t.Errorf("callbacks failed: %v", errs)
	}
	var states []string
	for _, r := range w.reports {
		states = append(states, string(r.State)+r.Code)
	}
	if got := strings.Join(states, " "); got != "delivered handed_over handed_over failed30003" {
		t.Errorf("reports: %s", got)
	}
}

func TestAReportThatCannotBeKeptIsNotAcknowledged(t *testing.T) {
	w := newWorld(t)
	w.take = func(deliver.Report) error { return errors.New("disk is full") }
	w.carrier.Fate = func(mustertest.TextMessage) mustertest.Fate { return mustertest.Fate{States: []string{"sent"}} }
	if _, err := w.channel.Send(t.Context(), outgoing("+358401234567")); err != nil {
		t.Fatal(err)
	}
	if errs := w.carrier.Settle(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "503") || strings.Contains(errs[0].Error(), "disk") {
		t.Errorf("callbacks: %v", errs)
	}
}

func TestOA1RefusalsAndFailuresAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		fate     mustertest.Fate
		to       string
		throttle int
		refused  bool
		says     string
	}{
		"not a mobile number": {fate: mustertest.Fate{Code: 21614}, refused: true, says: "21614"},
		"unsubscribed":        {fate: mustertest.Fate{Code: 21610}, refused: true, says: "21610"},
		"unknown mistake":     {fate: mustertest.Fate{Code: 29999}, refused: true, says: "29999"},
		"our sender":          {fate: mustertest.Fate{Code: 21606}, says: "21606"},
		"suspended":           {fate: mustertest.Fate{Code: 30002}, says: "30002"},
		"wrong token":         {fate: mustertest.Fate{Status: 401, Code: 20003}, says: "401"},
		"carrier is down":     {fate: mustertest.Fate{Status: 503}, says: "503"},
		"too many":            {throttle: 1, says: "429"},
		"another address":     {fate: mustertest.Fate{Status: 302}, says: "302"},
		"no number":           {to: "358401234567", refused: true, says: "bad_number"},
		"landline of letters": {to: "+358-ABC", refused: true, says: "bad_number"},
		"nothing":             {to: " ", refused: true, says: "bad_number"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.carrier.Fate = func(mustertest.TextMessage) mustertest.Fate { return c.fate }
			w.carrier.Throttle(c.throttle)
			_, err := w.channel.Send(t.Context(), outgoing(cmp.Or(c.to, "+358401234567")))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want %s", err, c.says)
			}
			if final(err) != c.refused {
				t.Errorf("final %t, want %t: %v", final(err), c.refused, err)
			}
		})
	}
}

// final tells whether err was made by deliver.Refused.
func final(err error) bool {
	return fmt.Sprintf("%T", err) == fmt.Sprintf("%T", deliver.Refused("", ""))
}

func TestValidityStaysWithinWhatTheCarrierTakes(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct{ valid, want time.Duration }{
		{time.Millisecond, time.Second}, {time.Hour, time.Hour}, {48 * time.Hour, 10 * time.Hour},
	} {
		out := outgoing("+358401234567")
		out.Valid = c.valid
		if _, err := w.channel.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		if got := w.carrier.Wait(t, out.To, i).Valid; got != c.want {
			t.Errorf("valid for %v: the carrier got %v", c.valid, got)
		}
	}
}

func TestOnlySignedReportsAreBelieved(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	address := w.address + "?attempt=att_1"
	good := mustertest.TwilioSignature(address, form)
	for name, c := range map[string]struct {
		method, address, body, signature string
		want                             int
	}{
		"good":            {http.MethodPost, address, form.Encode(), good, 204},
		"by GET":          {http.MethodGet, address, "", good, 405},
		"no signature":    {http.MethodPost, address, form.Encode(), "", 403},
		"not base64":      {http.MethodPost, address, form.Encode(), "%%%", 403},
		"other query":     {http.MethodPost, w.address + "?attempt=att_2", form.Encode(), good, 403},
		"more in it":      {http.MethodPost, address, form.Encode() + "&ErrorCode=1", good, 403},
		"other state":     {http.MethodPost, address, "MessageSid=SM1&MessageStatus=failed", good, 403},
		"moved to query":  {http.MethodPost, address + "&MessageSid=SM1", "MessageStatus=delivered", good, 403},
		"not a form":      {http.MethodPost, address, "%zz", good, 400},
		"far too long":    {http.MethodPost, address, strings.Repeat("a=b&", 20000), good, 400},
		"without message": {http.MethodPost, address, "", mustertest.TwilioSignature(address, nil), 204},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, c.address, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Twilio-Signature", c.signature)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, c.want)
		}
	}
	if len(w.reports) != 1 {
		t.Errorf("%d reports were believed, want 1: %v", len(w.reports), w.reports)
	}
}

func TestOnlySignedTextsAreTakenAndAllAreAnsweredAlike(t *testing.T) {
	const address = "https://muster.example/carrier/twilio/text"
	ch := newWorld(t).channel
	var got []Text
	fail := false
	door := ch.Texts(address, func(_ context.Context, x Text) error {
		if fail {
			return errors.New("the disk is full")
		}
		got = append(got, x)
		return nil
	})
	send := func(form url.Values, signature string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://behind.a.proxy/other", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", signature)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code == http.StatusOK && w.Body.String() != "<Response/>" {
			t.Errorf("answered %q", w.Body)
		}
		return w.Code
	}
	form := url.Values{"MessageSid": {"SM1"}, "From": {"+358401234567"}, "To": {"+358457000000"}, "Body": {"1234 ok"}}
	good := mustertest.TwilioSignature(address, form)
	if code := send(form, good); code != http.StatusOK || len(got) != 1 || got[0] != (Text{"SM1", "+358401234567", "1234 ok"}) {
		t.Errorf("%d, %+v", code, got)
	}
	if code := send(form, mustertest.TwilioSignature(ch.reports, form)); code != http.StatusForbidden {
		t.Errorf("signed for the address of reports: %d", code)
	}
	forged := url.Values{"MessageSid": {"SM1"}, "From": {"+358401234567"}, "Body": {"1234 end"}}
	if code := send(forged, good); code != http.StatusForbidden || len(got) != 1 {
		t.Errorf("forged: %d, %+v", code, got)
	}
	odd := url.Values{"MessageSid": {"SM2"}, "From": {"Bank"}, "Body": {"hello"}}
	if code := send(odd, mustertest.TwilioSignature(address, odd)); code != http.StatusOK || len(got) != 1 {
		t.Errorf("from a name: %d, %+v", code, got)
	}
	fail = true
	if code := send(form, good); code != http.StatusServiceUnavailable {
		t.Errorf("not taken: %d", code)
	}
}

// BenchmarkSend includes the carrier, which takes about as much as we do.
func BenchmarkSend(b *testing.B) {
	carrier := mustertest.NewTwilio()
	defer carrier.Close()
	c, err := New(carrier.Setting(), "")
	if err != nil {
		b.Fatal(err)
	}
	out := outgoing("+358401234567")
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Send(b.Context(), out); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
