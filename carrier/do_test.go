package carrier_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/carrier"
	"muster/deliver/setting"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/mustertest"
	"muster/seal"
	"muster/store"
)

var staff = actor.Actor{Kind: actor.Staff, Staff: id.New[id.Staff](), Name: "Olga Operator", Door: actor.Board}

func office(t *testing.T, s *store.Store) carrier.Office {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	return carrier.Office{Store: s, Keys: keys}
}

func relay(name string) carrier.Draft {
	return carrier.Draft{Kind: carrier.SMTP, Name: name, Active: true, Values: map[string]string{
		setting.Server: "relay.example.org", setting.User: "muster", setting.Password: "hunter2hunter2",
	}}
}

func names(t *testing.T, o carrier.Office) string {
	t.Helper()
	all, err := o.List(t.Context(), staff)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range all {
		if !c.Active {
			c.Name = "(" + c.Name + ")"
		}
		out = append(out, c.Name)
	}
	return strings.Join(out, " ")
}

func TestOA4StaffKeepCarriers(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := office(t, s)
		var ids []id.Carrier
		for _, name := range []string{"a", "b", "c"} {
			c, err := o.Add(t.Context(), staff, relay(name))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, c.ID)
		}
		if _, err := o.Add(t.Context(), staff, relay("a")); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the same name twice: %v", err)
		}
		for _, err := range []error{
			o.Lead(t.Context(), staff, ids[2]), o.Switch(t.Context(), staff, ids[0], false), o.Remove(t.Context(), staff, ids[1]),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := names(t, o); got != "c (a)" {
			t.Errorf("%q", got)
		}
		changed := relay("d")
		changed.Values[setting.Password] = ""
		if err := o.Change(t.Context(), staff, ids[2], changed); err != nil {
			t.Fatal(err)
		}
		all, err := o.Settings(t.Context())
		if err != nil || len(all) != 2 || all[0].Text != "smtp://muster:hunter2hunter2@relay.example.org" {
			t.Errorf("%+v, %v", all, err)
		}
		changed.Values[setting.Server] = "evil.example.org"
		if err := o.Change(t.Context(), staff, ids[2], changed); fault.From(err).Code != "carrier_again" {
			t.Errorf("another server for the same password: %v", err)
		}
		if err := o.Remove(t.Context(), staff, ids[1]); fault.KindOf(err) != fault.NotFound {
			t.Errorf("what is gone already: %v", err)
		}
	})
}

func TestNobodyButStaffKeepsCarriers(t *testing.T) {
	o := office(t, mustertest.Store(t))
	c, err := o.Add(t.Context(), staff, relay("a"))
	if err != nil {
		t.Fatal(err)
	}
	admin := actor.Actor{Kind: actor.Person, Org: id.New[id.Org](), Person: id.New[id.Person](), Roles: []actor.Membership{{Role: actor.Administrator}}}
	program := actor.Actor{Kind: actor.Program, Org: identity.Provider, Token: id.New[id.Token](), Roles: admin.Roles}
	for _, who := range []actor.Actor{admin, program} {
		_, list := o.List(t.Context(), who)
		_, get := o.Get(t.Context(), who, c.ID)
		_, sums := o.Sums(t.Context(), who)
		_, add := o.Add(t.Context(), who, relay("b"))
		for what, err := range map[string]error{
			"list": list, "get": get, "sums": sums, "add": add, "change": o.Change(t.Context(), who, c.ID, relay("b")),
			"switch": o.Switch(t.Context(), who, c.ID, false), "lead": o.Lead(t.Context(), who, c.ID), "remove": o.Remove(t.Context(), who, c.ID),
		} {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s may %s: %v", who.Kind, what, err)
			}
		}
	}
	if got := names(t, o); got != "a" {
		t.Errorf("%q", got)
	}
}

// What is given away nowhere: neither by what is read, nor by the book, nor by
// the rows themselves.
func TestASecretComesBackNowhere(t *testing.T) {
	s := mustertest.Store(t)
	o := office(t, s)
	c, err := o.Add(t.Context(), staff, relay("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Change(t.Context(), staff, c.ID, relay("b")); err != nil {
		t.Fatal(err)
	}
	all, err := o.List(t.Context(), staff)
	if err != nil {
		t.Fatal(err)
	}
	one, err := o.Get(t.Context(), staff, c.ID)
	if err != nil || !one.Kept[setting.Password] {
		t.Fatalf("%+v, %v", one, err)
	}
	var book bytes.Buffer
	err = s.View(t.Context(), identity.Provider, func(tx *store.Tx) error {
		entries, err := ledger.List(tx, ledger.Filter{Limit: 100})
		if err != nil {
			return err
		}
		if len(entries) != 2 {
			t.Errorf("%d entries, want 2", len(entries))
		}
		return json.NewEncoder(&book).Encode(entries)
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"list": fmt.Sprint(all), "get": fmt.Sprint(one), "added": fmt.Sprint(c), "book": book.String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", what, text)
		}
	}
	stranger := office(t, s) // with another key
	all, err = stranger.List(t.Context(), staff)
	if err != nil || len(all) != 1 || !all[0].Unreadable || all[0].Name != "b" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := stranger.Change(t.Context(), staff, c.ID, relay("c")); err != nil {
		t.Errorf("it cannot be entered anew: %v", err)
	}
}

func TestTalliesAddUp(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := office(t, s)
		now := s.Now()
		tally := func(at time.Time, what, sort string, n int) carrier.Tally {
			return carrier.Tally{Minute: at, Carrier: "car_1", Channel: "sms", What: what, Sort: sort, N: n, Last: at}
		}
		for range 2 {
			if err := o.Count(t.Context(), []carrier.Tally{
				tally(now, carrier.Taken, "", 1),
				tally(now.Truncate(time.Minute).Add(-time.Second), carrier.Taken, "", 10),
				tally(now.Add(-30*time.Minute), carrier.Taken, "", 100),
				tally(now.Add(-3*time.Hour), carrier.Taken, "", 1000),
				tally(now.Add(-25*time.Hour), carrier.Taken, "", 10000),
				tally(now, carrier.After, carrier.Band(3*time.Second), 8),
				tally(now, carrier.After, carrier.Band(20*time.Second), 2),
			}); err != nil {
				t.Fatal(err)
			}
		}
		sums, err := o.Sums(t.Context(), staff)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range sums {
			if got.What == carrier.Taken && (got.Minute != 20 || got.Hour != 222 || got.Day != 2222 || !got.Last.Equal(now)) {
				t.Errorf("%+v", got)
			}
		}
		if d, more, ok := carrier.Typical(sums, "car_1", "sms"); d != 30*time.Second || more || !ok {
			t.Errorf("%v %v %v", d, more, ok)
		}
	})
}

func TestATestIsInTheBookAndNotTooOften(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := office(t, s)
		trial := carrier.Trial{Carrier: "smpp", Name: "Centre", Channel: "sms", To: "+358401234567"}
		other := staff
		other.Staff = id.New[id.Staff]()
		for range 10 {
			if err := o.Try(t.Context(), staff, trial); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Try(t.Context(), staff, trial); fault.KindOf(err) != fault.Limited {
			t.Errorf("the eleventh: %v", err)
		}
		trial.To = "olga.operator@provider.example"
		if err := o.Try(t.Context(), other, trial); err != nil {
			t.Errorf("of somebody else: %v", err)
		}
		err := s.View(t.Context(), identity.Provider, func(tx *store.Tx) error {
			all, err := ledger.List(tx, ledger.Filter{Kind: "carrier.tested"})
			if len(all) != 11 || all[0].Facts["To"] != "o…@provider.example" || all[1].Facts["To"] != "+35…567" {
				t.Errorf("%+v", all)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
