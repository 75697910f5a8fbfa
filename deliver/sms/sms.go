// Package sms sends text messages through Twilio's REST interface, or one
// that speaks the same, and takes in the signed reports that come back.
package sms

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/twilio"
	"muster/lang/gsm"
)

// The carrier keeps trying for so long at most; it allows 1 to 36,000 s.
// An alarm that arrives in the afternoon of the next day only harms.
const maxValid = 10 * time.Hour

// Channel is deliver's channel "sms". Safe for use from many sides.
type Channel struct {
	account *twilio.Account
	reports string // where reports come to; empty: none are asked for
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel from the value of MUSTER_TWILIO; see twilio.Open.
// Reports are asked to come to the public address callback, where Reports must
// be listening; none if it is empty.
func New(raw, callback string) (*Channel, error) {
	a, err := twilio.Open(raw)
	if err != nil {
		return nil, err
	}
	return &Channel{account: a, reports: callback}, nil
}

// Name is "sms".
func (*Channel) Name() string { return "sms" }

// Close ends the connections that are not in use.
func (c *Channel) Close() { c.account.Close() }

// Send gives one text to the carrier. Numbers that the carrier will never
// reach are deliver.Refused; whatever else goes wrong is worth another try.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !twilio.Number(out.To) {
		return deliver.Receipt{}, deliver.Refused("bad_number", "this is not a number in international form", dead.Unknown)
	}
	form := url.Values{
		"To":             {out.To},
		"Body":           {out.Text},
		"ValidityPeriod": {strconv.Itoa(int(min(max(out.Valid, time.Second), maxValid).Seconds()))},
	}
	if c.reports != "" {
		form.Set("StatusCallback", c.reports+"?attempt="+url.QueryEscape(string(out.Attempt)))
	}
	r, err := c.account.SendText(ctx, form)
	if err == nil {
		r.Detail += ", " + gsm.Measure(out.Text).String()
	}
	return r, err
}
