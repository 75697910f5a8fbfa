package pass

import (
	"context"
	"crypto/rand"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Paths that Guard answers itself.
const (
	EnterPath = "/support/enter" // where Muster sends the browser, with ?code=
	LeavePath = "/support/leave" // POST: the visit is over
)

const cookieName = "muster_support"

// How long a visit is renewed without anybody asking for a page, and how long
// before its end.
const (
	idle   = 30 * time.Minute
	early  = 90 * time.Second
	rounds = 15 * time.Second
)

// visits are those under way, by the secret in the browser's cookie. The pass
// itself never reaches the browser.
type visits struct {
	mu   sync.Mutex
	open map[string]*visit
}

type visit struct {
	renewing sync.Mutex
	pass     Pass
	used     time.Time
}

func newVisits() visits { return visits{open: map[string]*visit{}} }

func (v *visits) add(p Pass) (secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	secret = rand.Text()
	v.open[secret] = &visit{pass: p, used: time.Now()}
	return secret
}

func (v *visits) get(secret string) (*visit, Pass, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one, ok := v.open[secret]
	if !ok {
		return nil, Pass{}, false
	}
	one.used = time.Now()
	return one, one.pass, true
}

func (v *visits) set(one *visit, p Pass) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one.pass = p
}

func (v *visits) drop(secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.open, secret)
}

func (v *visits) all() (list []Pass) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.open {
		list = append(list, one.pass)
	}
	return list
}

// due are the visits that want to be renewed; those that are over are dropped.
func (v *visits) due(now time.Time) (list []*visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for secret, one := range v.open {
		switch left := one.pass.Expires.Sub(now); {
		case left <= 0:
			delete(v.open, secret)
		case left < early && now.Sub(one.used) < idle:
			list = append(list, one)
		}
	}
	return list
}

type passKey struct{}

// From is the visit to which a request behind Guard belongs. Where there is
// none, it comes from one of the product's own users.
func From(ctx context.Context) (Pass, bool) {
	p, ok := ctx.Value(passKey{}).(Pass)
	return p, ok
}

// Inside lists the visits under way at one customer, for that customer's eyes.
func (c *Client) Inside(organisation string) (list []Pass) {
	now := time.Now()
	for _, p := range c.visits.all() {
		if p.Organisation == organisation && now.Before(p.Expires) && !c.over.has(p.ID) {
			list = append(list, p)
		}
	}
	return list
}

// Guard lets support in by EnterPath and nobody else there. A request of a visit
// reaches next only while its leave holds, with the pass in its context; one
// that would change something only if the pass is for more than looking, and
// then next asks Allowed about the very thing. All other requests pass as they
// are.
func (c *Client) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == EnterPath {
			c.enter(w, r)
			return
		}
		cookie, err := r.Cookie(cookieName)
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		p, err := c.visiting(r.Context(), cookie.Value)
		switch {
		case errors.Is(err, ErrUnreachable):
			say(w, http.StatusServiceUnavailable, "Muster cannot be asked whether you may still be here, so you may not. Try again in a moment.")
		case err != nil:
			c.leave(w, r, cookie.Value)
			say(w, http.StatusForbidden, "Your visit is over. Whoever still needs to be here comes in anew, from Muster.")
		case r.URL.Path == LeavePath && r.Method == http.MethodPost:
			c.leave(w, r, cookie.Value)
			say(w, http.StatusOK, "You have left.")
		case p.Mode != Configure && r.Method != http.MethodGet && r.Method != http.MethodHead:
			say(w, http.StatusForbidden, "You are here to look. Nothing was changed.")
		default:
			w.Header().Set("Cache-Control", "no-store")
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), passKey{}, p)))
		}
	})
}

// visiting is the visit of a cookie, if it still holds.
func (c *Client) visiting(ctx context.Context, secret string) (Pass, error) {
	one, p, ok := c.visits.get(secret)
	if !ok {
		return Pass{}, ErrNoPass
	}
	if err := c.holds(ctx, p); err != nil {
		return Pass{}, err
	}
	if time.Until(p.Expires) < early {
		return c.renewed(ctx, one)
	}
	return p, nil
}

// renewed gives a visit a new pass. While Muster cannot be asked the old one
// counts to its end.
func (c *Client) renewed(ctx context.Context, one *visit) (Pass, error) {
	one.renewing.Lock()
	defer one.renewing.Unlock()
	c.visits.mu.Lock()
	p := one.pass
	c.visits.mu.Unlock()
	if time.Until(p.Expires) >= early {
		return p, nil // somebody else was quicker
	}
	next, err := c.Renew(ctx, p)
	switch {
	case err == nil:
		c.visits.set(one, next)
		return next, nil
	case errors.Is(err, ErrUnreachable):
		return p, nil
	}
	c.over.end(p.ID, time.Now())
	return Pass{}, ErrRevoked
}

// keep renews visits whose people read for longer than a pass lasts.
func (c *Client) keep(ctx context.Context) {
	often := time.NewTicker(rounds)
	defer often.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-often.C:
			for _, one := range c.visits.due(now) {
				if _, err := c.renewed(ctx, one); err != nil {
					c.log.Info("pass: a visit was not renewed", "err", err)
				}
			}
		}
	}
}

func (c *Client) enter(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	if r.Method != http.MethodGet || code == "" {
		say(w, http.StatusBadRequest, "Support comes in from Muster.")
		return
	}
	if !c.sent(r) {
		say(w, http.StatusForbidden, "You did not come here from Muster, so you were not let in. Open this product from Muster, with a browser that says where it comes from.")
		return
	}
	p, err := c.Exchange(r.Context(), code)
	if err != nil {
		c.log.Warn("pass: somebody was not let in", "err", err)
		say(w, http.StatusForbidden, "You were not let in: the code was used already, is too old, or was never given out. Open this product from Muster again.")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: c.visits.add(p), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// sent tells whether the browser comes from Muster's own page. A link with
// somebody's code that stands anywhere else would let its reader in as that
// somebody, who then answers for what the reader does.
func (c *Client) sent(r *http.Request) bool {
	from, err := url.Parse(r.Referer())
	muster, merr := url.Parse(c.at)
	return err == nil && merr == nil && from.Host != "" && from.Scheme == muster.Scheme && from.Host == muster.Host
}

func (c *Client) leave(w http.ResponseWriter, r *http.Request, secret string) {
	c.visits.drop(secret)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

var page = template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Support</title>` +
	`<body style="font:1rem/1.5 system-ui;max-width:36rem;margin:4rem auto;padding:0 1rem"><p>{{.}}</p>`))

// say answers with one sentence.
func say(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = page.Execute(w, sentence) // a reader who has gone needs no answer
}
