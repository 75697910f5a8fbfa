package pass

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Config is what a Client needs to know.
type Config struct {
	Muster  string        // address of the installation, as staff see it
	Product string        // identifier of this product there
	Token   string        // its secret
	Wait    time.Duration // how long an answer may take; default 2 s
	HTTP    *http.Client  // default: one of its own
	Log     *slog.Logger
}

// Client speaks with Muster for one product.
type Client struct {
	at, product, token string
	wait               time.Duration
	http               *http.Client
	log                *slog.Logger
	keys               keys
	visits             visits
	over               over
	acts               acts
}

// New makes a client. It speaks with nobody yet.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Muster)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("pass: %q is no address of Muster", c.Muster)
	}
	if c.Product == "" || c.Token == "" {
		return nil, errors.New("pass: a product has an identifier and a token")
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Client{
		at: strings.TrimRight(c.Muster, "/"), product: c.Product, token: c.Token, wait: cmp.Or(c.Wait, 2*time.Second),
		http: c.HTTP, log: c.Log, visits: newVisits(), over: newOver(), acts: newActs(),
	}, nil
}

// Run hears of revocations, renews visits and sends what was done, until ctx
// ends; then it sends what it can of the rest.
func (c *Client) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { c.listen(ctx) })
	all.Go(func() { c.deliver(ctx) })
	all.Go(func() { c.keep(ctx) })
	all.Wait()
}

const mostAnswer = 1 << 20 // bytes

// ask posts to Muster and reads its answer into out.
func (c *Client) ask(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, "application/json", body, out)
}

func (c *Client) do(ctx context.Context, method, path, kind string, body []byte, out any) error {
	ctx, stop := context.WithTimeout(ctx, c.wait)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, c.at+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return errors.Join(ErrUnreachable, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	switch {
	case err != nil:
		return errors.Join(ErrUnreachable, err)
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%w: it answers %d", ErrUnreachable, res.StatusCode)
	case res.StatusCode != http.StatusOK:
		return refused(res.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return errors.Join(ErrUnreachable, err)
	}
	return nil
}

// refused reads a problem (RFC 9457).
func refused(status int, answer []byte) error {
	var problem struct{ Code, Detail string }
	if err := json.Unmarshal(answer, &problem); err != nil {
		problem.Detail = http.StatusText(status)
	}
	return &Refused{Status: status, Code: problem.Code, Detail: problem.Detail}
}

// Allowed asks whether the visit may do something, and says why or why not in
// the language given. Where there is no answer in time, it is no.
func (c *Client) Allowed(ctx context.Context, p Pass, action string, on Resource, lang string) Decision {
	type thing struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	in := map[string]any{
		"subject":  thing{"pass", p.token},
		"action":   map[string]string{"name": action},
		"resource": thing(on),
		"context":  map[string]string{"language": lang},
	}
	var out struct {
		Decision bool `json:"decision"`
		Context  struct {
			Rule    string `json:"rule"`
			Reason  string `json:"reason"`
			Missing [][]struct {
				Text string `json:"text"`
			} `json:"missing"`
		} `json:"context"`
	}
	if err := c.ask(ctx, "/access/v1/evaluation", in, &out); err != nil {
		c.log.Warn("pass: no decision, so it is no", "action", action, "resource", on.ID, "err", err)
		return Decision{Reason: err.Error()}
	}
	d := Decision{Allowed: out.Decision, Rule: out.Context.Rule, Reason: out.Context.Reason}
	for _, way := range out.Context.Missing {
		var all []string
		for _, need := range way {
			all = append(all, need.Text)
		}
		d.Missing = append(d.Missing, all)
	}
	return d
}

// issued is a fresh pass as Muster hands it out.
type issued struct {
	Pass string `json:"pass"`
}

// Exchange makes a pass of the code with which a browser arrived. A code works
// once and for a minute.
func (c *Client) Exchange(ctx context.Context, code string) (Pass, error) {
	var out issued
	if err := c.ask(ctx, "/access/v1/token", map[string]string{"code": code}, &out); err != nil {
		return Pass{}, err
	}
	return c.verify(ctx, out.Pass)
}

// Renew gives a pass that lasts longer, if the leave to be here still holds.
func (c *Client) Renew(ctx context.Context, p Pass) (Pass, error) {
	var out issued
	if err := c.ask(ctx, "/access/v1/token", map[string]string{"pass": p.token}, &out); err != nil {
		return Pass{}, err
	}
	next, err := c.verify(ctx, out.Pass)
	if err == nil && next.ID != p.ID {
		return Pass{}, ErrNoPass
	}
	return next, err
}

// Verify reads a pass and tells whether it holds at this moment. Where
// revocations are not heard, Muster is asked.
func (c *Client) Verify(ctx context.Context, token string) (Pass, error) {
	p, err := c.verify(ctx, token)
	if err != nil {
		return Pass{}, err
	}
	return p, c.holds(ctx, p)
}

// holds tells whether a pass that was read before still counts.
func (c *Client) holds(ctx context.Context, p Pass) error {
	switch {
	case !time.Now().Before(p.Expires):
		return ErrNoPass
	case c.over.has(p.ID):
		return ErrRevoked
	case c.over.hears(time.Now()):
		return nil
	}
	var out struct {
		Active bool `json:"active"`
	}
	form := []byte(url.Values{"token": {p.token}}.Encode())
	if err := c.do(ctx, http.MethodPost, "/access/v1/introspect", "application/x-www-form-urlencoded", form, &out); err != nil {
		return err
	}
	if !out.Active {
		return ErrRevoked
	}
	return nil
}
