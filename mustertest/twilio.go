package mustertest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Twilio is a text message carrier that speaks Twilio's REST interface: it
// takes messages, and reports on each by signed callbacks. It listens on this
// machine and sends nothing anywhere.
type Twilio struct {
	// Fate decides what becomes of a message; nil is Arrives for all. Set it
	// before the first message.
	Fate func(TextMessage) Fate

	// Answers is what whoever is called does; nil lets it be said, and presses
	// nothing. Set it before the first call.
	Answers Hand

	// Hold lets calls ring, with nothing but what Status and Press bring about.
	Hold bool

	server    *httptest.Server
	made      atomic.Int64
	throttled atomic.Int64
	reports   sync.WaitGroup

	mu       sync.Mutex
	messages []TextMessage
	calls    []PhoneCall
	arrived  chan struct{} // closed and made anew at each arrival
	failed   []error       // callbacks that were not taken
}

// TextMessage is one message as the carrier got it.
type TextMessage struct {
	SID, From, To, Body string
	Valid               time.Duration
	Callback            string
}

// Fate is what becomes of a message. With a Code it is refused, with HTTP
// status Status or 400. Else it is taken, and States are reported in that
// order, however strange; the last with ErrorCode, if there is one.
type Fate struct {
	Status    int
	Code      int
	States    []string
	ErrorCode int
}

// Arrives is the fate of a message in a good world.
var Arrives = Fate{States: []string{"queued", "sent", "delivered"}}

const (
	carrierSID   = "AC00000000000000000000000000000000"
	carrierToken = "carrier-token"
)

// NewTwilio starts a carrier. It must be closed.
func NewTwilio() *Twilio {
	c := &Twilio{arrived: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", c.take)
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Calls.json", c.place)
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Calls/{call}", c.withdraw)
	c.server = httptest.NewServer(mux)
	return c
}

// Close waits for callbacks under way and stops the carrier.
func (c *Twilio) Close() {
	c.reports.Wait()
	c.server.Close()
}

// Setting is the value of MUSTER_TWILIO that leads here.
func (c *Twilio) Setting() string {
	return "http://" + carrierSID + ":" + carrierToken + "@" + strings.TrimPrefix(c.server.URL, "http://") + "?from=+358457000000"
}

// Throttle lets the carrier answer the next n messages with "too many".
func (c *Twilio) Throttle(n int) { c.throttled.Store(int64(n)) }

// Messages are all messages that were taken, oldest first.
func (c *Twilio) Messages() []TextMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.messages)
}

// Settle waits until all callbacks have been made, and tells which failed.
func (c *Twilio) Settle() []error {
	c.reports.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.failed)
}

// Report makes callbacks about a message that was taken, one after the other,
// and tells which were not taken.
func (c *Twilio) Report(m TextMessage, states ...string) []error {
	c.report(m, Fate{States: states})
	return c.Settle()
}

// Lose sends the report that a message cannot arrive, with an error code.
func (c *Twilio) Lose(m TextMessage, code int) []error {
	c.report(m, Fate{States: []string{"undelivered"}, ErrorCode: code})
	return c.Settle()
}

// Wait gives the nth message (from 0) to a number, and waits for it to come.
func (c *Twilio) Wait(t testing.TB, to string, n int) TextMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		c.mu.Lock()
		arrived, left := c.arrived, n
		for _, m := range c.messages {
			if m.To != to {
				continue
			}
			if left == 0 {
				c.mu.Unlock()
				return m
			}
			left--
		}
		c.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			t.Fatalf("message %d to %s did not come within 30 s", n, to)
		}
	}
}

func (c *Twilio) take(w http.ResponseWriter, r *http.Request) {
	sid, token, _ := r.BasicAuth()
	if sid != carrierSID || token != carrierToken || r.PathValue("sid") != sid {
		refuse(w, http.StatusUnauthorized, 20003)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, 20001)
		return
	}
	if c.throttled.Add(-1) >= 0 {
		refuse(w, http.StatusTooManyRequests, 20429)
		return
	}
	valid, err := strconv.Atoi(cmp.Or(r.PostForm.Get("ValidityPeriod"), "36000"))
	m := TextMessage{
		SID: fmt.Sprintf("SM%032x", c.made.Add(1)), From: r.PostForm.Get("From"), To: r.PostForm.Get("To"),
		Body: r.PostForm.Get("Body"), Valid: time.Duration(valid) * time.Second, Callback: r.PostForm.Get("StatusCallback"),
	}
	switch {
	case err != nil || valid < 1 || valid > 36000:
		refuse(w, http.StatusBadRequest, 21661)
		return
	case m.To == "":
		refuse(w, http.StatusBadRequest, 21604)
		return
	case m.From == "":
		refuse(w, http.StatusBadRequest, 21603)
		return
	case m.Body == "":
		refuse(w, http.StatusBadRequest, 21602)
		return
	}
	fate := Arrives
	if c.Fate != nil {
		fate = c.Fate(m)
	}
	if fate.Code != 0 || fate.Status != 0 {
		refuse(w, cmp.Or(fate.Status, http.StatusBadRequest), fate.Code)
		return
	}
	c.mu.Lock()
	c.messages = append(c.messages, m)
	close(c.arrived)
	c.arrived = make(chan struct{})
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(map[string]any{
		"sid": m.SID, "status": "queued", "to": m.To, "from": m.From, "body": m.Body,
		"error_code": nil, "error_message": nil, "account_sid": carrierSID,
	})
	if m.Callback != "" && len(fate.States) > 0 {
		c.reports.Go(func() { c.report(m, fate) })
	}
}

func refuse(w http.ResponseWriter, status, code int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{
		"code": code, "message": "as the test wants", "status": status,
		"more_info": fmt.Sprintf("https://carrier.example.org/errors/%d", code),
	})
}

// report makes the callbacks for one message, one after the other.
func (c *Twilio) report(m TextMessage, fate Fate) {
	for i, state := range fate.States {
		form := url.Values{
			"MessageSid": {m.SID}, "MessageStatus": {state}, "SmsSid": {m.SID}, "SmsStatus": {state},
			"AccountSid": {carrierSID}, "From": {m.From}, "To": {m.To}, "ApiVersion": {"2010-04-01"},
		}
		if fate.ErrorCode != 0 && i == len(fate.States)-1 {
			form.Set("ErrorCode", strconv.Itoa(fate.ErrorCode))
		}
		if err := c.call(m.Callback, form); err != nil {
			c.mu.Lock()
			c.failed = append(c.failed, fmt.Errorf("%s of %s: %w", state, m.SID, err))
			c.mu.Unlock()
		}
	}
}

func (c *Twilio) call(address string, form url.Values) error {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", TwilioSignature(address, form))
	client := http.Client{Timeout: 15 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("answered with %s", resp.Status)
	}
	return nil
}

// TwilioSignature signs a callback as this carrier does, so that a test can
// make callbacks of its own. Each name stands once in the form.
func TwilioSignature(address string, form url.Values) string {
	signed := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(carrierToken))
	mac.Write([]byte(signed))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
