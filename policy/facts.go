package policy

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"muster/actor"
	"muster/id"
)

// facts are what a rule may ask about, one bit each.
type facts uint64

// Fact is what whoever asks knows of the thing and of the moment, beyond where
// it belongs and whom it is about; several are joined by "|".
type Fact = facts

const (
	hereWorker facts = 1 << iota
	hereMonitor
	hereAdministrator
	anyWorker
	anyMonitor
	anyAdministrator
	self
	home
	command
	wide
	operator
	called
	guest
	allFacts = guest<<1 - 1
)

// What is true of staff; see actor.Support.
const (
	stands facts = 1 << (iota + 16)
	adds
	director
	success
	services
	head
	onboarding
	accounting
	firstLine
	secondLine
	sales
	development
	customerSuccess
	configure
	young
	founding
)

// What is true of the thing that staff want to act on, and of the moment.
const (
	High       Fact = 1 << (iota + 32) // a setting of high importance (FL8)
	Medium                             // of medium importance (FL10)
	Starting                           // the customer is in onboarding (FL5)
	Live                               // and no longer
	Requested                          // a request that counts asks for it (FL10)
	Phoned                             // it was asked for by telephone only
	Online                             // on a call with the customer, whose administrator is there (FL8)
	Supervised                         // in a remote session that somebody of the customer's watches (FL8)
	Excepted                           // the head of department allowed an exception (FL14)
	Own                                // the thing was asked by the actor, or is for the actor (WK9)
	Line                               // is for, or was asked by, somebody of the actor's own department (WK9, FL14)
	Listed                             // somebody else has put the actor on the list of those who may break glass
	Unreviewed                         // what the actor did in the last emergency nobody has reviewed
	Programmed                         // a program asks, if in the name of a person
	Ours                               // the request is in the queue of the actor's department (FL16)
	Real                               // it is about real data, not test data (FL7)
	Ready                              // every step that must come before was taken (FL6, FL7)
	Arranged                           // somebody whose own matter it is has changed the actor's place within a day (WK9)
	Moved                              // who signs in as the actor may be another than when it began
	fresh                              // the actor has just signed in
	Employed                           // the customer's person is of the provider's staff as well (WK9)
	Admits                             // it would let somebody in whom the customer has not let in, or somebody's hand slip who lets in (FL8)
	Reaches                            // it is about where somebody is reached on whom others rely, or an address that was confirmed (FL8)
	Early                              // the customer's onboarding has not begun, and the actor does not look after the customer (WK2)
	Had                                // the customer has the product that it is about
)

// outward are the facts that only letting in knows; a decision about anything
// else has none of them.
const outward = ^allFacts

// nearby are the facts whose lack explains most refusals, likeliest first. The
// wall and the command line are none: no advice leads past them.
var nearby = [...]facts{
	self, hereMonitor, hereAdministrator, operator, hereWorker,
	stands, adds, director, head, Requested, Supervised, Online, Excepted, Ours, Line,
}

// inhabitant are the facts that only an organisation's own people can have: no
// advice to staff outside.
const inhabitant = self | hereMonitor | hereAdministrator | operator | hereWorker

// contexts keeps each combination of facts as Cedar wants it, from the first
// time it is met. Making one costs more than the decision itself, and a few
// dozen of the thousands ever occur.
var contexts [allFacts + 1]atomic.Pointer[cedar.Record]

// supported keeps them likewise where there are facts about letting in, of
// which too many could be for a list.
var supported sync.Map // facts → cedar.Record

func (f facts) context() cedar.Record {
	if f&outward != 0 {
		if known, ok := supported.Load(f); ok {
			return known.(cedar.Record)
		}
		made, _ := supported.LoadOrStore(f, f.record())
		return made.(cedar.Record)
	}
	if known := contexts[f].Load(); known != nil {
		return *known
	}
	made := f.record()
	contexts[f].Store(&made)
	return made
}

func (f facts) record() cedar.Record {
	is := func(bit facts) cedar.Boolean { return cedar.Boolean(f&bit != 0) }
	return cedar.NewRecord(cedar.RecordMap{
		"here": cedar.NewRecord(cedar.RecordMap{
			"worker": is(hereWorker), "monitor": is(hereMonitor), "administrator": is(hereAdministrator),
		}),
		"anywhere": cedar.NewRecord(cedar.RecordMap{
			"worker": is(anyWorker), "monitor": is(anyMonitor), "administrator": is(anyAdministrator),
		}),
		"self": is(self), "home": is(home), "command": is(command), "wide": is(wide),
		"operator": is(operator), "called": is(called), "guest": is(guest),
		"support": cedar.NewRecord(cedar.RecordMap{
			"stands": is(stands), "adds": is(adds), "director": is(director), "success": is(success),
			"services": is(services), "head": is(head),
			"onboarding": is(onboarding), "accounting": is(accounting), "firstLine": is(firstLine),
			"secondLine": is(secondLine), "sales": is(sales), "development": is(development),
			"customerSuccess": is(customerSuccess), "configure": is(configure), "young": is(young), "founding": is(founding),
			"high": is(High), "medium": is(Medium), "starting": is(Starting), "live": is(Live),
			"requested": is(Requested), "phoned": is(Phoned), "online": is(Online),
			"supervised": is(Supervised), "excepted": is(Excepted), "own": is(Own),
			"line": is(Line), "listed": is(Listed), "unreviewed": is(Unreviewed), "program": is(Programmed),
			"ours": is(Ours), "real": is(Real), "ready": is(Ready), "employed": is(Employed), "early": is(Early), "had": is(Had),
			"admits": is(Admits), "reaches": is(Reaches),
			"arranged": is(Arranged), "moved": is(Moved), "fresh": is(fresh),
		}),
	})
}

// principalType is empty for an actor who is nobody. A token that stands for
// a person is that person, and so is a guest: what support sees is what that
// person sees.
func principalType(who actor.Actor) types.EntityType {
	switch {
	case who.Kind == actor.Person, who.Guest(), who.Kind == actor.Program && who.Person != "":
		return "Person"
	case who.Kind == actor.Program:
		return "Program"
	case who.Kind == actor.Partner:
		return "Operator"
	case who.Kind == actor.Staff:
		return "Staff"
	case who.Kind == actor.System:
		return "System"
	}
	return ""
}

// factsOf finds what is true of the actor with regard to the resource. Roles
// count only for an organisation's own people and programs: whatever roles
// another actor carries are not looked at.
func factsOf(who actor.Actor, action string, on Resource) facts {
	switch who.Kind {
	case actor.System:
		if who.Door == actor.Command {
			return home | command
		}
		return home
	case actor.Staff:
		if !who.Guest() {
			return home | supportFacts(who.Support) | on.Facts&outward | freshly(who, on)
		}
	}
	if on.Org == "" && on.Type == "Installation" {
		return home
	}
	if on.Org == "" || who.Org != on.Org {
		return 0
	}
	f := home | on.Facts&outward | freshly(who, on)
	if who.Employed {
		f |= Employed
	}
	if who.Guest() {
		f |= guest | supportFacts(who.Support) | askedFacts(who.Support, action)
	}
	if on.Person != "" && who.Person == on.Person {
		f |= self
	}
	if on.Wide {
		f |= wide
	}
	if on.Called {
		f |= called
	}
	if who.Kind == actor.Partner {
		return f // whatever they are at home counts for nothing here
	}
	return f | roleFacts(who.Roles, on.Workspace)
}

// freshly is whether the actor has just signed in, where a rule asks: most
// decisions do well with fewer facts, which are kept.
func freshly(who actor.Actor, on Resource) facts {
	if who.Fresh && (on.Type == "Grant" || on.Type == "Erasure") {
		return fresh
	}
	return 0
}

var (
	departments = map[actor.Department]facts{
		actor.Onboarding: onboarding, actor.Accounting: accounting, actor.FirstLine: firstLine, actor.SecondLine: secondLine,
		actor.Sales: sales, actor.Development: development, actor.CustomerSuccess: customerSuccess,
	}
	positions = map[actor.Position]facts{
		actor.SuccessManager: success | adds, actor.Director: director | adds, actor.Delegate: director | adds,
		actor.ServicesManager: services | adds, actor.Head: head,
	}
)

// supportFacts are what staff bring along: a director's delegate stands for
// the director, and those who may add support users are told apart (WK6).
func supportFacts(s actor.Support) facts {
	f := departments[s.Department]
	for _, p := range s.Positions {
		f |= positions[p]
	}
	when := func(is bool, fact facts) {
		if is {
			f |= fact
		}
	}
	when(s.Stands, stands)
	when(s.Young, young)
	when(s.Founding, founding)
	when(s.Configure, configure)
	when(s.Starting, Starting)
	when(s.Live, Live)
	when(s.Online, Online)
	when(s.Supervised, Supervised)
	return f
}

// askedFacts are what was asked or allowed about this very action of a guest's,
// and counts for no other.
func askedFacts(s actor.Support, action string) (f facts) {
	for fact, actions := range map[facts][]string{Requested: s.Requested, Phoned: s.Phoned, Excepted: s.Excepted} {
		if slices.Contains(actions, action) {
			f |= fact
		}
	}
	return f
}

func roleFacts(held []actor.Membership, ws id.Workspace) (f facts) {
	for _, m := range held {
		var here, anywhere facts
		switch m.Role {
		case actor.Worker:
			here, anywhere = hereWorker, anyWorker
		case actor.Monitor:
			here, anywhere = hereMonitor, anyMonitor
		case actor.Administrator:
			here, anywhere = hereAdministrator, anyAdministrator
		case actor.Operator:
			f |= operator
		}
		f |= anywhere
		if m.Workspace == "" || m.Workspace == ws {
			f |= here
		}
	}
	return f
}
