// Package freightdesk is a product of the provider's, for demonstration: a desk
// for freight orders with a customer's settings. It knows nothing of Muster but
// the client package, and lets support in only with a pass.
package freightdesk

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"time"

	"muster/client/pass"
)

// Config is what the product is told when it starts.
type Config struct {
	Muster    string // address of Muster
	Product   string // identifier of this product there
	Token     string // its secret
	Companies []Company
	Log       *slog.Logger
}

// Company is one customer.
type Company struct {
	ID   string // organisation at Muster
	Name string
}

// Desk is the product, ready to serve.
type Desk struct {
	pass  *pass.Client
	log   *slog.Logger
	books *books
	mux   http.Handler
}

//go:embed page.html
var files embed.FS

var pages = template.Must(template.ParseFS(files, "page.html"))

// New makes the product.
func New(c Config) (*Desk, error) {
	client, err := pass.New(pass.Config{Muster: c.Muster, Product: c.Product, Token: c.Token, Log: c.Log})
	if err != nil {
		return nil, err
	}
	d := &Desk{pass: client, log: cmp.Or(c.Log, slog.Default()), books: newBooks(c.Companies)}
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", d.in(d.orders))
	m.HandleFunc("GET /orders/{order}", d.in(d.order))
	m.HandleFunc("GET /settings", d.in(d.settings))
	m.HandleFunc("POST /settings/{setting}", d.in(d.change))
	m.HandleFunc("GET /over", d.over)
	m.HandleFunc("GET /sign-in", d.signIn)
	m.HandleFunc("POST /sign-in", d.enter)
	d.mux = http.NewCrossOriginProtection().Handler(client.Guard(m))
	return d, nil
}

// ServeHTTP answers a browser.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"+scriptDigest+"'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	d.mux.ServeHTTP(w, r)
}

// Run hears from Muster and tells it what was done, until ctx ends.
func (d *Desk) Run(ctx context.Context) { d.pass.Run(ctx) }

// Serve serves on a listener until ctx ends.
func (d *Desk) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: d, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-ctx.Done()
		closing, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		if err := server.Shutdown(closing); err != nil {
			d.log.Warn("freight desk: stopped with requests under way", "err", err)
		}
	}()
	err := server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-done
		return nil
	}
	return err
}

const userCookie = "freightdesk_company"

// caller is whoever asks for a page: one of the customer's own people, or
// support with a pass.
type caller struct {
	company *company
	pass    pass.Pass
	support bool
}

// in serves a page of one customer.
func (d *Desk) in(page func(http.ResponseWriter, *http.Request, caller)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var who caller
		org := ""
		if who.pass, who.support = pass.From(r.Context()); who.support {
			org = who.pass.Organisation
		} else if cookie, err := r.Cookie(userCookie); err == nil {
			org = cookie.Value
		}
		if who.company = d.books.of(org); who.company == nil {
			if who.support {
				d.show(w, http.StatusForbidden, view{Title: "No such customer", Said: "This customer does not use Freight Desk."})
				return
			}
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		page(w, r, who)
	}
}

// signIn stands for whatever a real product has: it asks for no password.
func (d *Desk) signIn(w http.ResponseWriter, _ *http.Request) {
	d.show(w, http.StatusOK, view{Title: "Sign in", Companies: d.books.list})
}

func (d *Desk) enter(w http.ResponseWriter, r *http.Request) {
	c := d.books.of(r.PostFormValue("company"))
	if c == nil {
		d.show(w, http.StatusUnprocessableEntity, view{Title: "Sign in", Companies: d.books.list, Said: "Choose a company."})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: userCookie, Value: c.ID, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// over tells an open page that its visit has ended, by ending too.
func (d *Desk) over(w http.ResponseWriter, r *http.Request) {
	p, ok := pass.From(r.Context())
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	if err := control.Flush(); err != nil {
		return
	}
	select {
	case <-r.Context().Done():
	case <-d.pass.Over(p):
		_, _ = w.Write([]byte("event: over\ndata: 1\n\n")) // a page that has gone needs no telling
	}
}
