package visit_test

import (
	"testing"
	"time"

	"muster/actor"
	"muster/ledger"
	"muster/letin/grant"
	"muster/mustertest"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
)

var age = store.Query("test.age", `update contact_person set confirmed = $2 where org = $1`)

// Access A11: while a contact of the customer's has not confirmed for half a
// year what is known of them, support changes nothing there, from the very next
// request on; one press gives the right back.
func TestAccessA11SupportChangesNothingWhileAContactIsOverdue(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := open(t, s, grant.Configure)
		admin := c.org.Admin
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(contact.Proved(t.Context(), s, admin.Actor, admin.First("email")))
		must(duty.Assign(t.Context(), s, admin.Actor, duty.Technical, admin.Person.Person, ""))
		cookie := c.enter("")
		configures := func() bool {
			t.Helper()
			who, err := c.guest(cookie)
			must(err)
			return who.Support.Configure
		}
		if !configures() {
			t.Fatal("a fresh contact takes the right away")
		}
		must(s.Do(t.Context(), c.org.ID, func(tx *store.Tx) error {
			if err := tx.Write(age, tx.Now().Add(-182*24*time.Hour)); err != nil {
				return err
			}
			return ledger.Append(tx, actor.Engine(), ledger.Entry{Kind: "contact.reminded", Subject: string(admin.Person.Person)})
		}))
		if configures() {
			t.Error("overdue, and support may still change settings")
		}
		must(duty.Confirm(t.Context(), s, admin.Actor, ""))
		if !configures() {
			t.Error("confirmed, and support may still change nothing")
		}
	})
}
