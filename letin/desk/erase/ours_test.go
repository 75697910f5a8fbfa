package erase_test

import (
	"net/netip"
	"testing"

	"muster/actor"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/mustertest"
	"muster/store"
)

var readBy = store.Across("erase_test.read_by", `update account set fold = $2 where id = (select account from staff where id = $1)`)

// FL7, WK9: a mailbox that somebody of support reads is no director's, neither
// when it is named nor once its reader has joined the staff.
func TestFL7NoMailboxOfTheStaffIsTheDirectors(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		olga := h.town.Staff("Olga", actor.FirstLine)
		if err := h.Name(t.Context(), h.org.Admin.Actor, olga.Email); code(err) != "director_staff" {
			t.Errorf("named: %v", err)
		}
		h.director("boss@good.test")
		if err := h.Name(t.Context(), h.org.Admin.Actor, "next@good.test"); err != nil {
			t.Fatal(err)
		}
		_, token := h.link("director_verify")
		reads := func(mail string) {
			t.Helper()
			if err := s.Across().Do(t.Context(), func(tx *store.AcrossTx) error { return tx.Write(readBy, olga.ID, mail) }); err != nil {
				t.Fatal(err)
			}
		}
		reads("next@good.test")
		if err := h.Confirm(t.Context(), token, "", netip.Addr{}); code(err) != "director_staff" {
			t.Errorf("confirmed: %v", err)
		}
		reads("olga@provider.test")
		h.director("boss@good.test")
		q := h.asked(desk.RealData)
		h.mailed("boss@good.test", q, true)
		for _, step := range []erase.Step{erase.Compare, erase.List} {
			if got := h.step(h.olga, q, step, erase.Given{List: "Everything"}); got != "" {
				t.Fatal(step, got)
			}
		}
		reads("boss@good.test")
		if got := h.step(h.olga, q, erase.Send, erase.Given{}); got != "director_staff" {
			t.Errorf("sent: %s", got)
		}
		reads("olga@provider.test")
		if got := h.step(h.olga, q, erase.Send, erase.Given{}); got != "" {
			t.Fatal(got)
		}
		_, token = h.link("director_agree")
		list, err := h.Office.Open(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		reads("boss@good.test")
		if err := h.Confirm(t.Context(), token, list.List.Digest(), netip.Addr{}); code(err) != "director_staff" {
			t.Errorf("agreed: %v", err)
		}
	})
}
