package address_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/fault"
	"muster/roster/address"
)

type check struct{ in, want, code string }

func run(t *testing.T, what string, f func(string) (string, error), cases []check) {
	t.Helper()
	for _, c := range cases {
		got, err := f(c.in)
		code := ""
		if err != nil {
			code = fault.From(err).Code
		}
		if got != c.want || code != c.code {
			t.Errorf("%s(%q) = %q, %q; want %q, %q", what, c.in, got, code, c.want, c.code)
		}
	}
}

func TestSS3Name(t *testing.T) {
	run(t, "Name", address.Name, []check{
		{"  Oskari Korhonen\u00a0 ", "Oskari Korhonen", ""},
		{"Mu\u0308ller,\nJo\u0308rg", "Müller, Jörg", ""},
		{"Oz\u202egnp.exe", "Ozgnp.exe", ""},
		{"\ufeffA\u200bnna", "Anna", ""},
		{"می\u200cخواهم", "می\u200cخواهم", ""},
		{"Лёва Щукин", "Лёва Щукин", ""},
		{`=HYPERLINK("http://203.0.113.9/","Eve")`, `=HYPERLINK("http://203.0.113.9/","Eve")`, ""},
		{"", "", "name_missing"},
		{" \u00a0\u200b", "", "name_missing"},
		{"0401234567", "", "name_missing"},
		{"Bell\a", "", "name_unreadable"},
		{"J\ufffdrg", "", "name_unreadable"},
		{"bad\xff", "", "name_unreadable"},
		{strings.Repeat("ä", 121), "", "name_too_long"},
		{strings.Repeat("ä", 120), strings.Repeat("ä", 120), ""},
	})
}

func TestSS3Email(t *testing.T) {
	run(t, "Email", address.Email, []check{
		{" Aino.Makinen@Huolto.Example ", "aino.makinen@huolto.example", ""},
		{"Aino Mäkinen <aino@huolto.example>", "aino@huolto.example", ""},
		{"mailto:aino@huolto.example", "aino@huolto.example", ""},
		{"o'neil+work@site.co.uk", "o'neil+work@site.co.uk", ""},
		{"info@müller.example", "info@xn--mller-kva.example", ""},
		{"", "", "email_missing"},
		{"eero.astrom12(at)huolto.example", "", "email_form"},
		{"a@b@c.example", "", "email_form"},
		{"@huolto.example", "", "email_form"},
		{"a..b@huolto.example", "", "email_form"},
		{"a@localhost", "", "email_form"},
		{"a@127.0.0.1", "", "email_form"},
		{"a@-x.example", "", "email_form"},
		{"a@huolto.example, b@huolto.example", "", "email_form"},
		{"a@huolto.example\x00", "", "email_form"},
		{"ä@huolto.example", "", "email_form"},
		{strings.Repeat("a", 65) + "@huolto.example", "", "email_form"},
	})
}

func TestSS3Mobile(t *testing.T) {
	for country, cases := range map[string][]check{
		"FI": {
			{"040 686 5140", "+358406865140", ""},
			{"358401234567", "+358401234567", ""},
			{"401234567", "+358401234567", ""},
			{"+358 (0)40 555-0199", "+358405550199", ""},
			{"00358 40 1234567", "+358401234567", ""},
			{"tel:+358-40-1234567", "+358401234567", ""},
			{"+49 171 8782983", "+491718782983", ""},
			{"", "", "phone_missing"},
			{"12345", "", "phone_invalid"},
			{"+358 12345", "", "phone_invalid"},
			{"09 1234567", "", "phone_is_landline"},
			{"040 123 4567 ext. 3", "", "phone_form"},
			{"0800-FLOWERS", "", "phone_form"},
			{"040 1234567 / 050 1234567", "", "phone_invalid"},
			{"3.58E+11", "", "phone_rounded"},
			{"3,58401E+11", "", "phone_rounded"},
			{"4550123456", "", "phone_ambiguous"}, // 045 50123456, or +45 50 12 34 56
			{"045 50123456", "+3584550123456", ""},
		},
		"DE": {{"0171 0707979", "+491710707979", ""}, {"1718782983", "+491718782983", ""}, {"0171/5935510", "+491715935510", ""}},
		"FR": {{"06 46 16 77 80", "+33646167780", ""}, {"646167780", "+33646167780", ""}, {"06 91 01 94 37", "+33691019437", ""}, {"0123", "", "phone_invalid"}},
		"PL": {{"604 446 523", "+48604446523", ""}, {"48604446523", "+48604446523", ""}},
		"RU": {{"8 (939) 857-83-58", "+79398578358", ""}, {"00358401234567", "+358401234567", ""}},
	} {
		run(t, country, func(s string) (string, error) { return address.Mobile(s, country) }, cases)
	}
}

func TestPhoneTakesLandlineNotPremium(t *testing.T) {
	run(t, "Phone", func(s string) (string, error) { return address.Phone(s, "DE") }, []check{
		{"0800 1234567", "+498001234567", ""},
		{"030 901820", "+4930901820", ""},
		{"0900 1 123456", "", "phone_premium"},
	})
}

// What is taken once is taken again unchanged: the stored form is a fixed
// point, on which idempotent re-import rests.
func TestStoredFormIsFixedPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`(\+|00)?[0-9 ()-]{5,16}`),
			rapid.StringMatching(`[A-Za-z.+]{1,8}@[a-zäß]{1,5}\.[a-z]{2,4}`),
		).Draw(t, "s")
		country := rapid.SampledFrom([]string{"FI", "FR", "DE", "PL", "RU", "IT", "GB", "US"}).Draw(t, "country")
		for what, f := range map[string]func(string) (string, error){
			"Name":   address.Name,
			"Email":  address.Email,
			"Mobile": func(s string) (string, error) { return address.Mobile(s, country) },
			"Phone":  func(s string) (string, error) { return address.Phone(s, country) },
		} {
			once, err := f(s)
			if err != nil {
				continue
			}
			if twice, err := f(once); err != nil || twice != once {
				t.Fatalf("%s(%q) = %q, but again %q, %v", what, s, once, twice, err)
			}
		}
	})
}

func TestCountry(t *testing.T) {
	for c, want := range map[string]bool{"FI": true, "GB": true, "fi": false, "XX": false, "": false} {
		if got := address.Country(c); got != want {
			t.Errorf("Country(%q) = %v", c, got)
		}
	}
}
