package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/deliver"
	"muster/fault"
)

// maxReport bounds a report, in bytes; real ones have some 500.
const maxReport = 32 << 10

// patience is how long a report about an unknown message is kept: it can
// overtake the answer that names the message, and its commit.
var patience = []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}

// Reports takes the carrier's callbacks and gives each to take. Only those
// signed with our token are believed. take must bear the same report twice
// and reports out of order; what it does not know it answers with NotFound.
func (c *Channel) Reports(take func(context.Context, deliver.Report) error) http.Handler {
	return c.callback(c.config.callback, func(w http.ResponseWriter, r *http.Request) {
		report, ok := read(r.PostForm)
		if !ok {
			w.WriteHeader(http.StatusNoContent) // a state that says nothing about delivery
			return
		}
		switch err := persist(r.Context(), take, report); {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case fault.KindOf(err) == fault.NotFound:
			http.Error(w, "no such message", http.StatusNotFound)
		default:
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
	})
}

// callback lets through what the carrier itself posted to an address that it
// was given.
func (c *Channel) callback(address string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "only POST", http.StatusMethodNotAllowed)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxReport)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "not a form", http.StatusBadRequest)
			return
		}
		if !c.signed(r, address) {
			http.Error(w, "the signature is not right", http.StatusForbidden)
			return
		}
		next(w, r)
	})
}

// persist tries again while the message is not known yet.
func persist(ctx context.Context, take func(context.Context, deliver.Report) error, report deliver.Report) error {
	for i := 0; ; i++ {
		err := take(ctx, report)
		if err == nil || fault.KindOf(err) != fault.NotFound || i == len(patience) {
			return err
		}
		select {
		case <-time.After(patience[i]):
		case <-ctx.Done():
			return err
		}
	}
}

// signed checks X-Twilio-Signature over the address that we gave, not the one
// that arrived: a proxy before us may have changed it. The query is the
// arrived one, and so must be as we gave it.
func (c *Channel) signed(r *http.Request, address string) bool {
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if err != nil || address == "" {
		return false
	}
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	good := false
	for _, a := range spellings(address) {
		good = hmac.Equal(given, signature(c.config.token, a, r.PostForm)) || good
	}
	return good
}

// spellings are an address with and without the port that its scheme implies:
// carriers differ in which one they sign.
func spellings(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	other, implied := *u, map[string]string{"http": "80", "https": "443"}[u.Scheme]
	switch u.Port() {
	case "":
		other.Host = u.Host + ":" + implied
	case implied:
		other.Host = strings.TrimSuffix(u.Host, ":"+implied)
	default:
		return []string{address}
	}
	return []string{address, other.String()}
}

// signature is HMAC-SHA1 over the address, followed by each name with its
// values, names in order, values in order and each but once (Twilio,
// "Security: Validating Requests").
func signature(token, address string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(name + v))
		}
	}
	return mac.Sum(nil)
}

// read turns a callback into a report. Those without an id or with a state of
// another life (received, deleted) are none.
func read(form url.Values) (deliver.Report, bool) {
	status := orElse(form.Get("MessageStatus"), form.Get("SmsStatus"))
	r := deliver.Report{
		ProviderID: orElse(form.Get("MessageSid"), form.Get("SmsSid")),
		State:      stateOf(status),
		Code:       clip(form.Get("ErrorCode")),
		Detail:     clip(strings.TrimSpace(status + " " + form.Get("ErrorMessage"))),
	}
	return r, r.State != "" && r.ProviderID != "" && len(r.ProviderID) <= 64
}

// clip keeps a carrier's words to what fits a line of a table.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return strings.ToValidUTF8(s, "")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
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
