// Package webhook tells another program of an alarm by a signed request, as
// Standard Webhooks describes it: the message's id, the time, and a MAC over
// both and the body, under one secret or, while it is being changed, two.
//
// A request goes only to addresses of the open network, wherever a name may
// lead at the moment of connecting, unless the operator of the installation
// has allowed a private network by name.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"muster/deliver"
	"muster/deliver/outward"
	"muster/id"
)

const (
	idle       = 4       // connections to one program
	atOnce     = 8       // requests to one program
	maxReply   = 4 << 10 // of an answer is read
	maxShown   = 200     // and is kept, for who looks into it
	maxSecrets = 2
	secretSize = 32
	secretMark = "whsec_"
)

// Endpoint is where to send, and what to sign with: the newest secret first.
type Endpoint struct {
	URL     string
	Secrets []string // whsec_…
}

// Directory knows the endpoints.
type Directory interface {
	// Endpoint finds the one that an address names. A test goes out also where
	// nothing else does.
	Endpoint(ctx context.Context, org id.Org, address string, test bool) (Endpoint, error)
	// Tried is told of every request.
	Tried(ctx context.Context, org id.Org, address string, t Try) error
}

// Try is one request and what came of it.
type Try struct {
	Message id.Message
	Kind    string // of news
	Test    bool
	At      time.Time
	Took    time.Duration
	Status  int    // of the answer; 0: there was none
	Answer  string // its beginning
	Problem string // why there was none
}

// Taken tells whether the program has taken it.
func (t Try) Taken() bool { return t.Status >= 200 && t.Status < 300 }

// Gone tells whether the program wants nothing more, ever.
func (t Try) Gone() bool { return t.Status == http.StatusGone }

// Channel is deliver's channel "webhook". The address of a stop names an
// endpoint in the directory.
type Channel struct {
	directory Directory
	now       func() time.Time
	client    *http.Client

	mu    sync.Mutex
	under map[string]int // requests under way, by organisation and address
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel. It connects to networks that are not of the open net
// only where they are in allowed.
func New(d Directory, now func() time.Time, allowed []netip.Prefix) *Channel {
	return &Channel{directory: d, now: now, client: outward.Client(allowed, idle), under: map[string]int{}}
}

// Name is "webhook".
func (*Channel) Name() string { return "webhook" }

// body is what travels. Names are for others to rely on: they stay.
type body struct {
	Type      string        `json:"type"`
	Timestamp time.Time     `json:"timestamp"` // when it happened
	Data      *deliver.News `json:"data"`
}

// Send makes one request. An answer of 2xx means that the program has taken
// it; 410 that it never will again. Everything else is worth another try: a
// program may be mended.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if out.News == nil {
		return deliver.Receipt{}, deliver.Refused("no_news", "a program is told of alarms only")
	}
	if !c.enter(out) {
		return deliver.Receipt{}, crowded{}
	}
	defer c.leave(out)
	test := out.News.Type == deliver.LinkTested
	end, err := c.directory.Endpoint(ctx, out.Org, out.To, test)
	if err != nil {
		return deliver.Receipt{}, err
	}
	at := c.now()
	req, err := request(ctx, end, out, at)
	if err != nil {
		return deliver.Receipt{}, err
	}
	try, rest := c.ask(req)
	if try.Status == 0 && errors.Is(ctx.Err(), context.Canceled) {
		return deliver.Receipt{}, fmt.Errorf("webhook: %w", ctx.Err()) // it is we who broke it off
	}
	try.Message, try.Kind, try.Test, try.At = out.Message, out.News.Type, test, at
	if err := c.directory.Tried(context.WithoutCancel(ctx), out.Org, out.To, try); err != nil {
		return deliver.Receipt{}, fmt.Errorf("webhook: keep what came of it: %w", err)
	}
	return try.receipt(rest)
}

// request is the news, signed.
func request(ctx context.Context, end Endpoint, out deliver.Outgoing, at time.Time) (*http.Request, error) {
	payload, err := json.Marshal(body{out.News.Type, out.News.At, out.News})
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, end.URL, bytes.NewReader(payload))
	if err != nil {
		return nil, deliver.Refused("bad_url", "the address is not one")
	}
	signature, err := Sign(end.Secrets, string(out.Message), at, payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Muster")
	// Names in small letters, as Standard Webhooks gives them.
	req.Header["webhook-id"] = []string{string(out.Message)}
	req.Header["webhook-timestamp"] = []string{strconv.FormatInt(at.Unix(), 10)}
	req.Header["webhook-signature"] = []string{signature}
	return req, nil
}

// ask makes the request; rest is how long the other end wants to be left alone.
func (c *Channel) ask(req *http.Request) (t Try, rest time.Duration) {
	begun := c.now()
	resp, err := c.client.Do(req)
	if err != nil {
		t.Took, t.Problem = c.now().Sub(begun), err.Error()
		if u, ok := errors.AsType[*url.Error](err); ok {
			t.Problem = u.Err.Error() // the address may have a secret in it
		}
		return t, 0
	}
	defer resp.Body.Close()
	words, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	t.Took, t.Status = c.now().Sub(begun), resp.StatusCode
	t.Answer = strings.TrimSpace(strings.ToValidUTF8(string(words[:min(len(words), maxShown)]), ""))
	return t, c.asked(resp)
}

// asked reads Retry-After (RFC 9110, 10.2.3) where it has a meaning.
func (c *Channel) asked(resp *http.Response) time.Duration {
	text := resp.Header.Get("Retry-After")
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable || text == "" {
		return 0
	}
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(c.now()))
	}
	return 0
}

func (t Try) receipt(rest time.Duration) (deliver.Receipt, error) {
	detail := strings.TrimSpace(strconv.Itoa(t.Status) + " " + t.Answer)
	switch {
	case t.Taken():
		return deliver.Receipt{State: deliver.Delivered, Detail: detail}, nil
	case t.Gone():
		return deliver.Receipt{}, deliver.Refused("gone", detail)
	case t.Status == 0:
		detail = t.Problem
	default:
		detail = "the program answers " + detail
	}
	return deliver.Receipt{}, later{"webhook: " + detail, rest}
}

// later is a no that may become a yes; the engine asks it how long to wait.
type later struct {
	text string
	rest time.Duration
}

func (l later) Error() string             { return l.text }
func (l later) RetryAfter() time.Duration { return l.rest }

// crowded is that so much is under way to one program already that more would
// keep the lane's hands from people: a program that takes its time must not
// hold up a call for help.
type crowded struct{}

func (crowded) Error() string { return "webhook: as much as may be is under way to this program" }
func (crowded) Crowded() bool { return true }

func (c *Channel) enter(out deliver.Outgoing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := string(out.Org) + " " + out.To
	if c.under[key] >= atOnce {
		return false
	}
	c.under[key]++
	return true
}

func (c *Channel) leave(out deliver.Outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := string(out.Org) + " " + out.To
	if c.under[key]--; c.under[key] == 0 {
		delete(c.under, key)
	}
}

// NewSecret makes a secret to sign with.
func NewSecret() string {
	raw := make([]byte, secretSize)
	_, _ = rand.Read(raw) // never fails
	return secretMark + base64.StdEncoding.EncodeToString(raw)
}

// Sign makes the value of webhook-signature: one signature for each secret,
// parted by spaces, over id, Unix time and body.
func Sign(secrets []string, message string, at time.Time, payload []byte) (string, error) {
	if len(secrets) == 0 || len(secrets) > maxSecrets {
		return "", fmt.Errorf("webhook: %d secrets", len(secrets))
	}
	signatures := make([]string, 0, len(secrets))
	for _, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretMark))
		if err != nil || len(key) < 24 || len(key) > 64 {
			return "", errors.New("webhook: a secret is not one")
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", message, at.Unix(), payload)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(signatures, " "), nil
}
