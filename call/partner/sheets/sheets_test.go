package sheets_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/xuri/excelize/v2"

	"muster/call/partner/enrol"
	"muster/call/partner/sheets"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// office is a customer in Germany with a partner.
type office struct {
	*town.Town
	t     *testing.T
	org   *town.Organisation
	house *town.Organisation
	in    sheets.Intake
	clerk enrol.Clerk
}

func onBoth(t *testing.T, test func(t *testing.T, o *office)) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := &office{Town: town.New(t, s), t: t}
		o.org, o.house = o.Organisation("Stadtwerk"), o.Partner("Nordwacht")
		err := roster.UpdateOrganisation(t.Context(), s, o.org.Admin.Actor, roster.Organisation{
			Name: "Stadtwerk", Country: "DE", TimeZone: "Europe/Berlin", Language: "de",
		})
		if err != nil {
			t.Fatal(err)
		}
		o.org.Connect(o.house)
		o.in, o.clerk = sheets.Intake{Store: s, Keys: o.Keys}, enrol.Clerk{Store: s, Keys: o.Keys}
		test(t, o)
	})
}

func (o *office) prepare(data []byte) id.Import {
	o.t.Helper()
	up, err := o.in.Prepare(o.t.Context(), o.org.Admin.Actor, "enrolment.xlsx", data)
	if err != nil {
		o.t.Fatal(err)
	}
	return up
}

func (o *office) look(up id.Import) sheets.Plan {
	o.t.Helper()
	p, err := o.in.Look(o.t.Context(), o.org.Admin.Actor, up)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func TestSS2AForeignSheetComesThroughWithThePersonsHelp(t *testing.T) {
	data, err := os.ReadFile("../../../roster/sheet/testdata/enrolment-de.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	onBoth(t, func(t *testing.T, o *office) {
		up := o.prepare(data)
		p := o.look(up)
		unknown := ""
		for _, c := range p.Columns {
			if c.Means == "" {
				unknown += c.Letter + " " + c.Text + "; "
			}
		}
		if unknown != "J Kennzeichen; " {
			t.Errorf("nobody knows %q", unknown)
		}
		if err := o.in.Match(t.Context(), o.org.Admin.Actor, up, map[string]sheets.Means{"J": sheets.New}); err != nil {
			t.Fatal(err)
		}
		p = o.look(up)
		bad := map[int]string{}
		for _, r := range p.Rows {
			if r.What == sheets.Bad {
				bad[r.Number] = string(r.Bad[0].Field) + " " + r.Bad[0].Code
			}
		}
		want := map[int]string{6: "contacts contacts_few", 11: "contact 1 contact_is_worker", 16: "contacts contacts_same", 25: ""}
		for row, what := range want {
			if got, ok := bad[row]; !ok || what != "" && got != what {
				t.Errorf("row %d: %q, want %q", row, got, what)
			}
		}
		if len(bad) != len(want) || p.Count(sheets.Add) != 26 {
			t.Errorf("%d bad rows %v, %d to add", len(bad), bad, p.Count(sheets.Add))
		}
		// Nothing of it is taken in while a row is bad.
		_, err := o.in.Apply(t.Context(), o.org.Admin.Actor, up, false)
		if fault.From(err).Code != "import_bad_rows" {
			t.Errorf("applied with bad rows: %v", err)
		}
		seen, err := o.clerk.Look(t.Context(), o.org.Admin.Actor)
		if err != nil || len(seen.Rows) != 0 {
			t.Errorf("%d workers came of a sheet with bad rows, %v", len(seen.Rows), err)
		}

		up = o.prepare(mended(t, data))
		if err := o.in.Match(t.Context(), o.org.Admin.Actor, up, map[string]sheets.Means{"J": sheets.New}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.in.Apply(t.Context(), o.org.Admin.Actor, up, false); err != nil {
			t.Fatal(err)
		}
		seen, err = o.clerk.Look(t.Context(), o.org.Admin.Actor)
		if err != nil {
			t.Fatal(err)
		}
		words, plates := 0, 0
		for _, r := range seen.Rows {
			if len(r.Enrolment.Facts.Contacts) < 2 || r.Word != enrol.Unconfirmed || !r.OnRoster {
				t.Errorf("%s is %+v", r.Name, r)
			}
			if r.Enrolment.Word {
				words++
			}
			if r.Enrolment.Facts.Fields["kennzeichen"] != "" {
				plates++
			}
		}
		if words == 0 || plates == 0 || len(seen.Changes) != len(seen.Rows) {
			t.Errorf("%d words, %d plates, %d changes of %d workers", words, plates, len(seen.Changes), len(seen.Rows))
		}

		// The same sheet again changes nothing, and now every column is known.
		again := o.look(o.prepare(mended(t, data)))
		if n := again.Count(sheets.Same); n != len(seen.Rows) || again.Columns[9].Means != "fields.kennzeichen" {
			t.Errorf("taken in again: %d of %d the same, plates are %q", n, len(seen.Rows), again.Columns[9].Means)
		}
	})
}

// mended takes the bad rows out of the sample, as whoever sent it would.
func mended(t *testing.T, data []byte) []byte {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int{25, 16, 11, 6} {
		if err := book.RemoveRow(book.GetSheetName(0), row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSS2TheTemplateIsReadBackInEveryLanguage(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		form := []enrol.Field{{Label: "Fahrzeug", Choices: []string{"Auto", "Rad"}}, {Label: "Kennzeichen"}}
		if err := o.clerk.SetForm(t.Context(), o.org.Admin.Actor, form); err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"en", "de", "fr", "it", "fi", "pl", "ru"} {
			var b bytes.Buffer
			err := o.Store.View(t.Context(), o.org.ID, func(tx *store.Tx) error {
				b.Reset()
				return sheets.Template(tx, &b, lang, []string{"Note"})
			})
			if err != nil {
				t.Fatal(err)
			}
			filled := fill(t, b.Bytes(), []string{
				"Anna Schmidt", "anna." + lang + "@good.test", "+49 171 5555" + "00" + string('0'+rune(len(lang))) + "1", lang,
				"Bo Schmidt", "+49 171 5555551", "Cy Schmidt", "+49 171 5555552", "", "", "+49 171 5555553", "Nordwind", "Rad", "B-XY 1",
			})
			p := o.look(o.prepare(filled))
			if p.Fault != nil || len(p.Rows) != 1 || p.Rows[0].What != sheets.Add {
				t.Errorf("%s: %v %+v", lang, p.Fault, p.Rows)
				continue
			}
			d := p.Rows[0].Draft
			if len(d.Contacts) != 2 || len(d.Out) != 1 || d.Word == nil || d.Fields["fahrzeug"] != "Rad" || d.Fields["kennzeichen"] != "B-XY 1" {
				t.Errorf("%s: read back as %+v", lang, d)
			}
		}
	})
}

// fill writes one row into a template, after making sure that it offers lists.
func fill(t *testing.T, data []byte, cells []string) []byte {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	name := book.GetSheetName(0)
	if lists, err := book.GetDataValidations(name); err != nil || len(lists) != 2 {
		t.Errorf("the template offers %d lists, %v", len(lists), err)
	}
	if err := book.SetSheetRow(name, "A2", &cells); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSS2OnlyAdministratorsAndOnlyTheirOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		data := []byte("Name;E-Mail;Mobil;Kontakt 1 Name;Kontakt 1 Telefon;Kontakt 2 Name;Kontakt 2 Telefon\nAnna Schmidt;anna@good.test;0171 5555550;Bo Schmidt;0171 5555551;Cy Schmidt;0171 5555552\n")
		monitor := o.org.Monitor("Mikko")
		if _, err := o.in.Prepare(t.Context(), monitor.Actor, "x.csv", data); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor: %v", err)
		}
		up := o.prepare(data)
		if _, err := o.in.Look(t.Context(), o.house.Admin.Actor, up); fault.From(err).Code != "import_expired" {
			t.Errorf("another organisation: %v", err)
		}
		if _, err := o.in.Apply(t.Context(), o.org.Admin.Actor, up, false); err != nil {
			t.Fatal(err)
		}
		if _, err := o.in.Apply(t.Context(), o.org.Admin.Actor, up, false); fault.From(err).Code != "import_expired" {
			t.Errorf("twice: %v", err)
		}
		// Who is not in the next sheet is taken out only when that is asked for.
		up = o.prepare(bytes.ReplaceAll(data, []byte("anna@good.test;0171 5555550"), []byte("berta@good.test;0171 5555559")))
		if p := o.look(up); p.Count(sheets.Leave) != 1 || p.Count(sheets.Add) != 1 {
			t.Errorf("the next sheet adds %d and leaves %d", p.Count(sheets.Add), p.Count(sheets.Leave))
		}
		if _, err := o.in.Apply(t.Context(), o.org.Admin.Actor, up, true); err != nil {
			t.Fatal(err)
		}
		list, err := o.clerk.Inbox(t.Context(), o.house.Admin.Actor)
		if err != nil || len(list) != 3 || list[1].Kind == list[2].Kind {
			t.Errorf("the partner is asked about %d changes, %v", len(list), err)
		}
	})
}
