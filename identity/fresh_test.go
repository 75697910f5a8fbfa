package identity

import (
	"testing"
	"time"

	"muster/id"
)

// FL2: a sign-in counts as one of just now for a quarter of an hour, also where
// it is remembered, and one at the identity provider by when it asked there.
func TestFL2ASignInIsFreshForAQuarterOfAnHour(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		in := h.enter(h.hire(id.New[id.Org](), "Aino Virtanen", "aino@example.fi"))
		fresh := func() bool {
			who, _, err := h.SessionActor(t.Context(), in.Cookie)
			if err != nil {
				t.Fatal(err)
			}
			return who.Fresh
		}
		if !fresh() {
			t.Error("not fresh just after it")
		}
		time.Sleep(recent - time.Second)
		if !fresh() {
			t.Error("not fresh a second before it is over")
		}
		time.Sleep(2 * time.Second)
		if fresh() {
			t.Error("fresh for longer, since it was remembered")
		}
	})
	now := time.Now()
	for name, c := range map[string]struct {
		s    Session
		want bool
	}{
		"asked just now":                {Session{Staff: "stf_1", How: bySignOn, Created: now, Proved: now}, true},
		"asked an hour ago":             {Session{Staff: "stf_1", How: bySignOn, Created: now, Proved: now.Add(-time.Hour)}, false},
		"no second factor":              {Session{Staff: "stf_1", How: "link", Created: now}, false},
		"a demonstration":               {Session{Staff: "stf_1", How: byDemo, Created: now.Add(-time.Hour)}, true},
		"a person who came an hour ago": {Session{Person: "per_1", How: "password", Created: now.Add(-time.Hour)}, false},
	} {
		if c.s.fresh(now) != c.want {
			t.Errorf("%s: fresh %v", name, !c.want)
		}
	}
}

// WK8: what `muster init` prints is for the day on which a provider is set up.
func TestWK8WhatInitPrintsEndsAfterADay(t *testing.T) {
	inTime(t, func(t *testing.T, h *house) {
		_, token, err := h.InitProvider(t.Context(), "Olga Operator", "olga@provider.example")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(InitValid - time.Second)
		if _, err := h.Authenticate(t.Context(), token); err != nil {
			t.Errorf("a second before: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := h.Authenticate(t.Context(), token); codeOf(err) != "token_refused" {
			t.Errorf("after a day: %v", err)
		}
	})
}
