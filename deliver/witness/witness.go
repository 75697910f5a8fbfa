// Package witness carries a log's checkpoint to a witness and brings back what
// it says (C2SP tlog-witness v1.0.0, add-checkpoint).
package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"muster/deliver/outward"
	"muster/ledger/cosign"
)

// Verdict is what a witness answers.
type Verdict int

const (
	Cosigned Verdict = iota // Lines are its cosignatures
	Behind                  // it holds another size than the proof began at: Known
	Refuted                 // the log does not continue what the witness holds
	Stranger                // it does not know the log, or not the key
)

// Answer is a witness's answer. Lines have been verified, and are those of the
// witness's key alone.
type Answer struct {
	Verdict Verdict
	Lines   string
	Known   int64
}

// maxAnswer is more than any cosignatures come to.
const maxAnswer = 16 << 10

// rest is how long one that could not be reached is left alone: its silence
// must not hold up a thousand books, one after another.
const rest = time.Minute

// Client asks witnesses. Safe for use from many sides.
type Client struct {
	http *http.Client
	now  func() time.Time

	mu   sync.Mutex
	away map[string]time.Time // by address, since when it could not be reached
}

// New is a client that reaches the open network, and what is allowed beside it.
func New(allowed []netip.Prefix, now func() time.Time) *Client {
	return &Client{http: outward.Client(allowed, 1), now: now, away: make(map[string]time.Time)}
}

// resting tells whether a witness could not be reached just now.
func (c *Client) resting(url string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	since, away := c.away[url]
	return away && c.now().Sub(since) < rest
}

// reached keeps whether a witness could be.
func (c *Client) reached(url string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if delete(c.away, url); err != nil {
		c.away[url] = c.now()
	}
}

// Ask has a witness cosign. The error is for one that cannot be reached, or
// answers what no witness would.
func (c *Client) Ask(ctx context.Context, url string, key cosign.Key, a cosign.Ask) (Answer, error) {
	if c.resting(url) {
		return Answer{}, errors.New("the witness could not be reached a moment ago")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/add-checkpoint", bytes.NewReader(a.Bytes()))
	if err != nil {
		return Answer{}, err
	}
	resp, err := c.http.Do(req)
	if ctx.Err() == nil {
		c.reached(url, err)
	}
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Answer{}, err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		lines, err := cosignatures(a.Note, string(body), key)
		return Answer{Verdict: Cosigned, Lines: lines}, err
	case http.StatusConflict:
		known, err := strconv.ParseInt(strings.TrimSuffix(string(body), "\n"), 10, 64)
		if err != nil || known < 0 {
			return Answer{}, errors.New("the witness says that it holds another size, but not which")
		}
		return Answer{Verdict: Behind, Known: known}, nil
	case http.StatusUnprocessableEntity:
		return Answer{Verdict: Refuted}, nil
	case http.StatusNotFound, http.StatusForbidden:
		return Answer{Verdict: Stranger}, nil
	}
	return Answer{}, fmt.Errorf("the witness answers with status %d", resp.StatusCode)
}

// cosignatures are the lines of an answer that hold for the checkpoint under
// the witness's key.
func cosignatures(checkpoint, lines string, key cosign.Key) (string, error) {
	n, err := note.Open([]byte(checkpoint+lines), note.VerifierList(key))
	if err != nil {
		return "", fmt.Errorf("the witness's signature: %w", err)
	}
	var b strings.Builder
	for _, s := range n.Sigs {
		b.WriteString("— " + s.Name + " " + s.Base64 + "\n")
	}
	return b.String(), nil
}
