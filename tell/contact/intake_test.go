package contact_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/duty"
	"muster/roster/intake"
	"muster/roster/sheet"
	"muster/seal"
	"muster/store"
	"muster/tell/contact"
)

// book is an organisation whose contact persons come from elsewhere.
type book struct {
	*testing.T
	s    *store.Store
	org  *town.Organisation
	keys *seal.Keys
	site string // its workspace
}

func openBook(t *testing.T, s *store.Store) book {
	t.Helper()
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	b := book{T: t, s: s, org: town.New(t, s).Organisation("Harbour Works"), keys: keys}
	err = s.View(t.Context(), b.org.ID, func(tx *store.Tx) error {
		all, err := roster.Workspaces(tx)
		b.site = all[0].Name
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// aim makes who is new want all news of the service.
func aim() intake.Aim {
	return intake.Aim{Contacts: new(contact.Intake), Wanted: []sheet.News{{Category: "service"}}}
}

func (b book) prepare(data string) intake.Plan {
	b.Helper()
	p, err := aim().Prepare(b.Context(), b.s, b.org.Admin.Actor, "contacts", []byte(data), "en")
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (b book) apply(p intake.Plan, leave bool) {
	b.Helper()
	var may intake.MayLeave
	if leave {
		may = func(*store.Tx, id.Person) error { return nil }
	}
	if _, err := aim().Apply(b.Context(), b.s, b.keys, b.org.Admin.Actor, p.ID, may); err != nil {
		b.Fatal(err)
	}
}

// list is each contact person with what they want and whether they have a role.
func (b book) list() (out []string) {
	b.Helper()
	err := b.s.View(b.Context(), b.org.ID, func(tx *store.Tx) error {
		told, err := new(contact.Intake).Told(tx)
		if err != nil {
			return err
		}
		out = nil
		for person, t := range told {
			p, err := roster.Find(tx, person)
			if err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%s %s %d: %s", p.Name, p.First(roster.Email), len(p.Roles), sheet.DescribeNews(t.News, "en")))
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func sums(p intake.Plan) string {
	return fmt.Sprintf("add %d change %d same %d leave %d bad %d",
		p.Count(intake.Add), p.Count(intake.Change), p.Count(intake.Same), p.Count(intake.Leave), p.Count(intake.Bad))
}

func expect[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s:\n%v\nwant\n%v", what, got, want)
	}
}

// BS8, notices row 9: what would be added, changed and left is shown cell by
// cell before it is done, and the same sheet again changes nothing.
func TestBS8ASheetOfContactPersonsIsShownCellByCellAndTakenInOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := openBook(t, s)
		mikko := b.org.Monitor("Mikko")
		rows := "Name;E-mail;News;Role;PIN\n" +
			"Olga Salo;olga@harbour.test;Incidents (" + b.site + "), Contract;administrator;A1\n" +
			"Mikko;" + mikko.First(roster.Email) + ";;;\n" +
			"Ida;ida@harbour.test;Everything, Security;;\n"
		p := b.prepare(rows)
		expect(t, "the plan", sums(p), "add 2 change 1 same 0 leave 0 bad 0")
		expect(t, "left alone", p.Unread, []string{"Role", "PIN"})
		expect(t, "who was there", p.Rows[1].Differences, []intake.Difference{{Field: sheet.Told, New: "Service"}})
		expect(t, "before it is done", len(b.list()), 0)
		b.apply(p, false)
		want := []string{
			"Ida ida@harbour.test 0: All news",
			"Mikko " + mikko.First(roster.Email) + " 1: Service",
			"Olga Salo olga@harbour.test 0: Incidents (" + b.site + "), Contract",
		}
		expect(t, "the list", b.list(), want)
		again := b.prepare(rows)
		expect(t, "again", sums(again), "add 0 change 0 same 3 leave 0 bad 0")
		b.apply(again, true)
		expect(t, "the list again", b.list(), want)
	})
}

// Notices row 9: nothing is overwritten that was not shown, and what a sheet
// does not say stays as it was chosen.
func TestBS8ASheetOverwritesNothingSilently(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := openBook(t, s)
		b.apply(b.prepare("Name;E-mail;Mobile;News\nOlga Salo;olga@harbour.test;0401234567;Contract\n"), false)
		p := b.prepare("Name;E-mail;Mobile\nOlga Salo;o.salo@harbour.test;0401234567\n")
		expect(t, "what would change", p.Rows[0].Differences, []intake.Difference{{Field: sheet.Email, Old: "olga@harbour.test", New: "o.salo@harbour.test"}})
		other := b.prepare("Name;E-mail\nIda;ida@harbour.test\n")
		b.apply(p, false)
		expect(t, "the list", b.list(), []string{"Olga Salo o.salo@harbour.test 0: Contract"})
		_, err := aim().Apply(t.Context(), s, b.keys, b.org.Admin.Actor, other.ID, nil)
		expect(t, "shown before something else was done", fault.From(err).Code, "import_stale")
		_, err = intake.Look(t.Context(), s, b.org.Admin.Actor, other.ID, "en")
		expect(t, "looked at as people of the roster", fault.From(err).Code, "import_expired")
	})
}

// BS4: who stands for the organisation hands over; no sheet takes them away.
func TestBS4ASheetTakesNobodyOffWhoHasADuty(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := openBook(t, s)
		b.apply(b.prepare("Name;E-mail\nOlga Salo;olga@harbour.test\nIda;ida@harbour.test\n"), false)
		mikko, maija := b.org.Monitor("Mikko"), b.org.Monitor("Maija")
		if err := duty.Assign(t.Context(), s, b.org.Admin.Actor, duty.Technical, mikko.Person.Person, maija.Person.Person); err != nil {
			t.Fatal(err)
		}
		p := b.prepare("Name;E-mail\nIda;ida@harbour.test\n")
		expect(t, "the plan", sums(p), "add 0 change 0 same 1 leave 1 bad 0")
		b.apply(p, true)
		got := b.list()
		expect(t, "who is left", len(got), 3)
		if slices.ContainsFunc(got, func(one string) bool { return strings.HasPrefix(one, "Olga") }) {
			t.Errorf("who is not in the sheet stays: %v", got)
		}
	})
}

// BS8: address books in all three versions are taken in, and say where they
// are wrong.
func TestBS8AnAddressBookBecomesContactPersons(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		b := openBook(t, s)
		cards, err := os.ReadFile("../../roster/sheet/testdata/contacts.vcf")
		if err != nil {
			t.Fatal(err)
		}
		p := b.prepare(string(cards))
		var addresses []string
		for _, r := range p.Rows {
			addresses = append(addresses, r.Entry.Email+" "+sheet.DescribeNews(r.Entry.News, "en"))
		}
		expect(t, "the cards", addresses, []string{"joerg@stadtwerk.example Service", "anais@atelier.example Service", "aino@huolto.example Service"})
		bad := b.prepare("Name;E-mail;Mobile;News;Workspace\nIda;;;;\nOlga;olga@;;Gossip;\nEero;eero@harbour.test;;All;Nowhere\n")
		var codes []string
		for _, r := range bad.Rows {
			for _, x := range r.Bad {
				codes = append(codes, x.Column+" "+x.Code)
			}
		}
		expect(t, "bad cells", codes, []string{"B email_missing", "B email_form", "D category_unknown", "D workspace_unknown"})
		_, err = aim().Apply(t.Context(), s, b.keys, b.org.Admin.Actor, bad.ID, nil)
		expect(t, "with bad cells", fault.From(err).Code, "import_bad_rows")
		_, err = intake.Aim{Contacts: new(contact.Intake)}.Prepare(t.Context(), s, b.org.Admin.Actor, "x", cards, "en")
		expect(t, "without news", fault.From(err).Code, "contact_news")
	})
}

// Notices row 9: ten thousand rows come in, and once more change nothing; the
// log says how long it took, from the upload to the last contact person.
func TestBS8TenThousandContactPersonsComeInAndAgainChangeNothing(t *testing.T) {
	b := openBook(t, mustertest.Store(t))
	var rows strings.Builder
	rows.WriteString("Name;E-mail;Mobile;News\n")
	for i := range 10_000 {
		fmt.Fprintf(&rows, "P %d;p%d@harbour.test;040%07d;Incidents\n", i, i, i)
	}
	began := time.Now()
	b.apply(b.prepare(rows.String()), false)
	t.Logf("10,000 contact persons in %v", time.Since(began))
	began = time.Now()
	expect(t, "again", sums(b.prepare(rows.String())), "add 0 change 0 same 10000 leave 0 bad 0")
	t.Logf("looked at again in %v", time.Since(began))
}
