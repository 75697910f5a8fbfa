package texting

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/call/word"
)

func TestTextsAreForgivenTheirSpelling(t *testing.T) {
	for text, want := range map[string]struct {
		verb  word.Verb
		loose string
	}{
		"1234 ok": {word.OK, "1234"}, "OK 1234": {word.OK, "1234"}, "  1234   Okay!! ": {word.OK, "1234"}, "1234ok": {word.OK, "1234"},
		"ok1234": {word.OK, "1234"}, "PIN 1234, ok please": {word.OK, "1234"}, "1234: I'm ok": {word.OK, "1234"}, "ab12 ok": {word.OK, "AB12"}, "Hi, 1234 ok, thank you": {word.OK, "1234"},
		"1234 start 60": {word.Start, "1234 60"}, "start 60 1234": {word.Start, "60 1234"}, "START60 1234": {word.Start, "60 1234"},
		"1234 aloita 45 min": {word.Start, "1234 45"}, "1234 début 30": {word.Start, "1234 30"}, "1234 Debut": {word.Start, "1234"},
		"help": {word.Help, ""}, "HELP!!!": {word.Help, ""}, "1234 sos": {word.Help, "1234"}, "apua olen katolla, jalka poikki": {word.Help, ""},
		"à l’aide": {word.Help, ""}, "Ok no wait HELP": {word.Help, ""}, "au secours 1234": {word.Help, "1234"},
		"1234 end": {word.End, "1234"}, "lopeta 1234": {word.End, "1234"}, "1234 terminé": {word.End, "1234"},
		"1234 status": {word.Status, "1234"}, "tila 1234": {word.Status, "1234"}, "1234 état": {word.Status, "1234"},
		"1234 highrisk 10": {word.HighRisk, "1234 10"}, "1234 high risk 10": {word.HighRisk, "1234 10"}, "1234 High-Risk 10 minutes": {word.HighRisk, "1234 10"},
		"1234 haut risque 10": {word.HighRisk, "1234 10"}, "1234 riski 10": {word.HighRisk, "1234 10"},
		"": {}, "1234": {}, "hello there": {}, "1234 ok going home now": {"", ""}, "1234 done by whom?": {"", ""},
		strings.Repeat("ok ", 50): {},
	} {
		got := read(text)
		if got.verb != want.verb || got.verb != "" && strings.Join(got.loose, " ") != want.loose {
			t.Errorf("%q: %q %q, want %q %q", text, got.verb, got.loose, want.verb, want.loose)
		}
	}
}

func TestTimeOfDayInATextIsNeverAhead(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	came := time.Date(2026, 11, 22, 12, 40, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"1234 ok":       came,
		"1234 ok 12:31": time.Date(2026, 11, 22, 12, 31, 0, 0, zone),
		"1234 ok 12.31": time.Date(2026, 11, 22, 12, 31, 0, 0, zone),
		"12h31 1234 ok": time.Date(2026, 11, 22, 12, 31, 0, 0, zone),
		"1234 ok 23:58": time.Date(2026, 11, 21, 23, 58, 0, 0, zone),
	} {
		s := read(text)
		if got := s.made(came, zone); !got.Equal(want) || s.verb != word.OK || !slices.Equal(s.loose, []string{"1234"}) {
			t.Errorf("%q: %v, want %v (%q %q)", text, got, want, s.verb, s.loose)
		}
	}
}

func FuzzTextsNeverBreakTheReader(f *testing.F) {
	for _, s := range []string{"1234 ok", "HELP", "à l'aide", "\x00\xff", "1h1 ok ok ok", "İstanbul ok"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := read(text)
		if s.verb != word.Help && len(s.loose) > 0 && s.verb != "" && len(s.loose) > 2 {
			t.Errorf("%q: %d words left of a command", text, len(s.loose))
		}
		for _, c := range s.loose {
			if len(c) > 12 {
				t.Errorf("%q: %q is no PIN", text, c)
			}
			without(text, c)
		}
		came := time.Date(2026, 3, 29, 4, 0, 0, 0, time.UTC)
		if s.made(came, time.UTC).After(came) {
			t.Errorf("%q was written after it came", text)
		}
	})
}
