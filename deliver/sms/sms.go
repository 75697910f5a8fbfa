// Package sms sends text messages through Twilio's REST interface, or one
// that speaks the same, and takes in the signed reports that come back.
//
// A carrier's 201 means only that it will try; what became of the message is
// told by reports, which may come twice, out of order, or never.
package sms

import (
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
)

const (
	sendTime = 20 * time.Second
	maxReply = 64 << 10

	// The carrier keeps trying for so long at most; it allows 1 to 36,000 s.
	// An alarm that arrives in the afternoon of the next day only harms.
	maxValid = 10 * time.Hour

	// keptConnections lets a storm go out without a new handshake for each
	// message, for many go at the same time.
	keptConnections = 256
)

// Channel is deliver's channel "sms". Safe for use from many sides.
type Channel struct {
	config config
	client *http.Client
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel from the value of MUSTER_TWILIO:
// https://SID:TOKEN@HOST:PORT?from=+358…, or service=MG… instead of from;
// http:// is for this machine only. Reports are asked to come to the public
// address callback, where Reports must be listening; none if it is empty.
func New(raw, callback string) (*Channel, error) {
	c, err := parse(raw, callback)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = keptConnections, keptConnections, keptConnections
	return &Channel{config: c, client: &http.Client{
		Transport: t,
		Timeout:   sendTime,
		// Whoever answers with another address is not the carrier we know.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name is "sms".
func (*Channel) Name() string { return "sms" }

// Close ends the connections that are not in use.
func (c *Channel) Close() { c.client.CloseIdleConnections() }

// Send gives one text to the carrier. Numbers that the carrier will never
// reach are deliver.Refused; whatever else goes wrong is worth another try.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !e164.MatchString(out.To) {
		return deliver.Receipt{}, deliver.Refused("bad_number", "this is not a number in international form")
	}
	form := url.Values{
		"To":             {out.To},
		"Body":           {out.Text},
		"ValidityPeriod": {strconv.Itoa(int(min(max(out.Valid, time.Second), maxValid).Seconds()))},
	}
	if c.config.service != "" {
		form.Set("MessagingServiceSid", c.config.service)
	} else {
		form.Set("From", c.config.from)
	}
	if c.config.callback != "" {
		form.Set("StatusCallback", c.config.callback+"?attempt="+url.QueryEscape(string(out.Attempt)))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("sms: %w", err)
	}
	req.SetBasicAuth(c.config.sid, c.config.token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("sms: %w", withoutAddress(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("sms: read the carrier's answer: %w", err)
	}
	return receipt(resp.StatusCode, body)
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

// receipt reads the carrier's answer to a message.
func receipt(status int, body []byte) (deliver.Receipt, error) {
	var a answer
	readable := json.Unmarshal(body, &a) == nil
	a.Message, a.ErrorMessage = clip(a.Message), clip(a.ErrorMessage)
	if status == http.StatusCreated || status == http.StatusOK {
		if !readable || a.SID == "" {
			return deliver.Receipt{}, fmt.Errorf("sms: the carrier answers %d without an id for the message", status)
		}
		state, _ := a.Status.(string)
		if stateOf(state) == deliver.Failed {
			return deliver.Receipt{}, verdict(a.ErrorCode, orElse(a.ErrorMessage, state))
		}
		return deliver.Receipt{State: deliver.HandedOver, ProviderID: a.SID, Detail: orElse(state, "taken")}, nil
	}
	if status == http.StatusBadRequest && readable && a.Code != 0 {
		return deliver.Receipt{}, verdict(a.Code, a.Message)
	}
	return deliver.Receipt{}, fmt.Errorf("sms: the carrier answers %d %d %s", status, a.Code, a.Message)
}

// verdict makes the error of a refusal: a request that the carrier calls
// wrong stays wrong, unless it is about ourselves.
func verdict(code int, detail string) error {
	if ours[code] {
		return fmt.Errorf("sms: the carrier refuses our sender or account: %d %s", code, detail)
	}
	return deliver.Refused(strconv.Itoa(code), detail)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
