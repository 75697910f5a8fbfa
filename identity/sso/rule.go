package sso

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"muster/fault"
)

// Setting is what the operator says of the identity provider.
type Setting struct {
	Issuer string // its address, exactly as its own metadata has it
	Client string // our id there
	Secret string
	Name   string        // as staff know it; empty: the issuer's host
	ACR    []string      // classes that stand for a second factor; empty: the methods decide
	AMR    []string      // methods that prove one; empty: Methods
	MaxAge time.Duration // how long ago staff may have been asked at the most; 0: MaxAge
}

// Proof is what the identity provider says of somebody who has just come back
// from it, and what was held against the setting: a second factor is proved.
type Proof struct {
	Issuer, Subject string    // who it is, for ever (OpenID Connect Core 5.7)
	Email           string    // empty unless the provider has verified it
	Name            string    // as the provider has it
	Session         string    // the provider's own session, if it names it
	At              time.Time // when the person was asked there
	Next            string    // where the browser wanted to go
}

// MaxAge is how long ago staff may have been asked for their factors when
// nobody says otherwise, and how long a proof is worth something at all.
const MaxAge = 12 * time.Hour

// asking is how long a sign-in at the provider may take; skew is how far its
// clock may go before ours.
const (
	asking = 10 * time.Minute
	skew   = time.Minute
	told   = 2 * time.Minute // how old word of the end of a session may be
)

// Methods are the authentication methods that prove a second factor unless the
// operator says otherwise: several factors, a one-time code, a key in hardware
// or software, a smart card (RFC 8176), and what some providers call a passkey.
// A text message or a call proves too little.
func Methods() []string { return []string{"mfa", "otp", "hwk", "swk", "sc", "pop", "fido"} }

// algorithms are the signatures that are believed: none that a shared secret
// can make.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Checked is the setting with what it leaves open filled in. A setting that
// cannot work is Invalid, At the part that is wrong.
func (s Setting) Checked() (Setting, error) {
	u, err := url.Parse(s.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return s, fault.New(fault.Invalid, "sso_issuer").At("issuer")
	}
	if s.Client == "" {
		return s, fault.New(fault.Invalid, "required").At("client")
	}
	if s.Secret == "" {
		return s, fault.New(fault.Invalid, "required").At("secret")
	}
	if s.Name = strings.TrimSpace(s.Name); s.Name == "" {
		s.Name = u.Hostname()
	}
	if len(s.AMR) == 0 {
		s.AMR = Methods()
	}
	if s.MaxAge == 0 {
		s.MaxAge = MaxAge
	}
	if s.MaxAge < time.Minute || s.MaxAge > MaxAge {
		return s, fault.New(fault.Invalid, "out_of_range").With("Min", "1m").With("Max", "12h").At("max-age")
	}
	return s, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// claims are the parts of an ID token that are read here.
type claims struct {
	Nonce      string   `json:"nonce"`
	Authorized string   `json:"azp"`
	ACR        string   `json:"acr"`
	AMR        []string `json:"amr"`
	AuthTime   int64    `json:"auth_time"` // seconds since 1970
	Session    string   `json:"sid"`
	Email      string   `json:"email"`
	Verified   bool     `json:"email_verified"`
	Name       string   `json:"name"`
}

// proved tells whether a second factor was asked for. Where classes are set,
// they decide alone: who sets them knows what the provider means by them.
func (s Setting) proved(c claims) error {
	if len(s.ACR) > 0 && slices.Contains(s.ACR, c.ACR) ||
		len(s.ACR) == 0 && slices.ContainsFunc(c.AMR, func(m string) bool { return slices.Contains(s.AMR, m) }) {
		return nil
	}
	said := strings.Join(c.AMR, ", ")
	if len(s.ACR) > 0 {
		said = c.ACR
	}
	if said = cut(said); said == "" {
		return fault.New(fault.Forbidden, "sso_factor_unsaid").With("Name", s.Name)
	}
	return fault.New(fault.Forbidden, "sso_factor").With("Name", s.Name).With("Said", said)
}

// fresh tells whether the person was asked lately enough. A provider that does
// not say when, though it was asked, says nothing that can be relied on.
func (s Setting) fresh(c claims, now time.Time) error {
	at := time.Unix(c.AuthTime, 0)
	if c.AuthTime <= 0 || at.After(now.Add(skew)) || now.Sub(at) > s.MaxAge+skew {
		return fault.New(fault.Forbidden, "sso_stale").With("Name", s.Name).With("Within", s.MaxAge)
	}
	return nil
}

// kept is what lies sealed in the cookie of the browser that asks.
type kept struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Next     string    `json:"t"`
	Again    bool      `json:"g,omitempty"` // the person is to be asked anew
	At       time.Time `json:"a"`
}

// anew tells whether somebody who was to be asked anew was: after the question,
// as far as two clocks go (OpenID Connect Core 3.1.2.1).
func (k kept) anew(c claims, name string) error {
	if k.Again && time.Unix(c.AuthTime, 0).Before(k.At.Add(-skew)) {
		return fault.New(fault.Forbidden, "sso_not_again").With("Name", name)
	}
	return nil
}

// answers tells whether an answer of the provider is one to this question.
func (k kept) answers(q url.Values, issuer string, named bool, now time.Time) error {
	if k.State == "" || q.Get("state") != k.State || now.Sub(k.At) > asking || now.Before(k.At.Add(-skew)) {
		return fault.New(fault.Expired, "sso_expired")
	}
	if from := q.Get("iss"); from != issuer && (named || from != "") {
		return fault.New(fault.Forbidden, "sso_mismatch")
	}
	return nil
}

// cut keeps what a provider said short enough to be read back to somebody.
func cut(s string) string {
	if s = strings.ToValidUTF8(s, ""); len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "")
	}
	return s
}
