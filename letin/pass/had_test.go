package pass_test

import (
	"context"
	"strings"
	"testing"

	"muster/fault"
	"muster/id"
	"muster/lang"
	support "muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/product"
	"muster/letin/setting"
	"muster/mustertest/guest"
	"muster/store"
)

// Support goes over only to what the customer has: the door is not offered, and
// whoever knocks all the same is refused by the rule; so is a product that asks.
func TestFL8ACustomersProductsAreThoseItHas(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		ctx := t.Context()
		theirs, _ := w.Product("Freight Desk", desk)
		other, otherToken, err := w.Office.Add(ctx, w.Director.Actor, pass.Draft{Name: "Invoices", Address: "https://invoices.test"})
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []id.Product{theirs.ID, other.ID} {
			if _, err := setting.Add(ctx, w.Store, w.Director.Actor, setting.Setting{
				Of: of, Key: "fields", Class: setting.Other, Names: map[lang.Tag]string{lang.English: "Fields", lang.Finnish: "Kentät", lang.French: "Champs"},
			}); err != nil {
				t.Fatal(err)
			}
		}
		s := w.Visit(grant.Configure)
		rooms, err := w.Office.Inside(ctx, w.Agent.Actor)
		if err != nil || len(rooms) != 1 || len(rooms[0].Doors) != 1 || rooms[0].Doors[0].ID != theirs.ID {
			t.Errorf("doors: %+v, %v", rooms, err)
		}
		if _, err := w.Office.Open(ctx, w.Agent.Actor, other.ID, s.ID, pass.View); fault.From(err).Code != "refused" || fault.From(err).Args["rule"] != "pass-had" {
			t.Errorf("opened: %v", err)
		}
		about := func(action, kind, name string) pass.Question {
			return pass.Question{
				Subject: pass.Thing{Type: "staff", ID: string(w.Agent.ID)}, Action: action,
				Resource: pass.Thing{Type: kind, ID: name, Org: w.Org.ID},
			}
		}
		answers, err := w.Office.Decide(ctx, otherToken, []pass.Question{about("view", "page", "orders"), about("configure", "setting", "fields")})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"pass-had ", "configure-product product"} {
			if a := answers[i]; a.Allowed || a.Rule+" "+ways(a) != want {
				t.Errorf("question %d: %+v, want %s", i, a, want)
			}
		}
		settings := func() (all []string) {
			err := w.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
				found, err := setting.For(tx, w.Org.ID)
				for _, one := range found {
					if one.Of != "" {
						all = append(all, one.Ref())
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := strings.Join(settings(), " "); got != "Freight Desk/fields" {
			t.Errorf("settings: %s", got)
		}
		wish := support.Wanted{Kind: support.Setting, Setting: "Invoices/fields", Subject: "Fields", Words: "Please show the price."}
		if _, err := (support.Desk{Store: w.Store, Keys: w.Keys}).Ask(ctx, w.Org.Admin.Actor, wish); fault.From(err).Code != "setting_unknown" {
			t.Errorf("asked for a setting of a product that they do not have: %v", err)
		}
		if err := product.Give(ctx, w.Store, w.Director.Actor, w.Org.ID, other.ID); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(settings(), " "); got != "Freight Desk/fields Invoices/fields" {
			t.Errorf("settings: %s", got)
		}
		if _, err := w.Office.Open(ctx, w.Agent.Actor, other.ID, s.ID, pass.View); err != nil {
			t.Error(err)
		}
		if err := w.Office.Change(ctx, w.Director.Actor, other.ID, pass.Draft{Name: "Billing", Address: other.Address}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(settings(), " "); got != "Billing/fields Freight Desk/fields" {
			t.Errorf("a product of another name: %s", got)
		}
	})
}

// A product that is a customer's no longer ends the passes to it, on its stream
// too.
func TestAProductThatIsTakenAwayEndsItsPasses(t *testing.T) {
	onBoth(t, func(t *testing.T, w *guest.World) {
		p, token := w.Product("Freight Desk", desk)
		text := w.Pass(p, token, w.Visit(grant.Configure), pass.Configure)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended, over := make(chan id.Pass, 1), make(chan error, 1)
		go func() {
			over <- w.Office.Listen(ctx, token, func(p id.Pass) error { ended <- p; return nil }, func() error { return nil })
		}()
		if err := product.Withdraw(t.Context(), w.Store, w.Director.Actor, w.Org.ID, p.ID); err != nil {
			t.Fatal(err)
		}
		<-ended
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		if _, active, err := w.Office.Introspect(t.Context(), token, text); active || err != nil {
			t.Errorf("the pass holds: %v, %v", active, err)
		}
		if _, _, err := w.Office.Renew(t.Context(), token, text); fault.From(err).Code != "pass_refused" {
			t.Errorf("renewed: %v", err)
		}
		answers, err := w.Office.Decide(t.Context(), token, []pass.Question{ask(text, "view", "page", "orders")})
		if err != nil || answers[0].Allowed || answers[0].Rule != "pass-had" {
			t.Errorf("%+v, %v", answers, err)
		}
		if book := w.Book(w.Org.ID, "account.product_removed"); len(book) != 1 || book[0].Facts["Product"] != "Freight Desk" || book[0].Rule != "account-products" {
			t.Errorf("%+v", book)
		}
	})
}
