// Package desk keeps what customers ask of support: by which way it came, who
// asks and whether that counts, who of the provider has it, what was said, and
// what came of it.
//
// A request counts when it is proved who asks and they may ask for it: it was
// written in the console, or by a mail whose domain stands for it, from an
// address of somebody on the roster. A telephone call is never an authorised
// source (FL10), and neither is a chat: what an agent notes down waits until an
// administrator has confirmed it in the console, or a mail that counts has.
//
// Deleting data is letin/desk/erase; what a customer wants against the rules is
// letin/desk/insist; what may be done now, and what is missing, is
// letin/desk/advice.
package desk

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

// Channel is the way by which a request came.
type Channel string

// The channels.
const (
	Mail    Channel = "mail"
	Console Channel = "console"
	API     Channel = "api" // a program of the customer's: no human, so it does not count by itself
	Chat    Channel = "chat"
	Phone   Channel = "phone"
)

// Kind is what a request is about.
type Kind string

// The kinds.
const (
	Setting  Kind = "setting"   // a setting of the catalogue is to be changed
	TestData Kind = "test_data" // test data is to be deleted (FL6)
	RealData Kind = "real_data" // real data is to be deleted (FL7)
	Look     Kind = "look"      // something needs a look (FL11)
	Invoice  Kind = "invoice"   // accounting's
	Offer    Kind = "offer"     // sales'
	Other    Kind = "other"
)

// Kinds lists them in the order in which forms offer them.
func Kinds() []Kind { return []Kind{Look, Setting, TestData, RealData, Invoice, Offer, Other} }

func known(k Kind) bool { return slices.Contains(Kinds(), k) }

// State is how far a request has come.
type State string

// The states.
const (
	New         State = "new"
	Taken       State = "taken"       // an agent has it
	Waiting     State = "waiting"     // for the customer
	SecondLine  State = "second_line" // handed on, waits for somebody there
	Development State = "development"
	Done        State = "done"
	Refused     State = "refused"
)

// Open tells whether something is still to come.
func (s State) Open() bool { return s != Done && s != Refused }

// Doubt is why a request does not count yet; empty: it counts.
type Doubt string

// The doubts.
const (
	Unproved   Doubt = "unproved" // nothing proves that the mail is from its sender
	Stranger   Doubt = "stranger" // the address is nobody's on the roster
	Shared     Doubt = "shared"   // it is several people's, so that it proves none of them
	ByPhone    Doubt = "phone"    // FL10
	ByChat     Doubt = "chat"     // an agent typed what somebody wrote
	ByProgram  Doubt = "program"  // no human asked
	NoSuchRole Doubt = "no_role"  // only administrators may ask for it
	Renamed    Doubt = "renamed"  // support calls it something else than was asked for
	Reopened   Doubt = "reopened" // it was over, and is open again by a word
)

// Sender is who asks, as far as is known.
type Sender struct {
	Person        id.Person // empty: nobody on the roster
	Name          string
	Address       string // mail address or number that it came from
	Administrator bool   // of the whole organisation
	Director      bool   // the address is the director's on file (FL7)
	Shared        bool   // the address is several people's
	Proved        bool   // it is certain that it is they
	gone          bool   // they have left the roster since
}

// Request is something that a customer asks of support.
type Request struct {
	ID      id.Request
	Org     id.Org
	OrgName string
	Year    int
	Number  int
	Channel Channel
	Kind    Kind
	Setting string // Ref of the one in the catalogue, if Kind is Setting
	Subject string
	Sender  Sender
	Doubt   Doubt
	Counted time.Time // since when it counts; zero: it does not
	Vouched string    // who confirmed it, where its own channel did not

	State      State
	Department actor.Department // in whose queue it is
	Agent      id.Staff         // who has it
	AgentName  string
	Outcome    string
	Insisted   time.Time // when the customer last insisted against a refusal (FL14); zero: never
	Made       time.Time
	Changed    time.Time
	Closed     time.Time
}

// Counts tells whether it is proved who asks, and that they may.
func (r Request) Counts() bool { return !r.Counted.IsZero() }

// Reference is how people call it: "R-2026-000123". It is unique in its
// organisation.
func (r Request) Reference() string { return fmt.Sprintf("R-%04d-%06d", r.Year, r.Number) }

var referenceForm = regexp.MustCompile(`^[Rr]-(\d{4})-(\d{6,9})$`)

// parseReference reads what Reference wrote.
func parseReference(s string) (year, number int, ok bool) {
	m := referenceForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, 0, false
	}
	year, _ = strconv.Atoi(m[1])
	number, _ = strconv.Atoi(m[2])
	return year, number, number > 0
}

// serious tells whether only an administrator of the whole organisation may ask
// for it; anybody may ask to be helped.
func (k Kind) serious() bool { return k == Setting || k == TestData || k == RealData }

func (k Kind) setting() bool { return k == Setting }

// doubt is why a request does not count, from how it came and who asks.
func (k Kind) doubt(by Channel, who Sender) Doubt {
	switch {
	case by == Phone:
		return ByPhone
	case by == Chat:
		return ByChat
	case by == API:
		return ByProgram
	case !who.Proved:
		return Unproved
	case who.Director && !k.setting():
		return ""
	case who.Shared:
		return Shared
	case who.Person == "" || who.gone:
		return Stranger
	case k.serious() && !who.Administrator:
		return NoSuchRole
	}
	return ""
}

// confirmable tells whether an administrator's mail in so many words lifts a
// doubt; the others are about who wrote a mail.
func (d Doubt) confirmable() bool {
	return d == ByPhone || d == ByChat || d == ByProgram || d == NoSuchRole || d == Renamed || d == Reopened
}

// Mark stands for what a request is about: whoever confirms it says to which.
func (r Request) Mark() string { return string(r.Kind) + " " + r.Setting }

// renamed is why a request that support calls something else does not count, by
// what it is now. What made it count must hold for that too: the words that an
// administrator chose in the console are for what they chose there, and those of
// a mail, which says no kind, for what support understood by it first. Calling
// it something that anybody may ask for takes nothing from anybody.
func (r Request) renamed(to Kind, before bool) Doubt {
	d := to.doubt(r.Channel, r.Sender)
	if d == "" && to.serious() && (before || r.Channel != Mail) {
		return Renamed
	}
	return d
}

// home is the department in whose queue a request begins: what is about money
// goes to those whose it is, a customer who is being set up to those who do it
// (FL16).
func (k Kind) home(starting bool) actor.Department {
	switch {
	case k == Invoice:
		return actor.Accounting
	case k == Offer:
		return actor.Sales
	case starting:
		return actor.Onboarding
	}
	return actor.FirstLine
}

// take gives the request to an agent.
func (r Request) take(by id.Staff, name string) (Request, error) {
	switch {
	case !r.State.Open():
		return r, fault.New(fault.Conflict, "request_closed")
	case r.Agent == by:
		return r, fault.New(fault.Conflict, "already_done")
	case r.State == Development && r.Department != actor.Development:
		return r, fault.New(fault.Conflict, "request_elsewhere")
	}
	r.Agent, r.AgentName = by, name
	if r.State == New || r.State == SecondLine {
		r.State = Taken
	}
	return r, nil
}

// mine sees to it that whoever answers has taken the request: two who answer at
// once would say two things.
func (r Request) mine(by id.Staff) error {
	switch {
	case !r.State.Open():
		return fault.New(fault.Conflict, "request_closed")
	case r.Agent != by:
		return fault.New(fault.Conflict, "request_not_taken")
	}
	return nil
}

// wait is what a question to the customer makes of it.
func (r Request) wait() Request {
	if r.State == Taken {
		r.State = Waiting
	}
	return r
}

// heard is what a word of the customer's makes of it: one that was closed opens
// again, for whoever had it.
func (r Request) heard() Request {
	switch {
	case !r.State.Open():
		r.State, r.Outcome, r.Closed = New, "", time.Time{}
		if r.Agent != "" {
			r.State = Taken
		}
	case r.State == Waiting:
		r.State = Taken
	}
	return r
}

// again is what a word leaves of its counting that opens it again: what was
// asked for then is done or refused. A word of thanks is no wish for it anew, and
// neither is that of somebody who could not ask for it.
func (r Request) again() Request {
	if !r.State.Open() && r.Counts() && r.Kind.serious() {
		r.Counted, r.Vouched, r.Doubt = time.Time{}, "", Reopened
	}
	return r
}

// hand gives it to another department (FL13), where nobody has it yet.
func (r Request) hand(to actor.Department) (Request, error) {
	switch {
	case !r.State.Open():
		return r, fault.New(fault.Conflict, "request_closed")
	case !slices.Contains(Departments(), to) || to == actor.Development:
		return r, fault.New(fault.Invalid, "not_one_of").At("department")
	case to == r.Department:
		return r, fault.New(fault.Invalid, "request_there").At("department")
	}
	r.Department, r.Agent, r.AgentName, r.State = to, "", "", New
	if to == actor.SecondLine {
		r.State = SecondLine
	}
	return r, nil
}

// Departments are those that have a queue, in the order in which they are
// shown.
func Departments() []actor.Department {
	return []actor.Department{
		actor.FirstLine, actor.SecondLine, actor.Onboarding, actor.CustomerSuccess, actor.Accounting, actor.Sales, actor.Development,
	}
}

// close ends it with what came of it.
func (r Request) close(as State, outcome string, now time.Time) Request {
	r.State, r.Outcome, r.Closed = as, outcome, now
	return r
}

// Limits of what people write.
const (
	mostSubject = 150
	mostWords   = 8000
	mostReason  = 1000
	fewestWords = 3
)

// written holds what people write to its limits: signs that could make a text
// read differently from what it is are left out.
func written(text, field string, most int) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "")))
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return text, fault.New(fault.Invalid, "required").At(field)
	case n < fewestWords || strings.Trim(text, ".- \n") == "":
		return text, fault.New(fault.Invalid, "say_more").At(field)
	case n > most:
		return text, fault.New(fault.Invalid, "too_long").At(field).With("Max", most)
	}
	return text, nil
}

// clip keeps what came by mail, however long, within a bound.
func clip(text string, most int) string {
	text, _ = written(text, "", most)
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
