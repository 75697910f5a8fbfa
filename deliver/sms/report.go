package sms

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/twilio"
)

// Reports takes the carrier's callbacks and gives each to take. Only those
// signed with our token are believed. take must bear the same report twice
// and reports out of order; what it does not know it answers with NotFound.
func (c *Channel) Reports(take func(context.Context, deliver.Report) error) http.Handler {
	return c.account.Reports(c.reports, read, take)
}

// read turns a callback into a report. Those without an id or with a state of
// another life (received, deleted) are none.
func read(form url.Values) (deliver.Report, bool) {
	status := cmp.Or(form.Get("MessageStatus"), form.Get("SmsStatus"))
	r := deliver.Report{
		ProviderID: cmp.Or(form.Get("MessageSid"), form.Get("SmsSid")),
		State:      stateOf(status),
		Code:       twilio.Clip(form.Get("ErrorCode")),
		Detail:     twilio.Clip(strings.TrimSpace(status + " " + form.Get("ErrorMessage"))),
	}
	if code, err := strconv.Atoi(r.Code); err == nil && r.State == deliver.Failed {
		r.Dead = dead.Twilio(code)
	}
	return r, r.State != "" && r.ProviderID != "" && len(r.ProviderID) <= 64
}

// stateOf says in our words what the carrier's state means. "sent" is no more
// than handed over, to the next carrier; of a message that came in part the
// part that counts may be missing. Other states mean nothing to us.
func stateOf(status string) deliver.State {
	switch status {
	case "accepted", "scheduled", "queued", "sending", "sent":
		return deliver.HandedOver
	case "delivered", "read":
		return deliver.Delivered
	case "undelivered", "failed", "canceled", "partially_delivered":
		return deliver.Failed
	}
	return ""
}
