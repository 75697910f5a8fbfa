package sso

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"muster/fault"
	"muster/seal"
)

// Path is where the identity provider sends browsers back to.
const Path = "/sign-in/sso/back"

// sealPurpose keeps what lies in the cookie apart from everything else sealed.
const sealPurpose = "sso.question"

// Door is the way in through the identity provider. One serves a process.
type Door struct {
	Setting
	back   string
	keys   *seal.Keys
	now    func() time.Time
	log    *slog.Logger
	client *http.Client

	mu    sync.Mutex
	known *provider // nil: not read yet
}

// provider is what the issuer publishes of itself.
type provider struct {
	*oidc.Provider
	names bool // says who answers in each answer (RFC 9207)
}

// New makes the door of the installation at the address url. The setting is as
// Checked gives it.
func New(s Setting, url string, keys *seal.Keys, now func() time.Time, log *slog.Logger) *Door {
	return &Door{
		Setting: s, back: strings.TrimRight(url, "/") + Path, keys: keys, now: now, log: log,
		client: &http.Client{
			Timeout: patience, Transport: bounded{http.DefaultTransport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// patience is how long the identity provider may take, and most is how much it
// may say at once.
const (
	patience = 10 * time.Second
	most     = 1 << 20
)

// bounded cuts off answers that are longer than any honest one.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, most), resp.Body}
	}
	return resp, err
}

// meet reads what the issuer publishes, once; a failure is tried again by
// whoever comes next.
func (d *Door) meet(ctx context.Context) (context.Context, *provider, error) {
	ctx = oidc.ClientContext(ctx, d.client)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known != nil {
		return ctx, d.known, nil
	}
	found, err := oidc.NewProvider(ctx, d.Issuer)
	if err != nil {
		return ctx, nil, d.away(err)
	}
	var said struct {
		Names bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&said); err != nil {
		return ctx, nil, d.away(err)
	}
	d.known = &provider{found, said.Names}
	return ctx, d.known, nil
}

// away is for a provider that does not answer, or not as it should.
func (d *Door) away(err error) error {
	d.log.Error("single sign-on: the identity provider cannot be used", "issuer", d.Issuer, "err", err)
	return fault.New(fault.Unavailable, "sso_unavailable").With("Name", d.Name).Wrap(err)
}

// mismatch is for an answer that is not believed. What exactly was wrong with
// it stands in the log, and is nobody else's business.
func (d *Door) mismatch(err error) error {
	d.log.Warn("single sign-on: an answer was not believed", "issuer", d.Issuer, "err", err)
	return fault.New(fault.Forbidden, "sso_mismatch").Wrap(err)
}

func (d *Door) config(p *provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: d.Client, ClientSecret: d.Secret, Endpoint: p.Endpoint(), RedirectURL: d.back,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// Begin gives the address at the provider to which a browser is sent, and the
// cookie that it must bring back. next is where it wants to go afterwards; again
// asks the person anew, whatever they have proved before. A provider that cannot be reached is Unavailable "sso_unavailable".
func (d *Door) Begin(ctx context.Context, next string, again bool) (to, cookie string, lasts time.Duration, err error) {
	_, p, err := d.meet(ctx)
	if err != nil {
		return "", "", 0, err
	}
	if len(next) > 1000 {
		next = ""
	}
	k := kept{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), Next: next, Again: again, At: d.now()}
	plain, err := json.Marshal(k)
	if err != nil {
		return "", "", 0, err
	}
	sealed, err := d.keys.Seal(sealPurpose, plain)
	if err != nil {
		return "", "", 0, err
	}
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(k.Nonce), oauth2.S256ChallengeOption(k.Verifier),
		oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(d.MaxAge/time.Second))),
	}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	if len(d.ACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(d.ACR, " ")))
	}
	return d.config(p).AuthCodeURL(k.State, options...), base64.RawURLEncoding.EncodeToString(sealed), asking, nil
}

// Finish takes the answer of the provider, with which a browser came back, and
// says who it is. An answer that this browser did not ask for, or asked for too
// long ago, or that was given before, is Expired "sso_expired"; one that is not
// to be believed is Forbidden "sso_mismatch"; the provider's own no is Forbidden
// "sso_refused". A person without a second factor is Forbidden "sso_factor" or
// "sso_factor_unsaid", one who was asked too long ago "sso_stale".
func (d *Door) Finish(ctx context.Context, cookie string, answer url.Values) (Proof, error) {
	k := d.opened(cookie)
	ctx, p, err := d.meet(ctx)
	if err != nil {
		return Proof{}, err
	}
	if err := k.answers(answer, d.Issuer, p.names, d.now()); err != nil {
		return Proof{}, err
	}
	if no := answer.Get("error"); no != "" {
		d.log.Warn("single sign-on: the identity provider refuses", "issuer", d.Issuer, "error", cut(no), "description", cut(answer.Get("error_description")))
		return Proof{}, fault.New(fault.Forbidden, "sso_refused").With("Name", d.Name).With("Said", cut(no))
	}
	token, err := d.config(p).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(k.Verifier))
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refusal.ErrorCode == "invalid_grant" {
		d.log.Warn("single sign-on: the identity provider knows no such code", "issuer", d.Issuer, "err", err)
		return Proof{}, fault.New(fault.Expired, "sso_expired").Wrap(err)
	}
	if err != nil {
		return Proof{}, d.away(err)
	}
	c, subject, err := d.read(ctx, p, token, k.Nonce)
	if err != nil {
		return Proof{}, err
	}
	if err := fault.Join(d.fresh(c, d.now()), k.anew(c, d.Name), d.proved(c)); err != nil {
		return Proof{}, fault.All(err)[0]
	}
	proof := Proof{Issuer: d.Issuer, Subject: subject, Name: cut(c.Name), Session: c.Session, At: time.Unix(c.AuthTime, 0).UTC(), Next: k.Next}
	if c.Verified {
		proof.Email = c.Email
	}
	return proof, nil
}

// opened reads the cookie; one that is not ours is an empty one.
func (d *Door) opened(cookie string) (k kept) {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return kept{}
	}
	plain, err := d.keys.Open(sealPurpose, raw)
	if err != nil || json.Unmarshal(plain, &k) != nil {
		return kept{}
	}
	return k
}

// read takes the ID token apart, after everything about it was checked, and
// asks for the mail address where it is not in there.
func (d *Door) read(ctx context.Context, p *provider, token *oauth2.Token, nonce string) (c claims, subject string, err error) {
	raw, _ := token.Extra("id_token").(string)
	verified, err := d.verifier(p).Verify(ctx, raw)
	if err != nil {
		return c, "", d.mismatch(err)
	}
	if err := verified.Claims(&c); err != nil {
		return c, "", d.mismatch(err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return c, "", d.mismatch(errors.New("another nonce"))
	case verified.Subject == "" || len(verified.Subject) > 255:
		return c, "", d.mismatch(errors.New("no subject"))
	case c.Authorized != "" && c.Authorized != d.Client || c.Authorized == "" && len(verified.Audience) > 1:
		return c, "", d.mismatch(fmt.Errorf("meant for %q", c.Authorized))
	}
	if verified.AccessTokenHash != "" {
		if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
			return c, "", d.mismatch(err)
		}
	}
	if c.Email == "" && p.UserInfoEndpoint() != "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return c, "", d.away(err)
		}
		if info.Subject != verified.Subject { // OpenID Connect Core 5.3.2
			return c, "", d.mismatch(errors.New("the user info is somebody else's"))
		}
		c.Email, c.Verified = info.Email, info.EmailVerified
	}
	return c, verified.Subject, nil
}

func (d *Door) verifier(p *provider) *oidc.IDTokenVerifier {
	return p.Verifier(&oidc.Config{ClientID: d.Client, SupportedSigningAlgs: algorithms, Now: d.now})
}

// Ended takes a logout token (OpenID Connect Back-Channel Logout 1.0) and says
// whose sessions are over: those of the provider's session, or where it names
// none all of the subject's. mark is the same for the same token only, which is
// to be taken once, within the time that it may be old.
func (d *Door) Ended(ctx context.Context, raw string) (subject, session, mark string, err error) {
	ctx, p, err := d.meet(ctx)
	if err != nil {
		return "", "", "", err
	}
	t, err := d.verifier(p).VerifyLogout(ctx, raw)
	if err != nil {
		return "", "", "", d.mismatch(err)
	}
	if age := d.now().Sub(t.IssuedAt); age > told || age < -skew {
		return "", "", "", d.mismatch(errors.New("issued too long ago, or not yet"))
	}
	return t.Subject, t.SessionID, t.TokenID, nil
}
