package sheet_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/fault"
	"muster/roster/sheet"
)

func TestBS8AnAddressBookOfAnyVersionIsRead(t *testing.T) {
	s := read(t, "contacts.vcf", sheet.Options{Country: "FR", Language: "fr"})
	want := []sheet.Entry{
		{Row: 1, Name: "Jörg Müller", Email: "joerg@stadtwerk.example", Mobile: "+491712345678"},
		{Row: 2, Name: "Anaïs Lefèvre avec un nom assez long pour être plié sur deux lignes", Email: "anais@atelier.example", Mobile: "+33612345678"},
		{Row: 3, Name: "Aino Mäkinen", Email: "aino@huolto.example", Mobile: "+358401234567", Language: "fi"},
	}
	if diff := cmp.Diff(want, s.Entries); diff != "" {
		t.Error(diff)
	}
}

func TestBS8CardsAsTelephonesWriteThem(t *testing.T) {
	card := func(lines ...string) string {
		return "BEGIN:VCARD\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCARD\r\n"
	}
	for name, c := range map[string]struct {
		file string
		want sheet.Entry
	}{
		"quoted lines go on": {
			card("VERSION:2.1", "N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=A4ki=", "nen;Aino", "TEL;CELL;PREF:0401234567", "TEL;WORK:091234567", "EMAIL;INTERNET:aino@good.example"),
			sheet.Entry{Row: 1, Name: "Aino Mäkinen", Email: "aino@good.example", Mobile: "+358401234567"},
		},
		"another alphabet": {
			card("VERSION:2.1", "FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:J=F6rg", "EMAIL;INTERNET:joerg@good.example", "TEL;CELL:0401234567"),
			sheet.Entry{Row: 1, Name: "Jörg", Email: "joerg@good.example", Mobile: "+358401234567"},
		},
		"small letters and a mark": {
			"\ufeff" + strings.ToLower(card("VERSION:3.0")[:11]) + "\nversion:3.0\nfn:aino\nitem2.email:a@good.example\ntel:0401234567\nend:vcard\n",
			sheet.Entry{Row: 1, Name: "aino", Email: "a@good.example", Mobile: "+358401234567"},
		},
		"a number for the office only": {
			card("VERSION:4.0", "FN:Aino", "TEL;VALUE=uri;TYPE=work:tel:+358401234567", "EMAIL:aino@good.example"),
			sheet.Entry{Row: 1, Name: "Aino", Email: "aino@good.example", Mobile: "+358401234567"},
		},
	} {
		s, err := sheet.Read([]byte(c.file), sheet.Options{Country: "FI", Language: "fi"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]sheet.Entry{c.want}, s.Entries); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestBS8ACardWithoutAnEndIsRefused(t *testing.T) {
	_, err := sheet.Read([]byte("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Aino\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Mikko\r\n"), sheet.Options{Country: "FI"})
	if f := fault.From(err); err == nil || f.Code != "card_broken" || f.Args["Card"] != 2 {
		t.Errorf("%v", err)
	}
}
