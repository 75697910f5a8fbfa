// Package webpush wakes browsers and installed pages (RFC 8030), with bodies
// that only they can read (RFC 8291), signed by the installation (RFC 8292).
//
// That a push service takes a message says nothing about its reader: the
// device may be off for days. It counts as delivered only when the page's own
// service worker says that it has shown it, by a code that was in the message.
package webpush

import (
	"bytes"
	"context"
	"crypto/ecdh"
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
	"unicode/utf8"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/outward"
	"muster/deliver/transcript"
	"muster/fault"
	"muster/id"
	"muster/seal"
)

// Key is the setting that names the operator's contact.
const Key = "MUSTER_PUSH"

const (
	idle     = 16 // connections to one push service
	maxReply = 2 << 10

	// Push services keep what a sleeping device has not fetched for four weeks
	// at most.
	maxValid = 28 * 24 * time.Hour
)

// Subscription is one browser on one device, as it has told us.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Key      []byte `json:"key"`  // public, uncompressed
	Auth     []byte `json:"auth"` // secret that only the browser and we share
}

// ParseSubscription reads what a browser says of itself: the address of its
// push service, and two keys in base64. Faults are Invalid "push_keys".
func ParseSubscription(endpoint, key, auth string) (s Subscription, err error) {
	bad := fault.New(fault.Invalid, "push_keys").At("subscription")
	s.Endpoint = endpoint
	if s.Key, err = decode(key); err != nil {
		return s, bad
	}
	if s.Auth, err = decode(auth); err != nil || len(s.Auth) != authSize {
		return s, bad
	}
	if _, err := ecdh.P256().NewPublicKey(s.Key); err != nil {
		return s, bad
	}
	return s, nil
}

// decode takes base64 with and without padding, in either alphabet.
func decode(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	if len(text) > 200 {
		return nil, base64.CorruptInputError(0)
	}
	return b64.DecodeString(text)
}

// Directory knows the devices.
type Directory interface {
	// Subscription finds the device that an address names.
	Subscription(ctx context.Context, org id.Org, address string) (Subscription, error)
}

// Channel is deliver's channel "webpush". The address of a stop names a device
// in the directory. Safe for use from many sides.
type Channel struct {
	directory Directory
	signer    *Signer
	keys      *seal.Keys
	now       func() time.Time
	client    *http.Client
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel. A customer's browser names the addresses, so it connects
// to networks that are not of the open net only where they are in allowed.
func New(d Directory, s *Signer, keys *seal.Keys, now func() time.Time, allowed []netip.Prefix) *Channel {
	client := outward.Client(allowed, idle)
	client.Transport = transcript.Tap(client.Transport)
	return &Channel{directory: d, signer: s, keys: keys, now: now, client: client}
}

// Name is "webpush".
func (*Channel) Name() string { return "webpush" }

// Close ends the connections that are not in use.
func (c *Channel) Close() { c.client.CloseIdleConnections() }

// Send gives one message to the device's push service. A device that has
// unsubscribed is deliver.Refused, as dead.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	to, err := c.directory.Subscription(ctx, out.Org, out.To)
	if fault.KindOf(err) == fault.NotFound {
		return deliver.Receipt{}, deliver.Refused("gone", "there is no such device any more", dead.Unlinked)
	}
	if err != nil {
		return deliver.Receipt{}, err
	}
	end, err := url.Parse(to.Endpoint)
	if err != nil || end.Host == "" {
		return deliver.Receipt{}, deliver.Refused("bad_endpoint", "the address of the push service is not one")
	}
	plain, err := c.payload(out)
	if err != nil {
		return deliver.Receipt{}, err
	}
	body, err := encrypt(plain, to)
	if err != nil {
		return deliver.Receipt{}, deliver.Refused("bad_keys", "the device's keys are not what they should be")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Endpoint, bytes.NewReader(body))
	if err != nil {
		return deliver.Receipt{}, deliver.Refused("bad_endpoint", "the address of the push service is not one")
	}
	auth, err := c.signer.header(end, c.now())
	if err != nil {
		return deliver.Receipt{}, err
	}
	for name, value := range heads(out) {
		req.Header.Set(name, value)
	}
	transcript.From(ctx).Hide(end.EscapedPath(), end.RawQuery) // whoever has the address can push to the device
	req.Header.Set("Authorization", auth)
	resp, err := c.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address is the device's secret
		}
		return deliver.Receipt{}, fmt.Errorf("webpush: %w", err)
	}
	defer resp.Body.Close()
	words, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	receipt, err := answer(resp.StatusCode, words)
	receipt.ProviderID = string(out.Attempt)
	return receipt, err
}

// heads are the headers by which the push service handles a message. A later
// message about the same thing replaces one that the device has not fetched.
func heads(out deliver.Outgoing) map[string]string {
	h := map[string]string{
		"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "Urgency": "normal",
		"TTL": strconv.Itoa(int(min(max(out.Valid, time.Second), maxValid).Seconds())),
	}
	if out.Urgent {
		h["Urgency"] = "high"
	}
	if out.Thread != "" {
		sum := sha256.Sum256([]byte(string(out.Org) + " " + out.Thread))
		h["Topic"] = b64.EncodeToString(sum[:24]) // 32 characters are the most
	}
	return h
}

// answer reads what the push service says.
func answer(status int, words []byte) (deliver.Receipt, error) {
	detail := strings.TrimSpace(strconv.Itoa(status) + " " + strings.ToValidUTF8(string(words[:min(len(words), 200)]), ""))
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return deliver.Receipt{State: deliver.HandedOver, Detail: strconv.Itoa(status)}, nil
	case http.StatusNotFound, http.StatusGone:
		return deliver.Receipt{}, deliver.Refused("gone", "the device does not take messages any more: "+detail, dead.Push(status))
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return deliver.Receipt{}, deliver.Refused(strconv.Itoa(status), detail)
	}
	return deliver.Receipt{}, fmt.Errorf("webpush: the push service answers %s", detail)
}

// notification is what the service worker gets, and shows.
type notification struct {
	Title  string `json:"title"`
	Body   string `json:"body"`
	Link   string `json:"link"`
	Topic  string `json:"topic"` // one notification a topic: the newest
	Lang   string `json:"lang"`
	Urgent bool   `json:"urgent"` // stays until somebody does something about it
	Shown  string `json:"shown"`  // what to send back once it is shown
}

// payload is that as JSON. What is too long for a push loses its end: the page
// behind the link has it all.
func (c *Channel) payload(out deliver.Outgoing) ([]byte, error) {
	n := notification{
		Title: clip(out.Subject, 300), Body: clip(out.Text, 2000), Link: out.Link, Topic: out.Thread, Lang: string(out.Lang), Urgent: out.Urgent,
		Shown: c.proof(out.Attempt),
	}
	plain, err := json.Marshal(n)
	if err == nil && len(plain) > most {
		n.Title, n.Body = clip(n.Title, 100), clip(n.Body, 300)
		plain, err = json.Marshal(n)
	}
	if err == nil && len(plain) > most {
		err = deliver.Refused("too_long", "the link is too long for a push")
	}
	return plain, err
}

func clip(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes] + "…"
}
