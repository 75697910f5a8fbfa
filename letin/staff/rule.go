// Package staff knows the provider's own people as customers must be able to
// trust them: where they work, what they may decide, and whether they stand as
// the policy asks. Who signs in as staff is package identity's.
package staff

import (
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// Departments lists them in the order in which forms offer them.
func Departments() []actor.Department {
	return []actor.Department{
		actor.CustomerSuccess, actor.Onboarding, actor.FirstLine, actor.SecondLine, actor.Development, actor.Sales, actor.Accounting,
	}
}

// Positions lists them in the order in which forms offer them.
func Positions() []actor.Position {
	return []actor.Position{
		actor.SuccessManager, actor.Director, actor.Delegate, actor.ServicesManager, actor.OnboardingManager, actor.Head,
	}
}

// Proof is something that must be there before anybody is let in (WK8, FL2).
type Proof string

// The proofs. The first two are kept on record; the others are proved by
// signing in, and hold for that session.
const (
	Agreement    Proof = "agreement"     // signed non-disclosure agreement
	Background   Proof = "background"    // passed background check
	SecondFactor Proof = "second_factor" // two-factor authentication
	SingleSignOn Proof = "single_sign_on"
)

// Proofs lists them all: each is asked for.
func Proofs() []Proof { return []Proof{Agreement, Background, SecondFactor, SingleSignOn} }

// Span is from when to when a proof holds; without an end it holds until it is
// taken back.
type Span struct{ Since, Until time.Time }

func (s Span) holds(at time.Time) bool {
	return !s.Since.IsZero() && !at.Before(s.Since) && (s.Until.IsZero() || at.Before(s.Until))
}

// Member is one of the provider's people.
type Member struct {
	ID         id.Staff
	Name       string
	Email      string
	Active     bool
	Department actor.Department
	Positions  []actor.Position
	Standing   map[Proof]Span
}

// provedFor is how long a second factor counts after it was proved.
const provedFor = 12 * time.Hour

// Proved is the member with what signing in at an instant has proved.
func (m Member) Proved(at time.Time) Member {
	standing := map[Proof]Span{}
	for p, s := range m.Standing {
		standing[p] = s
	}
	if !at.IsZero() {
		span := Span{Since: at, Until: at.Add(provedFor)}
		standing[SecondFactor], standing[SingleSignOn] = span, span
	}
	m.Standing = standing
	return m
}

// Missing lists the proofs that do not hold at an instant.
func (m Member) Missing(at time.Time) []Proof {
	return slices.DeleteFunc(Proofs(), func(p Proof) bool { return m.Standing[p].holds(at) })
}

// Is tells whether somebody holds one of these positions.
func (m Member) Is(any ...actor.Position) bool {
	return slices.ContainsFunc(m.Positions, func(p actor.Position) bool { return slices.Contains(any, p) })
}

// Adds tells whether somebody may add support users (WK6).
func (m Member) Adds() bool {
	return m.Is(actor.SuccessManager, actor.Director, actor.Delegate, actor.ServicesManager)
}

// Support is what policy asks about the member at an instant.
func (m Member) Support(at time.Time) actor.Support {
	return actor.Support{
		Department: m.Department, Positions: m.Positions, Stands: m.Active && len(m.Missing(at)) == 0,
	}
}

// check holds what people write to what there is.
func (m Member) check() error {
	var wrong []error
	if !slices.Contains(Departments(), m.Department) {
		wrong = append(wrong, fault.New(fault.Invalid, "bad_format").At("department"))
	}
	for i, p := range m.Positions {
		if !slices.Contains(Positions(), p) || slices.Contains(m.Positions[:i], p) {
			wrong = append(wrong, fault.New(fault.Invalid, "bad_format").At("positions"))
			break
		}
	}
	return fault.Join(wrong...)
}
