package account_test

import (
	"errors"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/letin/account"
	"muster/mustertest"
	"muster/store"
)

// FL9: a link goes to the owner three times a day and no more, and the fourth is
// refused by name whether there is an owner or not, so that it tells nothing.
func TestFL9ResetLinksAreLimited(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		d := open(t, s)
		var sent int
		d.Office.Send = func(*store.Tx, id.Person, string, string) error { sent++; return nil }
		org := d.create("Saimaa")
		admin := d.administrator(org)
		if err := account.Acknowledge(t.Context(), s, admin, account.Version()); err != nil {
			t.Fatal(err)
		}
		if err := d.Begin(t.Context(), d.director, org); err != nil {
			t.Fatal(err)
		}
		agent := d.agent
		agent.Support.Department = actor.FirstLine
		for _, address := range []string{"saimaa@good.test", " SAIMAA@good.test", "saimaa@good.test "} {
			if err := d.ResetLink(t.Context(), agent, org, address); err != nil {
				t.Errorf("%q: %v", address, err)
			}
		}
		for range 2 {
			err := d.ResetLink(t.Context(), agent, org, "saimaa@good.test")
			if f := fault.From(err); code(err) != "reset_limited" || f.Kind != fault.Limited || f.Field != "reset_email" {
				t.Errorf("the fourth: %v", err)
			}
		}
		if got := d.kinds(org, "account.reset"); sent != 3 || got != "_refused _link _link _link" {
			t.Errorf("%d sent, in the book: %s", sent, got)
		}
		for i := range 4 {
			if err := d.ResetLink(t.Context(), agent, org, "nobody@good.test"); (i == 3) != (code(err) == "reset_limited") {
				t.Errorf("to nobody, %d: %v", i, err)
			}
		}
		// Another address of the same person's is sent nothing more, and says nothing of it.
		if err := s.Do(t.Context(), org, func(tx *store.Tx) error {
			return errors.Join(tx.Write(moveAddress, admin.Person), ledger.Append(tx, admin, ledger.Entry{Kind: "person.changed", Subject: string(admin.Person)}))
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.ResetLink(t.Context(), agent, org, "kaisa@good.test"); err != nil || sent != 3 {
			t.Errorf("%d sent, %v", sent, err)
		}
	})
}

var moveAddress = store.Query("account_test.move", `update contact_point set address = 'kaisa@good.test' where org = $1 and person = $2 and channel = 'email'`)
