package contact_test

import (
	"net/netip"
	"strings"
	"testing"

	"muster/actor"
	"muster/deliver/dead"
	"muster/deliver/webpush"
	"muster/fault"
	"muster/mustertest"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

func browser(t *testing.T, endpoint string) webpush.Subscription {
	t.Helper()
	sub, err := webpush.ParseSubscription(endpoint, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func TestOA1ADeviceShowsAlarmsUntilItIsTakenAway(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		devices := contact.Devices{Store: s, Keys: w.keys}
		subscribe := func(who actor.Actor, endpoint string) (roster.Point, error) {
			return contact.Subscribe(t.Context(), s, w.keys, nil, who, who.Person, "Chrome, Android; ä", browser(t, endpoint))
		}
		p, err := subscribe(w.self, "https://push.example/1")
		if err != nil {
			t.Fatal(err)
		}
		again, err := subscribe(w.self, "https://push.example/1")
		if w.refresh(); err != nil || again.ID != p.ID || len(w.aino.Points) != 3 || w.aino.Points[2].Address != p.Address || !w.aino.Points[2].Verified() || !w.aino.Points[2].Alarms {
			t.Fatalf("%v, %+v", err, w.aino.Points)
		}
		if !strings.HasPrefix(p.Address, "Chrome-Android/") || strings.ContainsAny(p.Address, " ;,") {
			t.Errorf("it is called %q", p.Address)
		}
		if sub, err := devices.Subscription(t.Context(), w.org, p.Address); err != nil || sub.Endpoint != "https://push.example/1" || len(sub.Key) != 65 {
			t.Errorf("%+v, %v", sub, err)
		}
		if _, err := devices.Subscription(t.Context(), "org_other", p.Address); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another organisation's device: %v", err)
		}
		if wanted, _ := w.aino.Routes(); wanted[2].Channel != "webpush" {
			t.Errorf("%v", wanted)
		}
		for range 2 {
			w.bounces(p, dead.Unlinked)
		}
		if w.refresh(); w.aino.Points[2].BouncedAt.IsZero() {
			t.Error("a device that has ended looks well")
		}
		fresh, err := subscribe(w.self, "https://push.example/2")
		if w.refresh(); err != nil || len(w.aino.Points) != 3 || w.aino.Points[2].ID != fresh.ID || fresh.ID == p.ID {
			t.Errorf("%v, %+v", err, w.aino.Points)
		}
		if err := contact.Remove(t.Context(), s, w.self, w.aino.Person, fresh.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := devices.Subscription(t.Context(), w.org, fresh.Address); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a device that was taken away: %v", err)
		}
	})
}

func TestADeviceThatChangesHandsLeavesItsOwner(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		admin := w.self
		admin.Roles = w.aino.Roles
		other, err := roster.AddPerson(t.Context(), s, w.keys, admin, roster.NewPerson{Name: "Mika", Email: "mika@huolto.example", Roles: []actor.Membership{{Role: actor.Administrator}}})
		if err != nil {
			t.Fatal(err)
		}
		mika := actor.Actor{Kind: actor.Person, Org: w.org, Person: other.Person, Name: "Mika"}
		for _, who := range []actor.Actor{w.self, mika} {
			if _, err := contact.Subscribe(t.Context(), s, w.keys, nil, who, who.Person, "Firefox, Linux", browser(t, "https://push.example/1")); err != nil {
				t.Fatal(err)
			}
		}
		if w.refresh(); len(w.aino.Points) != 2 {
			t.Errorf("%+v", w.aino.Points)
		}
	})
}

func TestAPushServiceInAPrivateNetworkIsRefused(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
		for endpoint, good := range map[string]bool{
			"https://10.2.0.1/x": false, "http://push.example/x": false, "https://127.0.0.1/x": false, "https://u:p@push.example/": false, "": false, "x": false,
			"https://10.1.0.1/x": true, "http://10.1.0.1/x": true,
		} {
			_, err := contact.Subscribe(t.Context(), s, w.keys, allowed, w.self, w.aino.Person, "Firefox, Linux", browser(t, endpoint))
			if good != (err == nil) || err != nil && fault.From(err).Code != "push_endpoint" {
				t.Errorf("%s: %v", endpoint, err)
			}
		}
	})
}
