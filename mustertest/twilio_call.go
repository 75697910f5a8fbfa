package mustertest

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// PhoneCall is one call as the carrier placed it.
type PhoneCall struct {
	SID, From, To string
	Said          []string // turn by turn
	Refused       []error  // what our side answered wrongly
	Withdrawn     bool     // before anybody answered

	order url.Values
}

// Callback is where reports about the call go to.
func (c PhoneCall) Callback() string { return c.order.Get("StatusCallback") }

// Hand is what whoever was called does after each turn: the keys they press,
// or "hangup". The first turn is 0.
type Hand func(turn int, said string) string

// Unanswered, as what a Hand does in turn 0, are ends of a call that nobody
// took.
const (
	Busy     = "busy"
	NoAnswer = "no-answer"
)

// Calls are the calls that have ended, or are held, oldest first.
func (c *Twilio) Calls() []PhoneCall {
	c.reports.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// place takes an order to call somebody.
func (c *Twilio) place(w http.ResponseWriter, r *http.Request) {
	sid, token, _ := r.BasicAuth()
	if sid != carrierSID || token != carrierToken || r.PathValue("sid") != sid {
		refuse(w, http.StatusUnauthorized, 20003)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil || r.PostForm.Get("Url") == "" {
		refuse(w, http.StatusBadRequest, 21205)
		return
	}
	if fate := c.Fate; fate != nil {
		if f := fate(TextMessage{To: r.PostForm.Get("To")}); f.Code != 0 || f.Status != 0 {
			refuse(w, cmp.Or(f.Status, http.StatusBadRequest), f.Code)
			return
		}
	}
	call := PhoneCall{SID: fmt.Sprintf("CA%032x", c.made.Add(1)), From: r.PostForm.Get("From"), To: r.PostForm.Get("To")}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(map[string]any{"sid": call.SID, "status": "queued", "to": call.To, "from": call.From, "account_sid": carrierSID})
	call.order = r.PostForm
	if c.Hold {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls = append(c.calls, call)
		return
	}
	c.reports.Go(func() {
		c.carry(&call)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls = append(c.calls, call)
	})
}

// withdraw takes the order to stop calling somebody who has not answered: a
// call that waits at the carrier, with Hold.
func (c *Twilio) withdraw(w http.ResponseWriter, r *http.Request) {
	sid, token, _ := r.BasicAuth()
	if sid != carrierSID || token != carrierToken || r.PathValue("sid") != sid {
		refuse(w, http.StatusUnauthorized, 20003)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil || r.PostForm.Get("Status") != "canceled" {
		refuse(w, http.StatusBadRequest, 21218)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.calls {
		if call := &c.calls[i]; call.SID+".json" == r.PathValue("call") && !call.Withdrawn {
			call.Withdrawn = true
			json.NewEncoder(w).Encode(map[string]any{"sid": call.SID, "status": "canceled", "account_sid": carrierSID})
			return
		}
	}
	refuse(w, http.StatusNotFound, 20404)
}

// Status makes a callback about a call.
func (c *Twilio) Status(call PhoneCall, state string) error {
	return c.call(call.Callback(), url.Values{"CallSid": {call.SID}, "CallStatus": {state}, "To": {call.To}, "From": {call.From}})
}

// Press has whoever was called press a key at the first turn of a call.
func (c *Twilio) Press(call PhoneCall, key string) error {
	form := url.Values{"CallSid": {call.SID}, "CallStatus": {"in-progress"}, "To": {call.To}, "From": {call.From}}
	words, err := c.ask(call.order.Get("Url"), form)
	if err != nil || words.Gather == nil {
		return fmt.Errorf("no turn to press a key in: %w", err)
	}
	form.Set("Digits", key)
	_, err = c.ask(words.Gather.Action, form)
	return err
}

// Pick has whoever was called answer a call that is held, and gives what they
// hear first.
func (c *Twilio) Pick(call PhoneCall) (string, error) {
	words, err := c.ask(call.order.Get("Url"), url.Values{"CallSid": {call.SID}, "CallStatus": {"in-progress"}, "To": {call.To}, "From": {call.From}})
	if words.Gather != nil {
		words.Say = words.Gather.Say
	}
	return strings.Join(words.Say, " "), err
}

// carry places the call and goes through it, with reports.
func (c *Twilio) carry(call *PhoneCall) {
	status := func(state string) {
		if err := c.Status(*call, state); err != nil {
			call.Refused = append(call.Refused, err)
		}
	}
	status("initiated")
	status("ringing")
	if c.Answers != nil {
		if end := c.Answers(0, ""); end == Busy || end == NoAnswer {
			status(end)
			return
		}
	}
	status("in-progress")
	c.converse(call, call.order.Get("Url"), url.Values{"CallSid": {call.SID}, "CallStatus": {"in-progress"}, "To": {call.To}, "From": {call.From}})
	status("completed")
}

// Dial calls our number from another, and returns the call when it has ended.
func (c *Twilio) Dial(address, from string, hand Hand) PhoneCall {
	call := PhoneCall{SID: fmt.Sprintf("CA%032x", c.made.Add(1)), From: from, To: "+358457000000"}
	was := c.Answers
	c.Answers = hand
	defer func() { c.Answers = was }()
	c.converse(&call, address, url.Values{"CallSid": {call.SID}, "CallStatus": {"ringing"}, "To": {call.To}, "From": {from}})
	return call
}

// twiML is the part of the carrier's words that is understood here.
type twiML struct {
	XMLName xml.Name `xml:"Response"`
	Gather  *struct {
		Action  string   `xml:"action,attr"`
		Timeout int      `xml:"timeout,attr"`
		Digits  int      `xml:"numDigits,attr"`
		Finish  string   `xml:"finishOnKey,attr"`
		Say     []string `xml:"Say"`
	} `xml:"Gather"`
	Say    []string  `xml:"Say"`
	Hangup *struct{} `xml:"Hangup"`
}

// converse asks what to say and gives back what is pressed, until one side has
// had enough.
func (c *Twilio) converse(call *PhoneCall, address string, form url.Values) {
	for turn := 1; turn < 50; turn++ {
		words, err := c.ask(address, form)
		if err != nil {
			call.Refused = append(call.Refused, err)
			return
		}
		if words.Gather == nil {
			call.Said = append(call.Said, strings.Join(words.Say, " "))
			return
		}
		said := strings.Join(words.Gather.Say, " ")
		call.Said = append(call.Said, said)
		keys := ""
		if c.Answers != nil {
			keys = c.Answers(turn, said)
		}
		if keys == "hangup" {
			return
		}
		if words.Gather.Finish != "" {
			keys, _, _ = strings.Cut(keys, words.Gather.Finish)
		}
		address = words.Gather.Action
		form.Set("Digits", keys[:min(len(keys), words.Gather.Digits)])
	}
}

func (c *Twilio) ask(address string, form url.Values) (words twiML, err error) {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return words, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", TwilioSignature(address, form))
	client := http.Client{Timeout: 15 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return words, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return words, fmt.Errorf("answered with %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return words, err
	}
	return words, xml.Unmarshal(body, &words)
}
