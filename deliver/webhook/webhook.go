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
	"time"

	"muster/deliver"
	"muster/deliver/outward"
	"muster/id"
)

const (
	idle       = 4       // connections to one program
	maxReply   = 4 << 10 // of an answer, for who looks into it
	maxSecrets = 2
	secretSize = 32
	secretMark = "whsec_"
)

// Endpoint is where to send, and what to sign with: the newest secret first.
type Endpoint struct {
	URL     string
	Secrets []string // whsec_…
}

// Directory finds the endpoint that an address names.
type Directory interface {
	Endpoint(ctx context.Context, org id.Org, address string) (Endpoint, error)
}

// Channel is deliver's channel "webhook". The address of a stop names an
// endpoint in the directory.
type Channel struct {
	directory Directory
	now       func() time.Time
	client    *http.Client
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel. It connects to networks that are not of the open net
// only where they are in allowed.
func New(d Directory, now func() time.Time, allowed []netip.Prefix) *Channel {
	return &Channel{directory: d, now: now, client: outward.Client(allowed, idle)}
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
	end, err := c.directory.Endpoint(ctx, out.Org, out.To)
	if err != nil {
		return deliver.Receipt{}, err
	}
	payload, err := json.Marshal(body{out.News.Type, out.News.At, out.News})
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, end.URL, bytes.NewReader(payload))
	if err != nil {
		return deliver.Receipt{}, deliver.Refused("bad_url", "the address is not one")
	}
	at := c.now()
	signature, err := Sign(end.Secrets, string(out.Message), at, payload)
	if err != nil {
		return deliver.Receipt{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Muster")
	// Names in small letters, as Standard Webhooks gives them.
	req.Header["webhook-id"] = []string{string(out.Message)}
	req.Header["webhook-timestamp"] = []string{strconv.FormatInt(at.Unix(), 10)}
	req.Header["webhook-signature"] = []string{signature}
	resp, err := c.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address may have a secret in it
		}
		return deliver.Receipt{}, fmt.Errorf("webhook: %w", err)
	}
	defer resp.Body.Close()
	words, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	return receipt(resp.StatusCode, words)
}

func receipt(status int, words []byte) (deliver.Receipt, error) {
	detail := strings.TrimSpace(strconv.Itoa(status) + " " + strings.ToValidUTF8(string(words[:min(len(words), 200)]), ""))
	switch {
	case status >= 200 && status < 300:
		return deliver.Receipt{State: deliver.Delivered, Detail: detail}, nil
	case status == http.StatusGone:
		return deliver.Receipt{}, deliver.Refused("gone", detail)
	}
	return deliver.Receipt{}, fmt.Errorf("webhook: the program answers %s", detail)
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
