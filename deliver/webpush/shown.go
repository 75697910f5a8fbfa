package webpush

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"muster/deliver"
	"muster/fault"
	"muster/id"
)

const (
	shownPurpose = "webpush.shown"
	shownMAC     = 13 // one byte says which key
	maxShown     = 1 << 10
)

// proof is what comes back when a message is shown: which, and that it was
// really sent to whoever says so.
func (c *Channel) proof(a id.Attempt) string {
	return string(a) + "." + b64.EncodeToString(c.keys.MAC(shownPurpose, string(a))[:shownMAC])
}

func (c *Channel) proved(text string) (id.Attempt, bool) {
	which, code, _ := strings.Cut(text, ".")
	mac, err := b64.Strict().DecodeString(code)
	if err != nil || len(mac) != shownMAC || !c.keys.CheckPrefix(mac, shownPurpose, which) {
		return "", false
	}
	return id.Attempt(which), true
}

// Shown is where a service worker says that it has shown a message: {"shown":
// "…"}. It is a word of the device and not of a person: the message is
// delivered, no more. take must bear the same report twice.
func (c *Channel) Shown(take func(context.Context, deliver.Report) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var said struct {
			Shown string `json:"shown"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxShown)).Decode(&said); err != nil {
			http.Error(w, "not what was expected", http.StatusBadRequest)
			return
		}
		attempt, ok := c.proved(said.Shown)
		if !ok {
			http.Error(w, "this was not sent by us", http.StatusForbidden)
			return
		}
		err := take(r.Context(), deliver.Report{ProviderID: string(attempt), State: deliver.Delivered, Detail: "shown on the device"})
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case fault.KindOf(err) == fault.NotFound:
			http.Error(w, "no such message", http.StatusNotFound)
		default:
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
	})
}
