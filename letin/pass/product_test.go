package pass_test

import (
	"context"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/fault"
	"muster/id"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/mustertest"
	"muster/mustertest/guest"
)

func TestKeysTurnAndOldPassesStayGood(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", desk)
	text := w.Pass(p, token, w.Visit(grant.Configure), pass.View)
	if err := w.Office.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys, err := w.Office.Published(t.Context())
	if err != nil || len(keys) != 2 || keys[0].Kid == keys[1].Kid || keys[0].Kty != "OKP" || keys[0].Crv != "Ed25519" {
		t.Errorf("published: %+v, %v", keys, err)
	}
	next, _, err := w.Office.Renew(t.Context(), token, text)
	if err != nil {
		t.Fatalf("a pass of the old key: %v", err)
	}
	head := func(text string) any {
		parsed, _, err := jwt.NewParser().ParseUnverified(text, jwt.MapClaims{})
		if err != nil {
			t.Fatal(err)
		}
		return parsed.Header["kid"]
	}
	if head(text) != keys[0].Kid || head(next) != keys[1].Kid {
		t.Errorf("signed by %v, then %v", head(text), head(next))
	}
}

func TestAStreamTellsWhatEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		s := w.Visit(grant.Configure)
		_, c, err := w.Office.Exchange(t.Context(), token, w.Code(p, s, pass.View))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended, listening := make(chan id.Pass, 4), make(chan struct{}, 100)
		over := make(chan error, 1)
		go func() {
			over <- w.Office.Listen(ctx, token, func(p id.Pass) error { ended <- p; return nil },
				func() error {
					select {
					case listening <- struct{}{}:
					default:
					}
					return nil
				})
		}()
		<-listening
		began := time.Now()
		w.Revoke(s)
		select {
		case got := <-ended:
			if got != c.Pass() {
				t.Errorf("%s ended, want %s", got, c.Pass())
			}
			t.Logf("told after %s", time.Since(began))
		case <-time.After(5 * time.Second):
			t.Fatal("nothing was told")
		}
		if err := w.Office.Switch(t.Context(), w.Director.Actor, p.ID, false); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-over:
			if fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("the stream of a product that was switched off ended with %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("the stream of a product that was switched off goes on")
		}
	})
}

func TestOnlyADirectorKeepsProducts(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", desk)
	other := w.Agent.Actor
	if _, _, err := w.Office.Add(t.Context(), other, pass.Draft{Name: "X", Address: desk}); fault.From(err).Args["rule"] != "pass-keep-products" {
		t.Errorf("entered by somebody else: %v", err)
	}
	if all, err := w.Office.Products(t.Context(), other); err != nil || len(all) != 1 {
		t.Errorf("seen: %+v, %v", all, err)
	}
	if _, err := w.Office.Products(t.Context(), w.Org.Admin.Actor); err == nil {
		t.Error("a customer sees the provider's products")
	}
	fresh, err := w.Office.Rekey(t.Context(), w.Director.Actor, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if w.Office.Known(t.Context(), token) == nil || w.Office.Known(t.Context(), fresh) != nil {
		t.Error("the old token is known, or the new one is not")
	}
	if _, _, err := w.Office.Add(t.Context(), w.Director.Actor, pass.Draft{Name: "Freight Desk", Address: desk}); fault.From(err).Code != "taken" || fault.From(err).Field != "name" {
		t.Errorf("twice the same name: %v", err)
	}
	for _, address := range []string{"", "freight", "http://example.org", "https://u:p@example.org", "https://example.org/?a=b", "ftp://127.0.0.1"} {
		err := w.Office.Change(t.Context(), w.Director.Actor, p.ID, pass.Draft{Name: "Freight Desk", Address: address})
		if f := fault.From(err); f == nil || f.Kind != fault.Invalid || f.Field != "address" {
			t.Errorf("%q: %v", address, err)
		}
	}
}
