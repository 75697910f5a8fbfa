// Package staff knows the provider's own people as customers must be able to
// trust them: where they work, what they may decide, and whether they stand as
// the policy asks. Who signs in as staff is package identity's.
package staff

import (
	"cmp"
	"slices"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
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
	Lang       lang.Tag // of messages to them
	Active     bool
	Department actor.Department
	Positions  []actor.Position // those that hold: a delegate's ends
	Delegate   time.Time        // until when somebody stands for the director; zero: they never did
	Standing   map[Proof]Span
	Known      time.Time  // since when it is they who sign in here: added, taken back, given this address, or untied
	Tied       bool       // to an identity at the identity provider
	Bound      time.Time  // since when; zero: they are not
	Changed    []id.Staff // who has changed their place within a day, or the place of one who has
	Confirmed  time.Time  // when somebody else last confirmed them and their proofs
	LastProved time.Time  // when a session of theirs proved a second factor, if one is open; it holds for that session only
}

// The periodic review: each member is confirmed again by somebody else every
// six months, and told a fortnight before (access A11).
const (
	reviewMonths = 6
	reviewNotice = 14 * 24 * time.Hour
)

// ReviewDue is when the member must have been confirmed again.
func (m Member) ReviewDue() time.Time { return m.Confirmed.AddDate(0, reviewMonths, 0) }

// Overdue tells whether that has passed.
func (m Member) Overdue(at time.Time) bool { return !at.Before(m.ReviewDue()) }

// Configures tells whether a grant for more than looking may be used for that:
// whoever is overdue changes nothing.
func (m Member) Configures(at time.Time) bool { return m.Active && !m.Overdue(at) }

// noticeDue is when the next notice about a review goes out: a fortnight
// before, on the day, and every fortnight after that.
func noticeDue(due, noticed time.Time) time.Time {
	switch first := due.Add(-reviewNotice); {
	case noticed.Before(first):
		return first
	case noticed.Before(due):
		return due
	}
	return noticed.Add(reviewNotice)
}

// at is the member as at an instant: what has ended is no position.
func (m Member) at(now time.Time) Member {
	if !now.Before(m.Delegate) {
		m.Positions = slices.DeleteFunc(slices.Clone(m.Positions), func(p actor.Position) bool { return p == actor.Delegate })
	}
	return m
}

// high tells whether somebody holds a position that only directors give.
func (m Member) high() bool { return m.Is(actor.Director, actor.Delegate, actor.Head) }

// recorded are the proofs that people keep; the others are proved by signing in.
func recorded() []Proof { return []Proof{Agreement, Background} }

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

// settling is how long it takes until a change on the staff counts for
// deciding: time for whoever is told of it to say that it is wrong.
const settling = 24 * time.Hour

// Young tells whether who signs in as the member, or by which identity, is too
// new for deciding anything: one alone could be both (WK9).
func (m Member) Young(at time.Time) bool {
	lately := func(t time.Time) bool { return !t.IsZero() && at.Sub(t) < settling }
	return lately(m.Known) || lately(m.Bound)
}

// ChangedBy tells whether one of these has made the member what they are within
// a day, by their own hand or through others whom they have changed.
func (m Member) ChangedBy(any ...id.Staff) bool {
	return slices.ContainsFunc(m.Changed, func(by id.Staff) bool { return slices.Contains(any, by) })
}

// change is that somebody has changed the place of a member.
type change struct{ of, by id.Staff }

// changers are all who have had a hand in what a member is, also by way of
// others: who makes a director, who then makes another, has made both.
func changers(of id.Staff, all []change) (by []id.Staff) {
	reached := []id.Staff{of}
	for i := 0; i < len(reached); i++ {
		for _, c := range all {
			if c.of == reached[i] && !slices.Contains(reached, c.by) {
				reached = append(reached, c.by)
			}
		}
	}
	return reached[1:]
}

// CanProve tells whether a sign-in would prove all that is asked of the member.
func (m Member) CanProve(at time.Time) bool {
	return m.Active && m.Tied && len(m.Proved(at).Missing(at)) == 0
}

// founding tells whether there is no director yet who could prove who they are:
// until then none has to, or nobody could ever begin (WK8).
func founding(all []Member, at time.Time) bool {
	return !slices.ContainsFunc(all, func(m Member) bool { return m.Is(actor.Director, actor.Delegate) && m.CanProve(at) })
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
		Department: m.Department, Positions: m.Positions, Stands: m.Active && len(m.Missing(at)) == 0, Young: m.Young(at),
	}
}

// Draft is a member as somebody types one.
type Draft struct {
	Name, Email string
	Lang        lang.Tag // of messages to them
	Department  actor.Department
	Positions   []actor.Position
	Delegate    time.Time // end of the position delegate, which must have one
}

// delegateLongest is how long somebody may stand for the director at most.
const delegateLongest = 366 * 24 * time.Hour

// checked holds what people write to what there is, and drops the end of what
// nobody is. The name and the address are identity's to check.
func (d Draft) checked(now time.Time) (Draft, error) {
	var wrong []error
	if d.Lang = lang.Tag(cmp.Or(d.Lang, lang.English)); !slices.Contains(lang.Supported(), d.Lang) {
		wrong = append(wrong, fault.New(fault.Invalid, "not_a_choice").At("lang"))
	}
	if !slices.Contains(Departments(), d.Department) {
		wrong = append(wrong, fault.New(fault.Invalid, "not_a_choice").At("department"))
	}
	for i, p := range d.Positions {
		if !slices.Contains(Positions(), p) || slices.Contains(d.Positions[:i], p) {
			wrong = append(wrong, fault.New(fault.Invalid, "not_a_choice").At("positions"))
			break
		}
	}
	switch {
	case !slices.Contains(d.Positions, actor.Delegate):
		d.Delegate = time.Time{}
	case d.Delegate.IsZero():
		wrong = append(wrong, fault.New(fault.Invalid, "staff_delegate_end").At("delegate"))
	case !d.Delegate.After(now) || d.Delegate.Sub(now) > delegateLongest:
		wrong = append(wrong, fault.New(fault.Invalid, "staff_delegate_span").At("delegate"))
	}
	return d, fault.Join(wrong...)
}

// checked holds a proof that somebody records to what one can know: it has
// begun, and it ends later than now if it ends.
func (s Span) checked(p Proof, now time.Time) error {
	switch {
	case !slices.Contains(recorded(), p):
		return fault.New(fault.NotFound, "not_found")
	case s.Since.IsZero():
		return fault.New(fault.Invalid, "required").At("since")
	case s.Since.After(now):
		return fault.New(fault.Invalid, "staff_proof_future").At("since")
	case !s.Until.IsZero() && !s.Until.After(now):
		return fault.New(fault.Invalid, "staff_proof_over").At("until")
	}
	return nil
}
