package desk_test

import (
	"testing"

	"muster/actor"
	"muster/identity"
	"muster/lang"
	"muster/letin/desk"
	"muster/mustertest"
	"muster/store"
)

var speak = store.Across("desk_test.speak", `update staff set lang = $2 where id = $1`)

// FL16: whoever answers a queue is told of a request in their own language.
func TestFL16TheQueueIsToldInEachOnesLanguage(t *testing.T) {
	h := open(t, mustertest.Store(t))
	words := map[string]lang.Tag{}
	for name, tag := range map[string]lang.Tag{"Aino": lang.Finnish, "Agnès": lang.French, "Alan": lang.English} {
		m := h.town.Staff(name, actor.FirstLine)
		words[m.Email] = tag
		err := h.Store.Across().Do(t.Context(), func(tx *store.AcrossTx) error { return tx.Write(speak, m.ID, tag) })
		if err != nil {
			t.Fatal(err)
		}
	}
	h.ask(h.org.Admin.Actor, desk.Look)
	told := h.mails(identity.Provider, "request_new")
	for _, m := range told {
		if want := words[m.Route[0].Address]; m.Lang != want {
			t.Errorf("%s is written to in %q, want %q", m.Route[0].Address, m.Lang, want)
		}
	}
	if len(told) != len(words) {
		t.Errorf("%d mails to %d people", len(told), len(words))
	}
}

var addTalk = store.Query("desk_test.talk", `insert into request_line (org, request, n, at, side, name, address, proved, words, template, mail, digest)
	values ($1, $2, $3, $4, 'inside', '', '', false, 'A note.', '', '', '')`).Telemetry()

// Of a conversation that is longer than a page, the page has the latest.
func TestALongConversationEndsWithTheLastWord(t *testing.T) {
	h := open(t, mustertest.Store(t))
	q := h.ask(h.org.Admin.Actor, desk.Look)
	err := h.Store.Do(t.Context(), h.org.ID, func(tx *store.Tx) error {
		for n := range 600 {
			if err := tx.Write(addTalk, q.ID, n+2, tx.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = h.Say(t.Context(), h.org.Admin.Actor, q.ID, "Are you still there?")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, said := h.see(q.ID); said[len(said)-1].Words != "Are you still there?" {
		t.Errorf("%d lines, the last one %q", len(said), said[len(said)-1].Words)
	}
}
