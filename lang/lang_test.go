package lang

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"muster/fault"
)

func TestMatchFindsTheLanguageThatSuits(t *testing.T) {
	for _, c := range []struct {
		wanted []string
		want   Tag
	}{
		{[]string{"fi"}, Finnish},
		{[]string{"fr-CH, fr;q=0.9, en;q=0.8"}, French},
		{[]string{"en-US,en;q=0.5"}, English},
		{[]string{"de, fi;q=0.4"}, Finnish},
		{[]string{"fi-FI"}, Finnish},
		{[]string{"", "fr"}, French},
		{[]string{"xx", "fi"}, Finnish},
		{[]string{"fi", "fr"}, Finnish},
		{[]string{"ja"}, English},
		{[]string{"*"}, English},
		{[]string{"fi;;;q=x"}, English},
		{[]string{strings.Repeat("fi,", 400)}, English},
		{nil, English},
	} {
		if got := Match(c.wanted...); got != c.want {
			t.Errorf("Match(%q) = %s, want %s", c.wanted, got, c.want)
		}
	}
}

func TestParseTakesOnlyCompleteLanguages(t *testing.T) {
	if got, err := Parse("fi"); got != Finnish || err != nil {
		t.Errorf("Parse(fi) = %s, %v", got, err)
	}
	for _, code := range []string{"", "EN", "de", "fi-FI", strings.Repeat("x", 5000)} {
		_, err := Parse(code)
		if !errors.Is(err, fault.New(fault.Invalid, "unknown_language")) {
			t.Errorf("Parse(%.10q) = %v, want unknown_language", code, err)
		}
		if text := Fault(English, fault.From(err)); len(text) > 200 {
			t.Errorf("text for Parse(%.10q) quotes too much: %d bytes", code, len(text))
		}
	}
}

func TestTimesAreWrittenAsEachLanguageDoes(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 5, 9, 0, time.UTC)
	early := time.Date(2026, 2, 1, 7, 4, 3, 0, time.UTC)
	zones := map[Tag]string{English: "Europe/London", Finnish: "Europe/Helsinki", French: "Europe/Paris"}
	for _, c := range []struct {
		tag   Tag
		at    time.Time
		style Style
		want  string
	}{
		{English, at, Clock, "12:05"},
		{English, early, Clock, "07:04"},
		{English, at, Seconds, "12:05:09"},
		{English, at, Day, "22 Nov 2026"},
		{English, at, Short, "22 Nov 2026, 12:05"},
		{English, at, Exact, "22 Nov 2026, 12:05:09 (UTC)"},
		{English, at, Long, "Sunday 22 November 2026 at 12:05"},
		{Finnish, at, Clock, "klo 14.05"},
		{Finnish, early, Clock, "klo 9.04"},
		{Finnish, at, Seconds, "klo 14.05.09"},
		{Finnish, at, Day, "22.11.2026"},
		{Finnish, early, Day, "1.2.2026"},
		{Finnish, at, Short, "22.11.2026 klo 14.05"},
		{Finnish, at, Exact, "22.11.2026 klo 14.05.09 (UTC+2)"},
		{Finnish, at, Long, "sunnuntai 22. marraskuuta 2026 klo 14.05"},
		{French, at, Clock, "13 h 05"},
		{French, early, Clock, "8 h 04"},
		{French, at, Seconds, "13:05:09"},
		{French, at, Day, "22/11/2026"},
		{French, early, Day, "01/02/2026"},
		{French, at, Short, "22/11/2026 à 13 h 05"},
		{French, early, Long, "dimanche 1er février 2026 à 8 h 04"},
		{Finnish, time.Time{}, Short, "–"},
	} {
		loc, err := time.LoadLocation(zones[c.tag])
		if err != nil {
			t.Fatal(err)
		}
		if got := plain(c.tag.Time(c.at, loc, c.style)); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.tag, c.style, got, c.want)
		}
	}
}

func TestZoneTakesOnlyNamesOfPlaces(t *testing.T) {
	for range 2 { // read, then remembered
		loc, err := Zone("Europe/Helsinki")
		if err != nil || loc.String() != "Europe/Helsinki" {
			t.Errorf("%v, %v", loc, err)
		}
	}
	for _, name := range []string{"", "Local", "Helsinki", "../etc/passwd", "+02:00"} {
		if _, err := Zone(name); !errors.Is(err, fault.New(fault.Invalid, "unknown_time_zone")) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestZonesAreOffsets(t *testing.T) {
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"America/Chicago": "UTC−5", "Asia/Kolkata": "UTC+5:30", "Europe/London": "UTC+1", "UTC": "UTC",
	} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := zone(at.In(loc)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestDurationsAreShortAndRight(t *testing.T) {
	for _, c := range []struct {
		tag  Tag
		d    time.Duration
		want string
	}{
		{English, 0, "0 s"},
		{English, 45 * time.Second, "45 s"},
		{English, 999 * time.Millisecond, "0 s"},
		{English, 60 * time.Second, "1 min"},
		{English, 2*time.Hour + 5*time.Minute + 7*time.Second, "2 h 5 min"},
		{English, 2*time.Hour + 7*time.Second, "2 h"},
		{English, -90 * time.Second, "1 min 30 s"},
		{Finnish, 51 * time.Hour, "2 vrk 3 h"},
		{French, 72 * time.Hour, "3 j"},
	} {
		if got := plain(c.tag.Duration(c.d)); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.tag, c.d, got, c.want)
		}
	}
}

func TestRelativeKnowsBeforeAndAfter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		tag  Tag
		at   time.Time
		want string
	}{
		{English, now.Add(-4*time.Minute - 20*time.Second), "4 min ago"},
		{English, now.Add(500 * time.Millisecond), "now"},
		{English, now.Add(2*time.Hour + 3*time.Minute), "in 2 h"},
		{Finnish, now.Add(-4 * time.Minute), "4 min sitten"},
		{Finnish, now.Add(4 * time.Minute), "4 min kuluttua"},
		{French, now.Add(-4 * time.Minute), "il y a 4 min"},
		{French, now.Add(4 * time.Minute), "dans 4 min"},
		{English, time.Time{}, "–"},
	} {
		if got := plain(c.tag.Relative(c.at, now)); got != c.want {
			t.Errorf("%s: %q, want %q", c.tag, got, c.want)
		}
	}
}

func TestNumbersAreGroupedAsEachLanguageDoes(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{English.Number(12000), "12,000"},
		{Finnish.Number(12000), "12 000"},
		{French.Number(1234567), "1 234 567"},
		{English.Number(-5), "−5"},
		{English.Decimal(1.25, 1), "1.2"},
		{Finnish.Decimal(3.5, 2), "3,50"},
		{French.Decimal(1234.5, 1), "1 234,5"},
		{Tag("xx").Number(12000), "12,000"},
	} {
		if got := plain(c.got); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// plain makes spaces that do not break comparable with what an editor shows.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

func TestPluralsFollowTheLanguage(t *testing.T) {
	all, err := load(fstest.MapFS{
		"catalogue/x.en.json": {Data: []byte(`{"x.n": {"one": "{{.Count}} alarm", "other": "{{.Count}} alarms"}}`)},
		"catalogue/x.fr.json": {Data: []byte(`{"x.n": {"one": "{{.Count}} alarme", "many": "{{.Count}} d’alarmes", "other": "{{.Count}} alarmes"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tag  Tag
		n    int
		want string
	}{
		{English, 0, "0 alarms"},
		{English, 1, "1 alarm"},
		{English, 21, "21 alarms"},
		{French, 0, "0 alarme"},
		{French, 1, "1 alarme"},
		{French, 2, "2 alarmes"},
		{French, 1000000, "1 000 000 d’alarmes"},
	} {
		if got := plain(all[c.tag]["x.n"].write(c.tag, map[string]any{"Count": c.n})); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

func TestWhatIsMissingIsShownAnyhow(t *testing.T) {
	if got := French.Text("no.such.key", nil); got != "no.such.key" {
		t.Errorf("missing key: %q", got)
	}
	if got := Tag("xx").Text("fault.required", nil); got != English.Text("fault.required", nil) {
		t.Errorf("unknown language: %q", got)
	}
	if got := English.Text("fault.too_long", nil); !strings.Contains(got, "–") {
		t.Errorf("missing argument: %q", got)
	}
}

func TestBrokenCataloguesAreRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"logic in a text":   {"catalogue/x.en.json": {Data: []byte(`{"x.a": "{{if .X}}a{{end}}"}`)}},
		"open placeholder":  {"catalogue/x.en.json": {Data: []byte(`{"x.a": "{{.X"}`)}},
		"no such language":  {"catalogue/x.tlh.json": {Data: []byte(`{"x.a": "a"}`)}},
		"not JSON":          {"catalogue/x.en.json": {Data: []byte(`{`)}},
		"only a plural one": {"catalogue/x.en.json": {Data: []byte(`{"x.a": {"one": "a"}}`)}},
	} {
		if _, err := load(files); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFaultsSpeakEveryLanguage(t *testing.T) {
	f := fault.New(fault.Invalid, "too_long").With("Max", 2000)
	for tag, want := range map[Tag]string{English: "2,000", Finnish: "2 000", French: "2 000"} {
		if got := plain(Fault(tag, f)); !strings.Contains(got, want) {
			t.Errorf("%s: %q does not say %s", tag, got, want)
		}
	}
	refused := fault.New(fault.Forbidden, "refused").With("why", "fault.limited")
	if got, why := Fault(French, refused), French.Text("fault.limited", nil); !strings.Contains(got, why) {
		t.Errorf("%q does not say why: %q", got, why)
	}
	if got := Fault(Finnish, fault.New(fault.Expired, "code_without_text")); got != Finnish.Text("fault.expired", nil) {
		t.Errorf("unknown code: %q", got)
	}
}

func TestTextsMayBeWrittenFromManySidesAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				Finnish.Text("fault.too_long", map[string]any{"Max": 1000 + i, "Count": i})
				French.Decimal(float64(i)/3, 2)
				Match("fr-CH, fr;q=0.9")
			}
		})
	}
	wg.Wait()
}

func BenchmarkText(b *testing.B) {
	args := map[string]any{"Max": 2000}
	for b.Loop() {
		Finnish.Text("fault.too_long", args)
	}
}

func BenchmarkTime(b *testing.B) {
	at := time.Date(2026, 11, 22, 12, 5, 9, 0, time.UTC)
	for b.Loop() {
		Finnish.Time(at, time.UTC, Exact)
	}
}
