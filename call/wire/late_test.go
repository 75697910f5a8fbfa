package wire_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"muster/call/alarm"
	"muster/call/wire"
	"muster/deliver"
	"muster/mustertest"
	"muster/store"
)

// A program that is connected while somebody has an alarm already hears of the
// alarm, and of that.
func TestAProgramThatComesLateHearsThatSomebodyHasTheAlarm(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		n := open(t, s)
		got := make(chan string, 20)
		peer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var h struct{ Type string }
			_ = json.NewDecoder(r.Body).Decode(&h)
			got <- h.Type
		}))
		defer peer.Close()
		a := n.help(alarm.Help)
		if _, err := alarm.Acknowledge(t.Context(), s, n.mikko.Actor, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		_, _, err := n.office.Add(t.Context(), n.org.Admin.Actor, wire.Wire{
			Name: "Program", Kind: wire.Webhook, Active: true, Own: true, Settings: wire.Settings{URL: peer.URL + "/hook"},
		}, wire.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		heard := []string{<-got, <-got}
		if slices.Sort(heard); !slices.Equal(heard, []string{deliver.AlarmAcknowledged, deliver.AlarmRaised}) {
			t.Errorf("it heard %v", heard)
		}
	})
}
