package deliver_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"muster/deliver"
	"muster/id"
)

func TestReplyCodesAreReadAsTheyAreWritten(t *testing.T) {
	k, form := keys(t), regexp.MustCompile(`^[A-Z][346789][A-Z346789]{2}$`)
	seen := map[string]bool{}
	for range 2_000 {
		m := deliver.Message{About: string(id.New[id.Alarm]())}
		code := m.ReplyCode(k, "+358401234567")
		if !form.MatchString(code) || strings.ContainsAny(code, "0O1IL5S2ZB") {
			t.Fatalf("code %q", code)
		}
		if got, ok := deliver.CodeLike([]string{"ok", strings.ToLower(code)}); !ok || got != code {
			t.Fatalf("%q is read as %q, %v", code, got, ok)
		}
		seen[code] = true
	}
	if len(seen) < 1_900 {
		t.Errorf("only %d codes in 2,000", len(seen))
	}
}

func TestOneCodeOrNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[A-Za-z0-9ÄÖé]{0,6}`)).Draw(t, "words")
		code, ok := deliver.CodeLike(words)
		n := 0
		for _, w := range words {
			if one, is := deliver.CodeLike([]string{w}); is {
				n++
				if ok && one != code {
					t.Fatalf("%q and %q", one, code)
				}
			}
		}
		if ok != (n == 1) {
			t.Fatalf("%d codes in %q: %v", n, words, ok)
		}
	})
}

func TestAnAttemptBelongsToItsMessageByItsID(t *testing.T) {
	m := deliver.Message{ID: id.New[id.Message]()}
	seen := map[id.Attempt]bool{}
	for stop := range 5 {
		for tries := range 200 {
			m.Stop, m.Tries = stop, tries
			a := m.AttemptID()
			if _, err := id.Parse[id.Attempt](string(a)); err != nil || seen[a] {
				t.Fatalf("attempt %s: %v", a, err)
			}
			seen[a] = true
		}
	}
}
