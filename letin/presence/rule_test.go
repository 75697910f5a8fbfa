package presence

import (
	"testing"
	"time"

	"muster/fault"
	"muster/letin/account"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestAccessA8PresenceHoldsForAMinuteAfterItsLastProof(t *testing.T) {
	joined := Presence{Kind: Session, Asked: noon, Joined: noon, Proved: noon}
	for _, c := range []struct {
		name  string
		p     Presence
		after time.Duration
		holds bool
		how   How
	}{
		{"nobody came yet", Presence{Asked: noon}, 0, false, ""},
		{"nobody came", Presence{Asked: noon}, answerIn, false, Unanswered},
		{"just joined", joined, 0, true, ""},
		{"within the minute", joined, account.Proof - time.Microsecond, true, ""},
		{"at the minute", joined, account.Proof, true, Lost},
		{"after the minute", joined, account.Proof + time.Microsecond, false, Lost},
		{"over", Presence{Asked: noon, Joined: noon, Proved: noon, Ended: noon, How: Left}, 0, false, Left},
	} {
		now := noon.Add(c.after)
		if c.p.Holds(now) != c.holds {
			t.Errorf("%s: holds %t", c.name, !c.holds)
		}
		if next, _ := c.p.expire(now); next.How != c.how {
			t.Errorf("%s: ends as %q, want %q", c.name, next.How, c.how)
		}
	}
}

func TestFL8ACallIsForOnboardingAndARemoteSessionForLater(t *testing.T) {
	for _, c := range []struct {
		phase account.Stage
		kind  Kind
		code  string
	}{
		{account.Created, "", "account_waits"}, {account.Onboarding, Call, ""}, {account.Live, Session, ""}, {account.Ended, "", "account_over"},
	} {
		kind, err := kindIn(c.phase)
		code := ""
		if err != nil {
			code = fault.From(err).Code
		}
		if kind != c.kind || code != c.code {
			t.Errorf("%s: %q, %q", c.phase, kind, code)
		}
	}
}
