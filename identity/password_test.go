package identity

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/fault"
)

// cheap makes hashing quick for tests of what is around it.
func cheap(t *testing.T) {
	t.Helper()
	was := costNow
	costNow = cost{memory: 64, time: 1, lanes: 1}
	t.Cleanup(func() { costNow = was })
}

func TestPasswordHashHoldsItsCost(t *testing.T) {
	h := newHasher()
	stored, err := h.hash(t.Context(), "violet ladder otter")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(stored, want) {
		t.Errorf("stored %q, want it to begin with %q", stored, want)
	}
	for _, c := range []struct {
		password string
		ok       bool
	}{{"violet ladder otter", true}, {"violet ladder Otter", false}, {"", false}} {
		ok, stale, err := h.check(t.Context(), stored, c.password)
		if err != nil || ok != c.ok || stale {
			t.Errorf("%q: ok %v, stale %v, %v; want ok %v", c.password, ok, stale, err, c.ok)
		}
	}
}

func TestPasswordOfAnOlderCostIsStale(t *testing.T) {
	cheap(t)
	h := newHasher()
	stored, err := h.hash(t.Context(), "violet ladder otter")
	if err != nil {
		t.Fatal(err)
	}
	costNow.time++
	ok, stale, err := h.check(t.Context(), stored, "violet ladder otter")
	if err != nil || !ok || !stale {
		t.Errorf("ok %v, stale %v, %v; want a match that is stale", ok, stale, err)
	}
}

func TestTheSameKeysOnAnotherSystemAreTheSamePassword(t *testing.T) {
	cheap(t)
	h := newHasher()
	composed, decomposed := "caf\u00e9 p\u00e4iv\u00e4 otter", "cafe\u0301 pa\u0308iva\u0308 otter"
	stored, err := h.hash(t.Context(), composed)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := h.check(t.Context(), stored, decomposed); err != nil || !ok {
		t.Errorf("the decomposed spelling does not match: %v %v", ok, err)
	}
}

func TestNoPasswordMatchesNoHash(t *testing.T) {
	cheap(t)
	h := newHasher()
	for _, p := range []string{"", "x", "violet ladder otter"} {
		if ok, _, err := h.check(t.Context(), "", p); err != nil || ok {
			t.Errorf("%q let in where no password was set: %v", p, err)
		}
	}
}

// A flood waits in line up to a length, and beyond it hears so at once:
// memory is bounded by the few that run.
func TestAFloodOfSignInsIsBounded(t *testing.T) {
	h := newHasher()
	if cap(h.running) > 4 {
		t.Errorf("%d hashes at once take %d MiB", cap(h.running), cap(h.running)*19)
	}
	for range cap(h.running) {
		h.running <- struct{}{}
	}
	for range hashQueue {
		h.waiting <- struct{}{}
	}
	_, _, err := h.check(t.Context(), "", "x")
	if !errors.Is(err, fault.New(fault.Unavailable, "sign_in_busy")) {
		t.Errorf("one too many got %v, want busy", err)
	}
	<-h.waiting
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := h.check(ctx, "", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up waiting got %v", err)
	}
	if len(h.waiting) != hashQueue-1 {
		t.Errorf("%d wait, want who gave up to have left the line", len(h.waiting))
	}
}

func TestPasswordRules(t *testing.T) {
	about := []string{"Élise Martin-Dupont", "e.martin@kuljetus.fi"}
	for _, c := range []struct{ password, code string }{
		{"violet ladder otter", ""},
		{"kolme vihreää venettä", ""},
		{"Xk7#qTz9!mWp", ""},
		{"zpwk-vhqn-tmrd", ""},
		{"короткий, но нет", ""},
		{"short", "too_short"},
		{"elevenchars", "too_short"},
		{strings.Repeat("otter ladder ", 20), "too_long"},
		{"aaaaaaaaaaaaaaaa", "password_too_easy"},
		{"abababababababab", "password_too_easy"},
		{"password1234", "password_too_easy"},
		{"P4ssw0rd!P4ssw0rd!", "password_too_easy"},
		{"Salasana2026!", "password_too_easy"},
		{"MotDePasse2026", "password_too_easy"},
		{"qwertyuiop12", "password_too_easy"},
		{"azertyuiop!!1", "password_too_easy"},
		{"123456789012", "password_too_easy"},
		{"098765432109", "password_too_easy"},
		{"iloveyou-forever", "password_too_easy"},
		{"sunshineprincess", "password_too_easy"},
		{"Letmein-2026-Letmein", "password_too_easy"},
		{"elisemartindupont", "password_too_easy"},
		{"Elise.Dupont1987", "password_too_easy"},
		{"kuljetus-martin!", "password_too_easy"},
		{"welcomewelcomewelcome", "password_too_easy"},
		{"1qaz2wsx3edc", "password_too_easy"},
		{"\xff\xfe violet ladder", "too_long"},
	} {
		err := checkPassword(c.password, about...)
		if code := codeOf(err); code != c.code {
			t.Errorf("%q: %q, want %q", c.password, code, c.code)
		}
	}
}

// Whatever people hang on to a common stem, it stays guessable.
func TestDecoratedStemsAreRefused(t *testing.T) {
	stem := rapid.SampledFrom(commonWords)
	decoration := rapid.StringMatching(`[0-9!?.#*_-]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		word := stem.Draw(t, "stem")
		if rapid.Bool().Draw(t, "capital") {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		p := decoration.Draw(t, "before") + word + decoration.Draw(t, "after")
		if checkPassword(p) == nil {
			t.Fatalf("%q was accepted", p)
		}
	})
}

// The rules must not stand in the way of what password managers make.
func TestRandomPasswordsAreAccepted(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")), 20, 20, -1)
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		if p := letters.Draw(t, "password"); !few(p) && guessable(p, nil) {
			refused++
			if refused > 1 {
				t.Fatalf("%q was refused", p)
			}
		}
	})
}

func FuzzDecodeHash(f *testing.F) {
	f.Add(encodeHash(costNow, random(saltBytes), random(hashBytes)))
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$c3VtCg")
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, sum, err := decodeHash(s)
		if err != nil {
			return
		}
		if c.memory > costMost.memory || c.time > costMost.time || c.lanes > costMost.lanes || c.lanes == 0 {
			t.Errorf("%q asks for %+v", s, c)
		}
		if again, _, _, err := decodeHash(encodeHash(c, salt, sum)); err != nil || again != c {
			t.Errorf("%q does not survive being written again: %v", s, err)
		}
	})
}

func BenchmarkPasswordCheck(b *testing.B) {
	h := newHasher()
	for b.Loop() {
		if _, _, err := h.check(b.Context(), "", "violet ladder otter"); err != nil {
			b.Fatal(err)
		}
	}
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}
