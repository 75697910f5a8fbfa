package contact_test

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"testing"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/roster"
	"muster/roster/contact"
	"muster/seal"
	"muster/store"
)

type world struct {
	*testing.T
	s    *store.Store
	keys *seal.Keys
	org  id.Org
	aino roster.Person
	self actor.Actor
}

func enter(t *testing.T, s *store.Store) world {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	w := world{T: t, s: s, keys: keys}
	staff := actor.Actor{Kind: actor.Staff, Staff: "stf_1", Name: "Sari", Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}
	w.org, err = roster.CreateOrganisation(t.Context(), s, keys, staff, roster.Organisation{
		Name: "Huolto", Country: "FI", TimeZone: "Europe/Helsinki", Language: "en",
	}, "", &roster.NewPerson{Name: "Aino", Email: "aino@huolto.example", Mobile: "0401234567"})
	if err != nil {
		t.Fatal(err)
	}
	w.refresh()
	return w
}

func (w *world) refresh() {
	w.Helper()
	w.view(func(tx *store.Tx) error {
		people, err := roster.List(tx, roster.Filter{})
		if err == nil {
			w.aino = people[0]
		}
		return err
	})
	w.self = actor.Actor{Kind: actor.Person, Org: w.org, Person: w.aino.Person, Name: w.aino.Name}
}

func (w *world) view(fn func(tx *store.Tx) error) {
	w.Helper()
	if err := w.s.View(w.Context(), w.org, fn); err != nil {
		w.Fatal(err)
	}
}

// bounces has a carrier call an address dead, of a message tried now.
func (w *world) bounces(p roster.Point, why dead.Why) {
	w.Helper()
	err := w.s.Do(w.Context(), w.org, func(tx *store.Tx) error {
		return contact.Bounced(tx, deliver.Attempt{Channel: p.Channel, Address: p.Address, Code: "x; 1", At: tx.Now()}, why)
	})
	if err != nil {
		w.Fatal(err)
	}
}

// sent is the newest verification message, and its code as a reader sees it.
func (w *world) sent() (m deliver.Message, code string) {
	w.Helper()
	w.view(func(tx *store.Tx) error {
		all, err := deliver.Latest(tx, 10)
		if err == nil {
			m = all[slices.IndexFunc(all, func(m deliver.Message) bool { return m.Purpose == "contact_verify" })]
		}
		return err
	})
	plain, err := w.keys.Open("deliver.message", m.Sealed)
	if err != nil {
		w.Fatal(err)
	}
	var facts map[string]string
	if err := json.Unmarshal(plain, &facts); err != nil {
		w.Fatal(err)
	}
	return m, facts["Code"]
}

func TestBS6CodeConfirmsAnAddress(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		point := w.aino.Points[1]
		start := func() error {
			return contact.StartVerification(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID)
		}
		confirm := func(code string) error {
			return contact.Confirm(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID, code)
		}
		if err := confirm("123456"); fault.From(err).Code != "code_expired" {
			t.Errorf("a code that was never sent: %v", err)
		}
		if err := start(); err != nil {
			t.Fatal(err)
		}
		if err := start(); fault.KindOf(err) != fault.Limited {
			t.Errorf("a second code at once: %v", err)
		}
		m, code := w.sent()
		if !regexp.MustCompile(`^\d{6}$`).MatchString(code) || m.Route[0].Address != "+358401234567" || m.Lane != deliver.Duty {
			t.Fatalf("code %q in %+v", code, m)
		}
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		if err := confirm(wrong); fault.From(err).Code != "code_wrong" || fault.From(err).Args["Count"] != 4 {
			t.Errorf("a wrong code: %v", err)
		}
		if err := confirm(code[:3] + " " + code[3:]); err != nil {
			t.Fatal(err)
		}
		if w.refresh(); !w.aino.Points[1].Verified() || w.aino.Points[0].Verified() {
			t.Errorf("points %+v", w.aino.Points)
		}
		if err := confirm(code); fault.From(err).Code != "code_expired" {
			t.Errorf("the code twice: %v", err)
		}
		if err := start(); fault.From(err).Code != "already_done" {
			t.Errorf("confirmed already: %v", err)
		}
		mobile := "0401234568"
		admin := w.self
		admin.Roles = w.aino.Roles
		if err := roster.UpdatePerson(t.Context(), s, w.keys, admin, w.aino.Person, roster.Change{Mobile: &mobile}); err != nil {
			t.Fatal(err)
		}
		if w.refresh(); w.aino.Points[1].Verified() {
			t.Error("a new number is confirmed by the old one's code")
		}
	})
}

func TestCodeCannotBeGuessed(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		point := w.aino.Points[0]
		if err := contact.StartVerification(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID); err != nil {
			t.Fatal(err)
		}
		_, code := w.sent()
		for range 5 {
			if err := contact.Confirm(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID, "12"); fault.From(err).Code != "code_wrong" {
				t.Fatal(err)
			}
		}
		if err := contact.Confirm(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID, code); fault.From(err).Code != "code_expired" {
			t.Errorf("the right code after five wrong ones: %v", err)
		}
	})
}

func TestBS6LinkConfirmsAnAddress(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		point := w.aino.Points[0]
		if err := contact.StartVerification(t.Context(), s, w.keys, w.self, w.aino.Person, point.ID); err != nil {
			t.Fatal(err)
		}
		m, _ := w.sent()
		from := netip.MustParseAddr("203.0.113.5")
		for range 2 { // twice is the same as once
			if err := contact.ConfirmByLink(t.Context(), s, w.org, m.ID, from); err != nil {
				t.Fatal(err)
			}
		}
		if w.refresh(); !w.aino.Points[0].Verified() {
			t.Error("not confirmed")
		}
		mail := "other@huolto.example"
		admin := w.self
		admin.Roles = w.aino.Roles
		if err := roster.UpdatePerson(t.Context(), s, w.keys, admin, w.aino.Person, roster.Change{Email: &mail}); err != nil {
			t.Fatal(err)
		}
		if err := contact.ConfirmByLink(t.Context(), s, w.org, m.ID, from); fault.From(err).Code != "link_expired" {
			t.Errorf("the old address's link: %v", err)
		}
		if err := contact.ConfirmByLink(t.Context(), s, w.org, "msg_x", from); fault.KindOf(err) != fault.NotFound {
			t.Errorf("no such message: %v", err)
		}
	})
}

func TestOA1EachPersonChoosesWhereAlarmsGo(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		p, err := contact.Add(t.Context(), s, w.self, w.aino.Person, roster.Email, "Aino@Koti.example", false)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ channel, to, code string }{
			{"pigeon", "x", "channel_unknown"},
			{roster.SMS, "12345", "phone_invalid"},
			{roster.Email, "aino(at)koti", "email_form"},
			{roster.Email, "aino@koti.example", "taken"},
		} {
			if _, err := contact.Add(t.Context(), s, w.self, w.aino.Person, c.channel, c.to, true); fault.From(err).Code != c.code {
				t.Errorf("%s %s: %v, want %s", c.channel, c.to, err, c.code)
			}
		}
		first, second := w.aino.Points[0].ID, w.aino.Points[1].ID
		settings := []contact.Setting{{second, true}, {p.ID, true}, {first, false}}
		if err := contact.Arrange(t.Context(), s, w.self, w.aino.Person, settings[:2]); fault.From(err).Code != "contact_points_differ" {
			t.Errorf("one forgotten: %v", err)
		}
		if err := contact.Arrange(t.Context(), s, w.self, w.aino.Person, settings); err != nil {
			t.Fatal(err)
		}
		w.refresh()
		wanted, rest := w.aino.Routes()
		if len(wanted) != 2 || wanted[0].Channel != roster.SMS || wanted[1].Address != "aino@koti.example" || len(rest) != 1 {
			t.Errorf("wanted %v, rest %v", wanted, rest)
		}
		for i := range settings {
			settings[i].Alarms = false
		}
		if err := contact.Arrange(t.Context(), s, w.self, w.aino.Person, settings); err != nil {
			t.Fatal(err)
		}
		w.refresh()
		if wanted, _ := w.aino.Routes(); len(wanted) != 3 {
			t.Error("who wants alarms nowhere is not reached at all")
		}
		if err := contact.Remove(t.Context(), s, w.self, w.aino.Person, first); err != nil {
			t.Error(err)
		}
		if err := contact.Remove(t.Context(), s, w.self, w.aino.Person, p.ID); fault.From(err).Code != "last_contact_point" {
			t.Errorf("the address for signing in: %v", err)
		}
		other := actor.Actor{Kind: actor.Person, Org: w.org, Person: "per_other"}
		if err := contact.Remove(t.Context(), s, other, w.aino.Person, p.ID); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("somebody else's address: %v", err)
		}
	})
}
