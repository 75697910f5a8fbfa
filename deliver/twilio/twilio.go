// Package twilio speaks Twilio's REST interface, or one that is the same, for
// the channels that travel on it: one account for text messages and calls, its
// requests, and the signed callbacks that come back.
//
// A carrier's 201 means only that it will try; what became of a message or a
// call is told by callbacks, which may come twice, out of order, or never.
package twilio

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/transcript"
)

const (
	sendTime = 20 * time.Second
	maxReply = 64 << 10

	// keptConnections lets a storm go out without a new handshake for each
	// message, for many go at the same time.
	keptConnections = 256
)

// Account is one account with the carrier. Safe for use from many sides.
type Account struct {
	account account
	client  *http.Client
}

// Open makes an account from the value of MUSTER_TWILIO:
// https://SID:TOKEN@HOST:PORT?from=+358…, or service=MG… instead of from;
// voice=+358… is the number that calls come from, if it is another one.
// http:// is for this machine only.
func Open(raw string) (*Account, error) {
	s, err := parse(raw)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = keptConnections, keptConnections, keptConnections
	return &Account{account: s, client: &http.Client{
		Transport: transcript.Tap(t),
		Timeout:   sendTime,
		// Whoever answers with another address is not the carrier we know.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends the connections that are not in use.
func (a *Account) Close() { a.client.CloseIdleConnections() }

// Caller is the number that calls come from; empty: there is none.
func (a *Account) Caller() string { return a.account.caller }

// Number tells whether this is a number in international form (E.164).
func Number(s string) bool { return e164.MatchString(s) }

// SendText posts a message, from the account's sender.
func (a *Account) SendText(ctx context.Context, form url.Values) (deliver.Receipt, error) {
	if a.account.service != "" {
		form.Set("MessagingServiceSid", a.account.service)
	} else {
		form.Set("From", a.account.from)
	}
	return a.post(ctx, "Messages.json", form)
}

// PlaceCall posts a call, from the account's number.
func (a *Account) PlaceCall(ctx context.Context, form url.Values) (deliver.Receipt, error) {
	form.Set("From", a.account.caller)
	return a.post(ctx, "Calls.json", form)
}

// WithdrawCall has the carrier stop calling somebody who has not answered; a
// call that was answered goes on.
func (a *Account) WithdrawCall(ctx context.Context, sid string) error {
	status, body, err := a.ask(ctx, "Calls/"+url.PathEscape(sid)+".json", url.Values{"Status": {"canceled"}})
	if err == nil && status != http.StatusOK {
		var said answer
		_ = json.Unmarshal(body, &said) // what cannot be read has no words
		err = fmt.Errorf("twilio: the carrier answers %d %d %s", status, said.Code, Clip(said.Message))
	}
	return err
}

// post gives one thing to the carrier. What it will never do for this
// recipient is deliver.Refused; whatever else goes wrong is worth another try.
func (a *Account) post(ctx context.Context, resource string, form url.Values) (deliver.Receipt, error) {
	status, body, err := a.ask(ctx, resource, form)
	if err != nil {
		return deliver.Receipt{}, err
	}
	return receipt(status, body)
}

// ask makes one request.
func (a *Account) ask(ctx context.Context, resource string, form url.Values) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.account.base+"/"+resource, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, fmt.Errorf("twilio: %w", err)
	}
	transcript.From(ctx).Hide(a.account.token)
	req.SetBasicAuth(a.account.sid, a.account.token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("twilio: %w", withoutAddress(err))
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return 0, nil, fmt.Errorf("twilio: read the carrier's answer: %w", err)
	}
	return resp.StatusCode, body, nil
}

// withoutAddress drops the account from an error of package http.
func withoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// answer is what the carrier says: of a message, or of a mistake.
type answer struct {
	SID          string `json:"sid"`
	Status       any    `json:"status"` // a state, or the HTTP status again
	ErrorCode    int    `json:"error_code"`
	ErrorMessage string `json:"error_message"`
	Code         int    `json:"code"`
	Message      string `json:"message"`
}

// ours are the codes of refusals that are about our account or sender, and
// so tell nothing about the recipient's number.
var ours = map[int]bool{
	21212: true, 21603: true, 21606: true, 21611: true, 21659: true, 21660: true, // sender
	21609: true, 21626: true, 21703: true, 21704: true, 21705: true, // callback, messaging service
	30001: true, 30002: true, // queue is full, account suspended
}

// ended are the states in which a message or a call has failed at once.
var ended = map[string]bool{"failed": true, "undelivered": true, "canceled": true, "busy": true, "no-answer": true}

// receipt reads the carrier's answer to a message or a call.
func receipt(status int, body []byte) (deliver.Receipt, error) {
	var a answer
	readable := json.Unmarshal(body, &a) == nil
	a.Message, a.ErrorMessage = Clip(a.Message), Clip(a.ErrorMessage)
	if status == http.StatusCreated || status == http.StatusOK {
		if !readable || a.SID == "" {
			return deliver.Receipt{}, fmt.Errorf("twilio: the carrier answers %d without an id", status)
		}
		state, _ := a.Status.(string)
		if ended[state] {
			return deliver.Receipt{}, verdict(a.ErrorCode, cmp.Or(a.ErrorMessage, state))
		}
		return deliver.Receipt{State: deliver.HandedOver, ProviderID: a.SID, Detail: cmp.Or(state, "taken")}, nil
	}
	if status == http.StatusBadRequest && readable && a.Code != 0 {
		return deliver.Receipt{}, verdict(a.Code, a.Message)
	}
	return deliver.Receipt{}, fmt.Errorf("twilio: the carrier answers %d %d %s", status, a.Code, a.Message)
}

// verdict makes the error of a refusal: a request that the carrier calls
// wrong stays wrong, unless it is about ourselves.
func verdict(code int, detail string) error {
	if ours[code] {
		return fmt.Errorf("twilio: the carrier refuses our sender or account: %d %s", code, detail)
	}
	return deliver.Refused(strconv.Itoa(code), detail, dead.Twilio(code))
}
