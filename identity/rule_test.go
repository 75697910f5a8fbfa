package identity

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/id"
)

// However tries come, no stretch of time allows more of them than the burst
// and what was refilled meanwhile.
func TestBucketNeverAllowsTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := limit{"test", rapid.IntRange(1, 20).Draw(t, "burst"), time.Duration(rapid.IntRange(1, 600).Draw(t, "every")) * time.Second}
		start := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
		now, full := start, time.Time{}
		var allowed []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "tries") {
			now = now.Add(time.Duration(rapid.IntRange(0, 900_000).Draw(t, "pause")) * time.Millisecond)
			next, wait := l.take(full, now)
			if wait > 0 {
				if again, w := l.take(full, now.Add(wait)); w != 0 {
					t.Fatalf("waiting as told was not enough: %v more (%v)", w, again)
				}
				if next != full && !full.Before(now) {
					t.Fatal("a refused try was counted")
				}
				continue
			}
			full = next
			allowed = append(allowed, now)
			for i, first := range allowed {
				if most := l.burst + int(now.Sub(first)/l.every); len(allowed)-i > most {
					t.Fatalf("%d allowed within %v, at most %d may be", len(allowed)-i, now.Sub(first), most)
				}
			}
		}
	})
}

func TestNetworkIsWhatOneGuesserHas(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":                 "192.0.2.7",
		"::ffff:192.0.2.7":          "192.0.2.7",
		"2001:db8:1:2:aaaa::1":      "2001:db8:1:2::/64",
		"2001:db8:1:2:bbbb:cccc::9": "2001:db8:1:2::/64",
		"fe80::1%eth0":              "fe80::/64",
		"2001:db8:1:3:aaaa:bbbb::1": "2001:db8:1:3::/64",
	} {
		if got := network(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if network(netip.Addr{}) == network(netip.MustParseAddr("192.0.2.7")) {
		t.Error("no address counts as somebody's")
	}
}

func TestReadEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Aino.Virtanen@Example.FI ":             "aino.virtanen@example.fi",
		"a+b@example.org":                        "a+b@example.org",
		"":                                       "",
		"nobody":                                 "",
		"a@b\r\nBcc: c@d":                        "",
		"Aino <aino@example.fi>":                 "",
		`"a b"@example.org`:                      "",
		"a@" + strings.Repeat("b", 300) + ".org": "",
	} {
		_, folded, err := readEmail(in)
		if folded != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", in, folded, err, want)
		}
	}
}

func FuzzReadEmail(f *testing.F) {
	f.Add("aino@example.fi")
	f.Fuzz(func(t *testing.T, s string) {
		email, folded, err := readEmail(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(email, "\r\n\x00 <>") || len(email) > 254 {
			t.Errorf("%q was taken as %q", s, email)
		}
		if _, again, err := readEmail(folded); err != nil || again != folded {
			t.Errorf("%q folds to %q, which is no address", s, folded)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		idle, age time.Duration
		want      bool
	}{
		{0, 0, false},
		{12*time.Hour - time.Second, 48 * time.Hour, false},
		{12 * time.Hour, 48 * time.Hour, true},
		{0, 30*24*time.Hour - time.Second, false},
		{0, 30 * 24 * time.Hour, true},
	} {
		if got := ended(now.Add(-c.idle), now.Add(-c.age), now); got != c.want {
			t.Errorf("idle %v, old %v: ended %v", c.idle, c.age, got)
		}
	}
}

func TestCodesAreSixDigitsAndForgiving(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		c := newCode()
		if len(c) != 6 || strings.Trim(c, "0123456789") != "" {
			t.Fatalf("%q is not six digits", c)
		}
		seen[c] = true
	}
	if len(seen) < 150 {
		t.Errorf("200 codes, only %d different", len(seen))
	}
	for _, typed := range []string{"123456", " 123 456 ", "123-456", "12\u00a034 56"} {
		if got := readCode(typed); got != "123456" {
			t.Errorf("%q was read as %q", typed, got)
		}
	}
}

func TestRolesSurviveStorage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) actor.Membership {
			return actor.Membership{
				Workspace: id.Workspace(rapid.SampledFrom([]string{"", "wsp_a", `wsp_"b`}).Draw(t, "workspace")),
				Role:      rapid.SampledFrom([]actor.Role{actor.Worker, actor.Monitor, actor.Administrator}).Draw(t, "role"),
			}
		}), 0, 5).Draw(t, "roles")
		text, err := writeRoles(in)
		if err != nil {
			t.Fatal(err)
		}
		out, err := readRoles(text)
		if err != nil || len(out) != len(in) {
			t.Fatalf("%v came back as %v, %v", in, out, err)
		}
		for i := range in {
			if in[i] != out[i] {
				t.Fatalf("%v came back as %v", in, out)
			}
		}
	})
}

func TestTextFromBrowsersIsCut(t *testing.T) {
	if got := cut("abcä", 4); got != "abc" {
		t.Errorf("cut inside a letter: %q", got)
	}
	if got := cut("a\xffb", 10); got != "ab" {
		t.Errorf("broken text came through: %q", got)
	}
}
