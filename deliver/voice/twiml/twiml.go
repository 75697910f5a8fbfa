// Package twiml is the road of calls over Twilio's REST interface, or one that
// speaks the same: the carrier dials, and asks us by signed requests what to
// say and what a key means. It speaks by itself.
//
// Where a call stands travels with those requests, sealed, so that any node
// can answer the next one, also after a crash.
package twiml

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/twilio"
	"muster/deliver/voice"
	"muster/id"
	"muster/seal"
)

// The paths, below Config.Public, under which the carrier asks and reports, and
// where it brings calls to our number.
const (
	CallPath   = "/call"
	StatusPath = "/call/status"
	VisitPath  = "/voice"
)

// ring is for how long the carrier lets it ring, in seconds: less than most
// voicemail waits.
const ring = 40

// Config is what the road stands on.
type Config struct {
	Desk   voice.Desk
	Keys   *seal.Keys
	Public *url.URL // where this carrier reaches us
	Now    func() time.Time
	Log    *slog.Logger
}

// Channel is deliver's channel "voice" over the carrier. Safe for use from
// many sides.
type Channel struct {
	Config
	account *twilio.Account
	over    sync.Map // attempts whose calls were taken back lately
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel from the value of MUSTER_TWILIO; see twilio.Open. An
// account without a number to call from cannot call.
func New(raw string, c Config) (*Channel, error) {
	a, err := twilio.Open(raw)
	if err != nil {
		return nil, err
	}
	if a.Caller() == "" {
		return nil, errors.New(twilio.Key + " needs option voice, the number that calls come from")
	}
	return &Channel{Config: c, account: a}, nil
}

// Name is "voice".
func (*Channel) Name() string { return voice.Name }

// Close ends the connections that are not in use.
func (c *Channel) Close() { c.account.Close() }

// Send has the carrier place a call. What becomes of it is reported.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !twilio.Number(out.To) {
		return deliver.Receipt{}, deliver.Refused("bad_number", "this is not a number in international form", dead.Unknown)
	}
	ask, err := c.address(CallPath, state{Call: voice.Begin(out), Attempt: out.Attempt, To: out.To})
	if err != nil {
		return deliver.Receipt{}, err
	}
	receipt, err := c.account.PlaceCall(ctx, url.Values{
		"To": {out.To}, "Url": {ask}, "Method": {http.MethodPost}, "Timeout": {strconv.Itoa(ring)},
		"StatusCallback":      {c.Public.JoinPath(StatusPath).String() + "?attempt=" + url.QueryEscape(string(out.Attempt))},
		"StatusCallbackEvent": {"initiated", "ringing", "answered", "completed"},
	})
	if err == nil && out.Recalled != nil {
		forget := out.Recalled.Watch(func() { c.withdraw(out.Attempt, receipt.ProviderID) })
		time.AfterFunc(answered, forget)
	}
	return receipt, err
}

// answered is when a call that was placed has been answered, or never will be:
// the carrier may let it wait before it rings.
const answered = 2 * time.Minute

// withdraw stops a call that was taken back. Whoever answers in that moment is
// told so, if the carrier asks this node what to say.
func (c *Channel) withdraw(attempt id.Attempt, sid string) {
	c.over.Store(attempt, true)
	time.AfterFunc(answered, func() { c.over.Delete(attempt) })
	ctx, cancel := context.WithTimeout(context.Background(), withdrawTime)
	defer cancel()
	if err := c.account.WithdrawCall(ctx, sid); err != nil {
		c.Log.Warn("a call that is over could not be withdrawn", "attempt", attempt, "err", err)
	}
}

const withdrawTime = 20 * time.Second

// Routes are the doors by which the carrier comes.
func (c *Channel) Routes() map[string]http.Handler {
	at := func(path string) string { return c.Public.JoinPath(path).String() }
	routes := map[string]http.Handler{
		CallPath:   c.account.Callback(at(CallPath), c.call),
		StatusPath: c.account.Reports(at(StatusPath), read, c.Desk.Report),
	}
	if c.Desk.Visited != nil {
		routes[VisitPath] = c.account.Callback(at(VisitPath), c.visit)
	}
	return routes
}

// state is what travels with the carrier's requests.
type state struct {
	Call    voice.Call  `json:"call,omitzero"`
	Attempt id.Attempt  `json:"attempt,omitempty"`
	To      string      `json:"to,omitempty"`
	Visit   voice.Visit `json:"visit,omitzero"`
	Said    bool        `json:"said,omitempty"` // the turn has been said; what comes with the request answers it
}

// purpose keeps what travels apart from everything else that is sealed.
const purpose = "deliver.voice.twiml"

// address is where the carrier asks for the next turn.
func (c *Channel) address(path string, s state) (string, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	sealed, err := c.Keys.Seal(purpose, plain)
	if err != nil {
		return "", err
	}
	return c.Public.JoinPath(path).String() + "?s=" + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// opened is the state that a request carries.
func (c *Channel) opened(r *http.Request) (s state, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("s"))
	if err != nil {
		return s, err
	}
	plain, err := c.Keys.Open(purpose, sealed)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(plain, &s)
}

// read turns what the carrier says of a call into a report. That it was picked
// up says nothing: a machine does so, too. When it has ended, and a key was
// pressed, more is known already and stays.
func read(form url.Values) (deliver.Report, bool) {
	status := form.Get("CallStatus")
	r := deliver.Report{ProviderID: form.Get("CallSid"), Detail: twilio.Clip(status)}
	switch status {
	case "queued", "initiated", "ringing", "in-progress":
		r.State = deliver.HandedOver
	case "completed":
		r.State, r.Code, r.Detail = deliver.Failed, "no_key", "answered, and ended without a key"
	case "busy":
		r.State, r.Code = deliver.Failed, "busy"
	case "no-answer":
		r.State, r.Code = deliver.Failed, "no_answer"
	case "canceled":
		r.State, r.Code, r.Detail = deliver.Cancelled, voice.Withdrawn, "canceled: it was taken back before it was answered"
	case "failed":
		r.State, r.Code = deliver.Failed, "failed"
		if code := form.Get("SipResponseCode"); code != "" {
			r.Detail = twilio.Clip("failed " + code)
			if status, err := strconv.Atoi(code); err == nil {
				r.Dead = dead.SIP(status)
			}
		}
	}
	return r, r.State != "" && r.ProviderID != "" && len(r.ProviderID) <= 64
}
