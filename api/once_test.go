package api

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"muster/store"
)

func TestAKeyMakesARequestTakeEffectOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		admin, other := o.program(harbour, "administrator"), o.program(harbour, "administrator")
		people := orgPath(harbour.ID, "/people")
		body := map[string]any{"name": "Aino Virtanen", "email": "aino@good.test", "roles": []string{"monitor"}}

		first := admin.ask(http.MethodPost, people, body, keyHeader, "k1").want(http.StatusCreated)
		again := admin.ask(http.MethodPost, people, body, keyHeader, "k1").want(http.StatusCreated)
		if string(again.raw) != string(first.raw) || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("the second answer differs: %v %s", again.header, again.raw)
		}
		if first.header.Get("Idempotent-Replayed") != "" || again.header.Get("Location") != first.header.Get("Location") ||
			again.header.Get("Content-Type") != first.header.Get("Content-Type") {
			t.Errorf("headers %v, then %v", first.header, again.header)
		}
		if n := len(admin.get(people).want(http.StatusOK).list("items")); n != 2 {
			t.Errorf("%d people, want the administrator and one more", n)
		}
		reused := admin.ask(http.MethodPost, people, map[string]any{"name": "Another"}, keyHeader, "k1")
		reused.refused(http.StatusUnprocessableEntity, "key_reused")

		// Another caller's key of the same name is another key.
		theirs := map[string]any{"name": "Mikko Laine", "email": "mikko@good.test", "roles": []string{"monitor"}}
		other.ask(http.MethodPost, people, theirs, keyHeader, "k1").want(http.StatusCreated)

		// What was refused took no effect, so the key is free for a better try.
		admin.ask(http.MethodPost, people, map[string]any{"name": ""}, keyHeader, "k2").want(http.StatusUnprocessableEntity)
		better := map[string]any{"name": "Sari Niemi", "email": "sari@good.test", "roles": []string{"monitor"}}
		admin.ask(http.MethodPost, people, better, keyHeader, "k2").want(http.StatusCreated)
	})
}

func TestAKeyHoldsForStaffWhoMakeOrganisations(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		body := map[string]any{"name": "Harbour Works", "country": "FI", "time_zone": "Europe/Helsinki", "language": "fi"}
		first := o.staff.ask(http.MethodPost, "/organisations", body, keyHeader, "k").want(http.StatusCreated)
		again := o.staff.ask(http.MethodPost, "/organisations", body, keyHeader, "k").want(http.StatusCreated)
		if first.text("id") != again.text("id") {
			t.Errorf("two organisations: %s and %s", first.text("id"), again.text("id"))
		}
	})
}

func TestAKeyWhoseAnswerWasLostSaysThatItWasDone(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		admin := o.program(harbour, "administrator")
		path := prefix + orgPath(harbour.ID, "/workspaces")
		who, err := o.gate.Authenticate(t.Context(), admin.token)
		if err != nil {
			t.Fatal(err)
		}
		// A node carried the request out and died before it had the answer.
		body := `{"name":"Quay"}`
		key := &store.Once{Key: digest(keyHolder(who), path, "k"), Digest: digest(body, "")}
		if err := o.Store.Do(store.WithOnce(t.Context(), key), harbour.ID, func(*store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		admin.ask(http.MethodPost, path, body, keyHeader, "k").refused(http.StatusConflict, "already_done")
	})
}

func TestManyWithOneKeyTakeEffectOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		aino := harbour.Worker("Aino Virtanen")
		own := o.as(harbour, aino)
		shift := own.shift(harbour, aino)
		var all sync.WaitGroup
		var mu sync.Mutex
		codes := map[string]int{}
		for range 8 {
			all.Go(func() {
				s := own.ask(http.MethodPost, "/shifts/"+shift+"/extend", `{"seconds":7200}`, keyHeader, "k")
				mu.Lock()
				defer mu.Unlock()
				codes[fmt.Sprintf("%d %v", s.status, s.body["code"])]++
			})
		}
		all.Wait()
		entries := o.program(harbour, "administrator").get(orgPath(harbour.ID, "/activity?kind=shift.extended")).want(http.StatusOK)
		if n := len(entries.list("items")); n != 1 {
			t.Errorf("extended %d times, want once: %v", n, codes)
		}
		for code := range codes {
			if code != "200 <nil>" && code != "409 already_done" {
				t.Errorf("answers %v", codes)
			}
		}
	})
}
