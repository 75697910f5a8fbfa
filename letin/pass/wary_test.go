package pass_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/fault"
	"muster/id"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/mustertest"
	"muster/mustertest/guest"
	"muster/seal"
	"muster/store"
)

// FL3: what a pass is for holds, also where the leave that it stands on is for
// more: a pass to look configures nothing.
func TestFL3APassToLookConfiguresNothing(t *testing.T) {
	w := guest.New(t, mustertest.Store(t))
	p, token := w.Product("Freight Desk", desk)
	s := w.Visit(grant.Configure)
	text, _, err := w.Office.Exchange(t.Context(), token, w.Code(p, s, pass.View))
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Office.Decide(t.Context(), token, []pass.Question{ask(text, "configure", "setting", "numbering"), ask(text, "view", "setting", "numbering")})
	if err != nil || got[0].Allowed || got[0].Rule != "floor-guest" || !got[1].Allowed {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whoever is no product is turned away at the door: many questions about many
// organisations keep no writer busy and nobody waiting.
func TestWhoIsNoProductKeepsNobodyBusy(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := guest.New(t, s)
		questions := make([]pass.Question, pass.MostQuestions)
		for i := range questions {
			questions[i] = pass.Question{
				Subject: pass.Thing{Type: "staff", ID: string(w.Agent.ID)}, Action: "view",
				Resource: pass.Thing{Type: "page", ID: "orders", Org: id.New[id.Org]()},
			}
		}
		questions[0].Resource.Org = w.Org.ID
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		// Somebody else writes meanwhile: who has to wait for that has come too far.
		err := s.Do(ctx, w.Org.ID, func(*store.Tx) error {
			for _, token := range []string{"", "mpt_made-up"} {
				if _, err := w.Office.Decide(ctx, token, questions); fault.From(err) == nil || fault.From(err).Code != "token_refused" {
					t.Errorf("%q: %v", token, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A pass whose signature is remembered still ends to the second.
func TestAccessA4APassThatWasReadBeforeStillEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys, err := seal.Parse(seal.Generate(1))
		if err != nil {
			t.Fatal(err)
		}
		o := pass.New(pass.Config{Store: mustertest.Store(t), Keys: keys, URL: "https://muster.example"})
		defer o.Close()
		ends := o.Now().Add(time.Minute)
		text, err := o.Sign(t.Context(), pass.Claims{RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "https://muster.example", ID: string(id.New[id.Pass]()) + ".1", ExpiresAt: jwt.NewNumericDate(ends),
		}})
		if err != nil {
			t.Fatal(err)
		}
		read := func() error { _, err := o.Read(t.Context(), text); return err }
		if err := read(); err != nil {
			t.Errorf("fresh: %v", err)
		}
		time.Sleep(59 * time.Second)
		if err := read(); err != nil {
			t.Errorf("a second before its end: %v", err)
		}
		time.Sleep(time.Second)
		if err := read(); fault.From(err) == nil || fault.From(err).Code != "pass_refused" {
			t.Errorf("at its end: %v", err)
		}
	})
}
