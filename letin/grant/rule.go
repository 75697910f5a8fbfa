// Package grant decides who of the provider's staff gets into an organisation:
// asked for with a reason by somebody else, consented to by the customer in
// writing, approved by two people from two groups, for a time, and ended by any
// administrator at once.
//
// A grant is a row of the organisation that it leads into, and everything about
// it stands in that organisation's book. Who approves is staff of the provider,
// so each command is one unit over both: who somebody is now is asked in the
// unit in which it counts.
package grant

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/staff"
)

// How long things last. Nothing lasts indefinitely (WK4, access A4, A5).
const (
	Usual    = 8 * time.Hour       // a grant for which nobody says how long
	Longest  = 14 * 24 * time.Hour // any grant
	Pending  = 4 * 24 * time.Hour  // a grant that waits for a yes
	Reminder = Pending / 2         // when those are told who have not said it
	Broken   = time.Hour           // one that nobody was asked for
)

// Scope is what a grant is for.
type Scope string

// The scopes.
const (
	View      Scope = "view"
	Configure Scope = "configure" // also change what the setting's class allows (FL3)
)

// Reason is why somebody must get in.
type Reason string

// The reasons (access A9: five at least).
const (
	Support  Reason = "support"  // a request of the customer's
	Incident Reason = "incident" // something is broken
	Setup    Reason = "setup"
	Training Reason = "training"
	Contract Reason = "contract" // contracted services
	Check    Reason = "check"    // a look whether all is well
)

// reasons lists them in the order in which forms offer them.
func reasons() []Reason { return []Reason{Support, Incident, Setup, Training, Contract, Check} }

// Group is a part of the provider that can say yes. Two different ones must.
type Group string

// The groups.
const (
	customerSuccess      Group = "customer_success"
	professionalServices Group = "professional_services"
	line                 Group = "line" // the department of whoever is to enter
)

// groupsOf are the groups for which somebody can approve that who is let in.
func groupsOf(by, who staff.Member) (groups []Group) {
	if by.Is(actor.SuccessManager, actor.Director, actor.Delegate) {
		groups = append(groups, customerSuccess)
	}
	if by.Is(actor.ServicesManager) {
		groups = append(groups, professionalServices)
	}
	if by.Is(actor.Head) && by.Department == who.Department {
		groups = append(groups, line)
	}
	return groups
}

// Stage is how far a grant has come.
type Stage string

// The stages.
const (
	Asked   Stage = "asked" // waits for consent, approvals or both
	Open    Stage = "open"
	Expired Stage = "expired"
	Revoked Stage = "revoked" // by the customer
	Left    Stage = "left"    // given back
	Refused Stage = "refused" // by an approver or the customer
	Lapsed  Stage = "lapsed"  // nobody said yes in time
	Fallen  Stage = "fallen"  // what it stood on is gone: the member, their standing or the account
)

// Over tells whether there is no way on from a stage.
func (s Stage) Over() bool { return s != Asked && s != Open }

// Approval is one yes of the provider's.
type Approval struct {
	Staff  id.Staff
	Name   string
	Groups []Group    // for which it counts
	Adds   bool       // whoever gave it may add support users (WK6)
	Under  []id.Staff // who has changed the giver's place within a day, and so has no second person in them
	At     time.Time
}

// Consent is the customer's yes, in writing.
type Consent struct {
	Person id.Person
	Name   string
	How    string // "console" or "mail"
	Words  string // what was consented to, as it was read
	Digest string // SHA-256, hexadecimal: of the mail, or of the words
	At     time.Time
}

// Grant is leave for one staff member to enter one organisation.
type Grant struct {
	ID        id.Grant
	Org       id.Org
	Staff     id.Staff // is to enter
	Name      string
	AskedBy   id.Staff
	Asker     string
	Scope     Scope
	Reason    Reason
	Words     string // why, in a sentence
	Request   string // reference of the customer's request
	For       time.Duration
	After     id.Grant // the one that this extends
	Emergency bool     // break-glass: nobody was asked
	Asked     time.Time
	Consent   Consent
	Approvals []Approval
	Stage     Stage
	Opened    time.Time
	Until     time.Time // zero until it is open
	Used      time.Time // entered for the first time
	Ended     time.Time // zero until it is over
	EndedBy   string    // name
	Why       string    // it was refused or ended, in words; of a fallen one what is gone
	Reviewed  time.Time // break-glass: an administrator has looked at it
	Reviewer  string
}

const (
	fewestWords = 10
	mostWords   = 500
	mostRequest = 100
)

// check holds what was asked to the limits.
func (g Grant) check() error {
	var wrong []error
	no := func(code, field string) { wrong = append(wrong, fault.New(fault.Invalid, code).At(field)) }
	if g.Scope != View && g.Scope != Configure {
		no("bad_format", "scope")
	}
	if !slices.Contains(reasons(), g.Reason) {
		no("bad_format", "reason")
	}
	switch n := utf8.RuneCountInString(g.Words); {
	case n == 0:
		no("required", "words")
	case n < fewestWords || !spoken(g.Words):
		no("say_more", "words")
	case n > mostWords:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").At("words").With("Max", mostWords))
	}
	switch {
	case g.Request == "" && g.Emergency:
	case strings.IndexFunc(g.Request, unicode.IsDigit) < 0 && strings.IndexFunc(g.Request, unicode.IsLetter) < 0:
		no("required", "request")
	case utf8.RuneCountInString(g.Request) > mostRequest:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").At("request").With("Max", mostRequest))
	}
	longest := Longest
	if g.Emergency {
		longest = Broken
	}
	if g.For <= 0 || g.For > longest {
		wrong = append(wrong, fault.New(fault.Invalid, "out_of_range").At("hours").With("Min", 1).With("Max", int(longest/time.Hour)))
	}
	return fault.Join(wrong...)
}

// spoken tells whether a text has words: two at least, of letters.
func spoken(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	return len(words) > 1 && slices.ContainsFunc(words, func(w string) bool { return utf8.RuneCountInString(w) > 2 })
}

// asked tells whether one may ask for another to be let in: never for oneself
// (WK9), and only for somebody who is a support user (WK3).
func (g Grant) asked(who staff.Member, now time.Time) error {
	switch {
	case g.AskedBy == g.Staff && !g.Emergency:
		return fault.New(fault.Forbidden, "own_grant").At("staff")
	case !Enters(who, now):
		return fault.New(fault.Invalid, "not_support").At("staff").With("Name", who.Name)
	case g.Scope == Configure && !configures(who):
		return fault.New(fault.Invalid, "view_only").At("scope").With("Name", who.Name)
	}
	return nil
}

// Enters tells whether somebody may be let in at all (WK3, WK5): whoever sets
// up, trains, delivers what was contracted or supports, and of whom nothing is
// missing that lasts. Second factor and single sign-on are proved at the door.
func Enters(m staff.Member, now time.Time) bool {
	there := m.Is(actor.ServicesManager) || slices.Contains([]actor.Department{
		actor.Onboarding, actor.FirstLine, actor.SecondLine, actor.CustomerSuccess,
	}, m.Department)
	return there && m.Active && lasting(m, now)
}

// lasting tells whether the proofs hold that do not hang on a session.
func lasting(m staff.Member, now time.Time) bool {
	missing := m.Missing(now)
	return !slices.Contains(missing, staff.Agreement) && !slices.Contains(missing, staff.Background)
}

// configures tells whether somebody may do more than look (FL3).
func configures(m staff.Member) bool {
	return m.Department == actor.SecondLine || m.Department == actor.Onboarding
}

// consent is the customer's yes.
func (g Grant) consent(c Consent) (Grant, error) {
	switch {
	case g.Stage != Asked:
		return g, fault.New(fault.Conflict, "grant_over")
	case !g.Consent.At.IsZero():
		return g, fault.New(fault.Conflict, "consented_already")
	}
	g.Consent = c
	return g.settle(c.At), nil
}

// settle opens a grant to which everybody has said yes.
func (g Grant) settle(now time.Time) Grant {
	if g.Stage == Asked && !g.Consent.At.IsZero() && g.Approved() {
		g = g.open(now)
	}
	return g
}

func (g Grant) open(now time.Time) Grant {
	g.Stage, g.Opened, g.Until = Open, now, now.Add(g.For)
	return g
}

// Lacks says what a grant still waits for, in the order in which to get it.
func (g Grant) Lacks() (what []string) {
	if g.Stage != Asked {
		return nil
	}
	if g.Consent.At.IsZero() {
		what = append(what, "consent")
	}
	if g.Approved() {
		return what
	}
	yes := slices.DeleteFunc(slices.Clone(g.Approvals), func(a Approval) bool { return !g.counts(a) || len(a.Groups) == 0 })
	adds := slices.ContainsFunc(yes, func(a Approval) bool { return a.Adds })
	switch {
	case len(yes) == 0:
		return append(what, "two")
	case len(yes) > 1 && !adds:
		return append(what, "adder")
	case adds:
		return append(what, "other")
	}
	return append(what, "other_adder")
}

// end ends a grant that is asked for or open.
func (g Grant) end(as Stage, by, why string, now time.Time) (Grant, error) {
	if g.Stage.Over() {
		return g, fault.New(fault.Conflict, "grant_over")
	}
	g.Stage, g.Ended, g.EndedBy, g.Why = as, now, by, why
	return g, nil
}

// next is when time by itself changes something, and whether it is only that
// somebody is reminded.
func (g Grant) next(now time.Time) (at time.Time, remind bool) {
	switch {
	case g.Stage == Open:
		return g.Until, false
	case g.Stage == Asked && now.Before(g.Asked.Add(Reminder)):
		return g.Asked.Add(Reminder), true
	case g.Stage == Asked:
		return g.Asked.Add(Pending), false
	}
	return time.Time{}, false
}

// Admits tells whether the grant lets its owner in at an instant. What is on
// record is not enough: time passes also while nothing is written. Whether its
// owner stands is asked of the session.
func (g Grant) Admits(now time.Time) bool {
	return g.Stage == Open && !now.Before(g.Opened) && now.Before(g.Until)
}
