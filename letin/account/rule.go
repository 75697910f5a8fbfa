// Package account follows a customer's life at the provider, from the signed
// contract to the end: who created the account and who looks after it, when
// onboarding began, since when the customer is live, and which version of the
// policy for support access its administrators have read. Nobody of the
// provider's is let in where the account does not open.
package account

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/letin/staff"
	"muster/policy"
)

// Stage is how far a customer's life has come.
type Stage string

// The phases. There is no way back but by Renew.
const (
	Contract   Stage = "contract"   // signed; there is no account yet
	Created    Stage = "created"    // only those who look after it have access (WK2)
	Onboarding Stage = "onboarding" // the policy was acknowledged (WK11)
	Live       Stage = "live"
	Ended      Stage = "ended" // nobody is let in any more; the customer keeps the book
)

// Stages lists them in their order.
func Stages() []Stage { return []Stage{Contract, Created, Onboarding, Live, Ended} }

// act is a named step from one phase to another.
type act string

const (
	create act = "create"
	begin  act = "begin"
	goLive act = "go_live"
	end    act = "end"
	renew  act = "renew"
)

// ways are all steps there are.
var ways = map[act]struct {
	from []Stage
	to   Stage
}{
	create: {[]Stage{Contract}, Created},
	begin:  {[]Stage{Created}, Onboarding},
	goLive: {[]Stage{Onboarding}, Live},
	end:    {[]Stage{Created, Onboarding, Live}, Ended},
	renew:  {[]Stage{Ended}, Created},
}

// step is the phase that an act leads to, or Conflict "account_phase".
func (p Stage) step(a act) (Stage, error) {
	way := ways[a]
	if !slices.Contains(way.from, p) {
		return p, fault.New(fault.Conflict, "account_phase")
	}
	return way.to, nil
}

// Deal is what was signed before there is an account (WK1), and who looks
// after it (WK2).
type Deal struct {
	Reference string
	Signed    time.Time // the day, at midnight UTC
	Manager   id.Staff  // customer-success manager
	Project   id.Staff  // onboarding project manager; empty where there is none
}

// Account is an organisation as its provider knows it.
type Account struct {
	Org  id.Org
	Name string
	Deal
	Phase       Stage
	Made        time.Time
	Begun       time.Time // onboarding; zero: not yet, and so on
	Live        time.Time
	Ended       time.Time
	Published   string // version of the policy that administrators were told of
	PublishedAt time.Time
	Unread      bool // nobody has acknowledged the version that holds now
}

// readWithin is how long a customer who is in onboarding or live may take to
// acknowledge a new version before nobody new is let in.
const readWithin = 30 * 24 * time.Hour

const longestReference = 100

// check holds what was typed to what there is. Fields are those of the API.
func (d Deal) check(now time.Time) error {
	var wrong []error
	no := func(code, field string) { wrong = append(wrong, fault.New(fault.Invalid, code).At(field)) }
	switch n := utf8.RuneCountInString(d.Reference); {
	case n == 0:
		no("required", "contract_reference")
	case n > longestReference:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").At("contract_reference").With("Max", longestReference))
	}
	switch {
	case d.Signed.IsZero():
		no("required", "contract_signed")
	case d.Signed.After(now.Add(24*time.Hour)) || d.Signed.Year() < 1990: // the day may have begun elsewhere
		no("not_signed_yet", "contract_signed")
	}
	if d.Manager == "" {
		no("required", "success_manager")
	}
	return fault.Join(wrong...)
}

func (d Deal) tidy() Deal {
	d.Reference = strings.Join(strings.Fields(d.Reference), " ")
	if !d.Signed.IsZero() {
		d.Signed = d.Signed.UTC().Truncate(24 * time.Hour)
	}
	return d
}

// looksAfter holds somebody to what they are named for: the one field or the
// other.
func looksAfter(m staff.Member, as actor.Position, field string) error {
	if !m.Active || !m.Is(as) {
		return fault.New(fault.Invalid, "not_"+string(as)).At(field)
	}
	return nil
}

// Theirs tells whether somebody looks after this customer.
func (a Account) Theirs(who id.Staff) bool {
	return who != "" && (who == a.Manager || who == a.Project)
}

// Complete tells whether the contract and a manager are on record.
func (a Account) Complete() bool { return a.Reference != "" && !a.Signed.IsZero() && a.Manager != "" }

// Overdue is the instant from which nobody new is let in since the policy was
// not read; zero where that does not threaten.
func (a Account) Overdue() time.Time {
	if !a.Unread || a.PublishedAt.IsZero() || a.Phase != Onboarding && a.Phase != Live {
		return time.Time{}
	}
	return a.PublishedAt.Add(readWithin)
}

// Shut tells whether the account keeps somebody out, of whatever is open to
// them: before onboarding begins all but those who look after the customer
// (WK2), after the end everybody. Faults: Conflict "account_waits" and
// "account_over".
func (a Account) Shut(who id.Staff) error {
	switch {
	case a.Phase == Ended || a.Phase == Contract:
		return fault.New(fault.Conflict, "account_over")
	case a.Early(who):
		return fault.New(fault.Conflict, "account_waits")
	}
	return nil
}

// Early tells whether onboarding has not begun and somebody does not look after
// the customer.
func (a Account) Early(who id.Staff) bool { return a.Phase == Created && !a.Theirs(who) }

// Opens tells whether somebody may be newly let in, as far as the account goes.
// Faults: those of Shut; Invalid "policy_unread", which ends nothing that is
// open.
func (a Account) Opens(who id.Staff, now time.Time) error {
	if err := a.Shut(who); err != nil {
		return err
	}
	switch due := a.Overdue(); {
	case a.Unread && a.Phase != Created && a.PublishedAt.IsZero(), !due.IsZero() && !now.Before(due):
		return fault.New(fault.Invalid, "policy_unread")
	}
	return nil
}

// begin begins onboarding: the contract is on record, and an administrator has
// acknowledged the policy (WK11).
func (a Account) begin(now time.Time) (Account, error) {
	next, err := a.Phase.step(begin)
	switch {
	case err != nil:
		return a, err
	case !a.Complete():
		return a, fault.New(fault.Conflict, "account_incomplete")
	case a.Unread:
		return a, fault.New(fault.Conflict, "policy_unread")
	}
	a.Phase, a.Begun = next, now
	return a, nil
}

// facts are what policy asks about a customer.
func (a Account) facts(who actor.Actor) (f policy.Fact) {
	switch a.Phase {
	case Onboarding:
		f |= policy.Starting
	case Live:
		f |= policy.Live
	}
	if a.Theirs(who.Staff) {
		f |= policy.Own
	}
	return f
}

// May asks policy about an act on the customer, and says by which rule.
func (a Account) May(who actor.Actor, action string) (rule string, err error) {
	return policy.Check(who, action, policy.Resource{Type: "Customer", ID: string(a.Org), Org: a.Org, Facts: a.facts(who)})
}
