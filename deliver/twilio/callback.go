package twilio

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

	"muster/deliver"
	"muster/fault"
)

// maxReport bounds a report, in bytes; real ones have some 500.
const maxReport = 32 << 10

// Reports takes the carrier's callbacks at the address and gives what read
// makes of each to take; those of which it makes nothing are let be. take must
// bear the same report twice and reports out of order; what it does not know
// it answers with NotFound.
func (a *Account) Reports(address string, read func(url.Values) (deliver.Report, bool), take func(context.Context, deliver.Report) error) http.Handler {
	return a.Callback(address, func(w http.ResponseWriter, r *http.Request) {
		report, ok := read(r.PostForm)
		if !ok {
			w.WriteHeader(http.StatusNoContent) // a state that says nothing about delivery
			return
		}
		switch err := take(r.Context(), report); {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case fault.KindOf(err) == fault.NotFound:
			http.Error(w, "no such message", http.StatusNotFound)
		default:
			http.Error(w, "try again", http.StatusServiceUnavailable)
		}
	})
}

// Callback lets through what the carrier itself posted to an address that it
// was given: forms that are signed with our token, and not too long.
func (a *Account) Callback(address string, next http.HandlerFunc) http.Handler {
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
		if !a.signed(r, address) {
			http.Error(w, "the signature is not right", http.StatusForbidden)
			return
		}
		next(w, r)
	})
}

// signed checks X-Twilio-Signature over the address that we gave, not the one
// that arrived: a proxy before us may have changed it. The query is the
// arrived one, and so must be as we gave it.
func (a *Account) signed(r *http.Request, address string) bool {
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if err != nil || address == "" {
		return false
	}
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	good := false
	for _, spelt := range spellings(address) {
		good = hmac.Equal(given, signature(a.account.token, spelt, r.PostForm)) || good
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

// Clip keeps a carrier's words to what fits a line of a table.
func Clip(s string) string {
	const most = 300
	if len(s) <= most {
		return strings.ToValidUTF8(s, "")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
