package sms

import (
	"cmp"
	"context"
	"io"
	"net/http"

	"muster/deliver/twilio"
)

// Text is one text message that somebody sent to us.
type Text struct {
	ID   string // the carrier's own: the same when it is sent again
	From string // number in E.164 form
	Body string
}

// maxBody bounds one message: ten parts, which is what the carrier joins.
const maxBody = 1600

// Texts takes the messages that people send to our number and gives each to
// take; address is where the carrier posts them, as it was told. take must
// bear the same one twice. What is said back goes out as a message of its own,
// so that it is on record: the answer here is empty.
func (c *Channel) Texts(address string, take func(context.Context, Text) error) http.Handler {
	return c.account.Callback(address, func(w http.ResponseWriter, r *http.Request) {
		t := Text{
			ID:   cmp.Or(r.PostForm.Get("MessageSid"), r.PostForm.Get("SmsSid")),
			From: r.PostForm.Get("From"), Body: r.PostForm.Get("Body"),
		}
		if len(t.Body) > maxBody {
			t.Body = t.Body[:maxBody]
		}
		if twilio.Number(t.From) && t.ID != "" && len(t.ID) <= 64 {
			if err := take(r.Context(), t); err != nil {
				http.Error(w, "try again", http.StatusServiceUnavailable)
				return
			}
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, "<Response/>")
	})
}
