package roster_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

var staff = actor.Actor{Kind: actor.Staff, Staff: "stf_1", Name: "Sari", Door: actor.Board, Support: actor.Support{Positions: []actor.Position{actor.Director}, Stands: true}}

func keys(t testing.TB) *seal.Keys {
	t.Helper()
	k, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// world is an organisation with its first administrator, who acts.
type world struct {
	*testing.T
	s     *store.Store
	keys  *seal.Keys
	org   id.Org
	admin actor.Actor
}

func found(t *testing.T, s *store.Store, name string) world {
	t.Helper()
	w := world{T: t, s: s, keys: keys(t)}
	org, err := roster.CreateOrganisation(t.Context(), s, w.keys, staff, roster.Organisation{
		Name: name, Country: "FI", TimeZone: "Europe/Helsinki", Language: "fi",
	}, "", &roster.NewPerson{Name: "Ylermi Ylläpitäjä", Email: "yl@" + strings.ToLower(name) + ".example"})
	if err != nil {
		t.Fatal(err)
	}
	w.org = org
	people := w.list(roster.Filter{})
	w.admin = actorOf(org, people[0])
	return w
}

func actorOf(org id.Org, p roster.Person) actor.Actor {
	return actor.Actor{Kind: actor.Person, Org: org, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.Board}
}

func (w world) view(fn func(tx *store.Tx) error) {
	w.Helper()
	if err := w.s.View(w.Context(), w.org, fn); err != nil {
		w.Fatal(err)
	}
}

func (w world) list(f roster.Filter) (people []roster.Person) {
	w.Helper()
	w.view(func(tx *store.Tx) (err error) {
		people, err = roster.List(tx, f)
		return err
	})
	return people
}

func (w world) add(n roster.NewPerson) roster.Person {
	w.Helper()
	p, err := roster.AddPerson(w.Context(), w.s, w.keys, w.admin, n)
	if err != nil {
		w.Fatal(err)
	}
	return w.find(p.Person)
}

func (w world) find(person id.Person) (p roster.Person) {
	w.Helper()
	w.view(func(tx *store.Tx) (err error) {
		p, err = roster.Find(tx, person)
		return err
	})
	return p
}

func (w world) firstWorkspace() (ws roster.Workspace) {
	w.Helper()
	w.view(func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		if err == nil {
			ws = all[0]
		}
		return err
	})
	return ws
}

func worker(name, mail, mobile string) roster.NewPerson {
	return roster.NewPerson{Name: name, Email: mail, Mobile: mobile, Roles: []actor.Membership{{Role: actor.Worker}}}
}

// faults are the "field code" of every fault in err.
func faults(err error) (all []string) {
	for _, f := range fault.All(err) {
		all = append(all, f.Field+" "+f.Code)
	}
	return all
}

func TestWK1StaffSetUpAnOrganisation(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		w.view(func(tx *store.Tx) error {
			o, err := roster.Get(tx)
			if err != nil {
				return err
			}
			if o.ID != w.org || o.Repeat.Seconds() != 120 || o.Reopen.Seconds() != 900 || o.CheckIn == 0 || o.Tag() != "fi" {
				t.Errorf("organisation %+v", o)
			}
			log, err := ledger.List(tx, ledger.Filter{})
			if err != nil {
				return err
			}
			var kinds []string
			for _, r := range log {
				kinds = append(kinds, r.Kind)
			}
			if want := []string{"person.added", "workspace.added", "organisation.created"}; !slices.Equal(kinds, want) {
				t.Errorf("the book says %q", kinds)
			}
			return nil
		})
		if ws := w.firstWorkspace(); ws.Name != "Kaikki" {
			t.Errorf("first workspace %q", ws.Name)
		}
		_, err := roster.CreateOrganisation(t.Context(), s, nil, w.admin, roster.Organisation{}, "", nil)
		if fault.KindOf(err) != fault.Forbidden {
			t.Errorf("an administrator set up an organisation: %v", err)
		}
		_, err = roster.CreateOrganisation(t.Context(), s, nil, staff, roster.Organisation{Country: "XX", TimeZone: "Mars", Language: "tlh", Grace: -1}, "", nil)
		want := []string{"name name_missing", "country country_unknown", "time_zone unknown_time_zone", "language unknown_language", "grace_seconds out_of_range"}
		if !slices.Equal(faults(err), want) {
			t.Errorf("bad organisation: %q", faults(err))
		}
	})
}

func TestSS3AddPerson(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		p := w.add(worker("  Aino Mäkinen ", "Aino@Huolto.example", "040 123 4567"))
		if p.Name != "Aino Mäkinen" || p.First(roster.Email) != "aino@huolto.example" || p.Phone() != "+358401234567" ||
			p.Language != "fi" || len(p.PIN) != 4 || !p.Active || p.Duress {
			t.Errorf("%+v", p)
		}
		if want := []actor.Membership{{Role: actor.Worker, Workspace: w.firstWorkspace().ID}}; !slices.Equal(p.Roles, want) {
			t.Errorf("roles %v: a worker works somewhere", p.Roles)
		}
		wanted, rest := p.Routes()
		if len(wanted) != 2 || len(rest) != 0 || wanted[0].Channel != roster.Email {
			t.Errorf("routes %v %v", wanted, rest)
		}
		for name, c := range map[string]struct {
			n    roster.NewPerson
			want []string
		}{
			"nothing":        {roster.NewPerson{}, []string{"name name_missing", "roles roles_missing"}},
			"worker alone":   {worker("Eero", "", ""), []string{"email email_missing", "mobile phone_missing"}},
			"no address":     {roster.NewPerson{Name: "Eero", Roles: []actor.Membership{{Role: actor.Monitor}}}, []string{"email email_missing"}},
			"bad addresses":  {worker("Eero", "eero(at)huolto", "12345"), []string{"email email_form", "mobile phone_invalid"}},
			"taken address":  {worker("Eero", "aino@huolto.example", "040 123 4568"), []string{"email taken"}},
			"strange role":   {roster.NewPerson{Name: "Eero", Roles: []actor.Membership{{Role: "wizard"}}}, []string{"roles role_unknown"}},
			"no such place":  {roster.NewPerson{Name: "Eero", Roles: []actor.Membership{{Role: actor.Monitor, Workspace: "wsp_x"}}}, []string{"roles workspace_unknown"}},
			"strange tongue": {roster.NewPerson{Name: "Eero", Email: "e@b.example", Language: "tlh", Roles: []actor.Membership{{Role: actor.Monitor}}}, []string{"language unknown_language"}},
		} {
			_, err := roster.AddPerson(t.Context(), s, w.keys, w.admin, c.n)
			if !slices.Equal(faults(err), c.want) {
				t.Errorf("%s: %q, want %q", name, faults(err), c.want)
			}
		}
		if n := len(w.list(roster.Filter{})); n != 2 {
			t.Errorf("%d people after refusals, want 2", n)
		}
	})
}

func TestOA10PINs(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		n := worker("Aino", "aino@huolto.example", "0401234567")
		n.PIN, n.DuressPIN = "12a", "9876"
		p := w.add(n)
		if p.PIN != "12A" || !p.Duress {
			t.Errorf("PIN %q, duress %v", p.PIN, p.Duress)
		}
		w.view(func(tx *store.Tx) error {
			for typed, want := range map[string]bool{"9876": true, " 9876 ": true, "12A": false, "987": false, "": false} {
				got, err := roster.IsDuress(tx, w.keys, p.Person, typed)
				if err != nil || got != want {
					t.Errorf("duress by %q: %v, %v", typed, got, err)
				}
			}
			return nil
		})
		second := worker("Eero", "eero@huolto.example", "0401234568")
		second.PIN = "12A"
		if _, err := roster.AddPerson(t.Context(), s, w.keys, w.admin, second); !slices.Equal(faults(err), []string{"pin taken"}) {
			t.Errorf("same PIN twice: %v", err)
		}
		second.PIN, second.DuressPIN = "7777", "7777"
		if _, err := roster.AddPerson(t.Context(), s, w.keys, w.admin, second); !slices.Equal(faults(err), []string{"duress_pin duress_pin_same"}) {
			t.Errorf("duress PIN same as PIN: %v", err)
		}
		pin := "9876"
		err := roster.UpdatePerson(t.Context(), s, w.keys, w.admin, p.Person, roster.Change{PIN: &pin})
		if fault.From(err).Code != "duress_pin_same" {
			t.Errorf("PIN changed to the duress PIN: %v", err)
		}
		none := ""
		if err := roster.UpdatePerson(t.Context(), s, w.keys, w.admin, p.Person, roster.Change{DuressPIN: &none, PIN: &pin}); err != nil {
			t.Error(err)
		}
		if p = w.find(p.Person); p.Duress || p.PIN != "9876" {
			t.Errorf("duress taken away: %+v", p)
		}
		seen := map[string]bool{}
		for i := range 60 {
			q := w.add(roster.NewPerson{Name: "P", Email: "p" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "@huolto.example", Roles: []actor.Membership{{Role: actor.Monitor}}})
			if seen[q.PIN] || len(q.PIN) != 4 {
				t.Fatalf("made PIN %q", q.PIN)
			}
			seen[q.PIN] = true
		}
	})
}

func TestUpdatePersonKeepsWhatIsNotSaid(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		p := w.add(worker("Aino", "aino@huolto.example", "0401234567"))
		name, mail, french := "Aino Berg", "berg@huolto.example", "fr"
		roles := []actor.Membership{{Role: actor.Monitor}, {Role: actor.Worker}}
		err := roster.UpdatePerson(t.Context(), s, w.keys, w.admin, p.Person, roster.Change{Name: &name, Email: &mail, Language: &french, Roles: &roles})
		if err != nil {
			t.Fatal(err)
		}
		q := w.find(p.Person)
		if q.Name != name || q.First(roster.Email) != mail || q.Phone() != p.Phone() || q.PIN != p.PIN || q.Language != "fr" || !q.Has(actor.Monitor) || !q.Has(actor.Worker) {
			t.Errorf("%+v", q)
		}
		if q.Points[0].ID != p.Points[0].ID {
			t.Error("the order of addresses changed")
		}
		empty := ""
		if err := roster.UpdatePerson(t.Context(), s, w.keys, w.admin, p.Person, roster.Change{Mobile: &empty}); !slices.Equal(faults(err), []string{"mobile phone_missing"}) {
			t.Errorf("a worker without a number: %v", err)
		}
		monitor := []actor.Membership{{Role: actor.Monitor}}
		if err := roster.UpdatePerson(t.Context(), s, w.keys, w.admin, p.Person, roster.Change{Email: &empty, Roles: &monitor}); err != nil {
			t.Fatal(err)
		}
		if q := w.find(p.Person); len(q.Points) != 1 || q.Points[0].Channel != roster.SMS {
			t.Errorf("points %v", q.Points)
		}
		none := []actor.Membership{{Role: actor.Worker}}
		if err := roster.UpdatePerson(t.Context(), s, w.keys, w.admin, w.admin.Person, roster.Change{Roles: &none}); !errors.Is(err, fault.New(fault.Invalid, "phone_missing")) && !errors.Is(err, fault.New(fault.Conflict, "last_administrator")) {
			t.Errorf("the last administrator gave up: %v", err)
		}
		if err := remove(t, s, w.admin, w.admin.Person); fault.From(err).Code != "last_administrator" {
			t.Errorf("the last administrator left: %v", err)
		}
	})
}

func TestWhoLeavesIsGoneFromEverything(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		n := worker("Aino", "aino@huolto.example", "0401234567")
		n.Roles = append(n.Roles, actor.Membership{Role: actor.Monitor})
		n.PIN, n.Employee = "4711", "E1"
		p := w.add(n)
		if err := remove(t, s, w.admin, p.Person); err != nil {
			t.Fatal(err)
		}
		w.view(func(tx *store.Tx) error {
			all, err := roster.EveryResponder(tx)
			if err != nil || len(all) != 1 {
				t.Errorf("responders %v, %v", all, err)
			}
			_, err = roster.IsDuress(tx, w.keys, p.Person, "1")
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("duress of who left: %v", err)
			}
			return nil
		})
		if q := w.find(p.Person); q.Active || q.Left.IsZero() || q.Name != "Aino" || len(q.Points)+len(q.Roles) > 0 || q.PIN != "" {
			t.Errorf("left behind: %+v", q)
		}
		if err := remove(t, s, w.admin, p.Person); fault.KindOf(err) != fault.NotFound {
			t.Errorf("left twice: %v", err)
		}
		if q := w.add(n); q.PIN != "4711" || q.Employee != "E1" {
			t.Errorf("PIN and number are not free again: %+v", q)
		}
		if left := w.list(roster.Filter{Left: true}); len(left) != 1 {
			t.Errorf("%d have left", len(left))
		}
	})
}

func TestOA1RespondersOfAWorkspace(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		north, err := roster.AddWorkspace(t.Context(), s, w.admin, "North", "Ring the gate first.")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := roster.AddWorkspace(t.Context(), s, w.admin, "NORTH", ""); !slices.Equal(faults(err), []string{"name taken"}) {
			t.Errorf("second North: %v", err)
		}
		add := func(name string, role actor.Role, ws id.Workspace) {
			w.add(roster.NewPerson{Name: name, Email: strings.ToLower(name) + "@huolto.example", Mobile: "0401234567", Roles: []actor.Membership{{Role: role, Workspace: ws}}})
		}
		w.add(roster.NewPerson{Name: "All", Email: "all@huolto.example", Roles: []actor.Membership{
			{Role: actor.Monitor}, {Role: actor.Monitor, Workspace: north.ID}, {Role: actor.Administrator},
		}})
		add("Nora", actor.Monitor, north.ID)
		add("Kai", actor.Monitor, w.firstWorkspace().ID)
		add("Work", actor.Worker, north.ID)
		names := func(f func(tx *store.Tx) ([]roster.Recipient, error)) (all []string) {
			w.view(func(tx *store.Tx) error {
				list, err := f(tx)
				for _, r := range list {
					all = append(all, r.Name)
				}
				return err
			})
			return all
		}
		if got := names(func(tx *store.Tx) ([]roster.Recipient, error) { return roster.Responders(tx, north.ID) }); !slices.Equal(got, []string{"All", "Nora"}) {
			t.Errorf("responders of North: %q", got)
		}
		if got := names(func(tx *store.Tx) ([]roster.Recipient, error) { return roster.Responders(tx, "") }); !slices.Equal(got, []string{"All"}) {
			t.Errorf("responders of the whole: %q", got)
		}
		if got := names(roster.EveryResponder); !slices.Equal(got, []string{"Ylermi Ylläpitäjä", "All", "Nora", "Kai"}) {
			t.Errorf("every responder: %q", got)
		}
	})
}

func TestListFindsAndPages(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		for _, name := range []string{"Äijö Åström", "Aino Berg", "100% Oy_n mies", "Aino Berg"} {
			w.add(roster.NewPerson{Name: name, Mobile: "0401234567", Roles: []actor.Membership{{Role: actor.Monitor}}})
		}
		for text, want := range map[string]int{"aijo": 1, "ÅSTR": 1, "0% o": 1, "%": 1, "_": 1, "berg": 2, "+35840": 4, "yl@huolto": 1, "nobody": 0, strings.Repeat("äijö", 100): 0, "": 5} {
			if got := w.list(roster.Filter{Text: text}); len(got) != want {
				t.Errorf("%q finds %d, want %d", text, len(got), want)
			}
		}
		var seen []id.Person
		for after := id.Person(""); ; {
			page := w.list(roster.Filter{After: after, Limit: 2})
			for _, p := range page {
				if slices.Contains(seen, p.Person) {
					t.Fatalf("%s comes twice", p.Name)
				}
				seen = append(seen, p.Person)
			}
			if len(page) < 2 {
				break
			}
			after = page[1].Person
		}
		if len(seen) != 5 {
			t.Errorf("pages hold %d people, want 5", len(seen))
		}
		if got := w.list(roster.Filter{Role: actor.Administrator}); len(got) != 1 {
			t.Errorf("%d administrators", len(got))
		}
	})
}

func TestWK10OthersDoNotManage(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w, other := found(t, s, "Huolto"), found(t, s, "Atelier")
		p := w.add(worker("Aino", "aino@huolto.example", "0401234567"))
		self, name := actorOf(w.org, p), "X"
		for what, err := range map[string]error{
			"worker adds":      second(roster.AddPerson(t.Context(), s, w.keys, self, worker("E", "e@b.example", "0401234568"))),
			"worker changes":   roster.UpdatePerson(t.Context(), s, w.keys, self, p.Person, roster.Change{Name: &name}),
			"worker removes":   remove(t, s, self, p.Person),
			"worker workspace": second(roster.AddWorkspace(t.Context(), s, self, "W", "")),
			"worker settles":   roster.UpdateOrganisation(t.Context(), s, self, roster.Organisation{Name: "X", Country: "FI", TimeZone: "UTC", Language: "fi"}),
		} {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := roster.UpdatePerson(t.Context(), s, w.keys, other.admin, p.Person, roster.Change{Name: &name}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another organisation's administrator: %v", err)
		}
		if err := roster.UpdateWorkspace(t.Context(), s, other.admin, w.firstWorkspace()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another organisation's workspace: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestOrganisationChangesReachEverybody(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := found(t, s, "Huolto")
		p := w.add(worker("Aino", "aino@huolto.example", "0401234567"))
		err := roster.UpdateOrganisation(t.Context(), s, w.admin, roster.Organisation{Name: "Entretien", Country: "FR", TimeZone: "Europe/Paris", Language: "fr"})
		if err != nil {
			t.Fatal(err)
		}
		if q := w.find(p.Person); q.Language != "fr" {
			t.Errorf("language %s", q.Language)
		}
		ws := w.firstWorkspace()
		ws.Instructions = "Appeler le portail."
		if err := roster.UpdateWorkspace(t.Context(), s, w.admin, ws); err != nil {
			t.Fatal(err)
		}
		if got := w.firstWorkspace(); got != ws {
			t.Errorf("%+v", got)
		}
	})
}
