package policy

import (
	"sync/atomic"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"muster/actor"
	"muster/id"
)

// facts are what a rule may ask about, one bit each.
type facts uint16

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

// nearby are the facts whose lack explains most refusals, likeliest first. The
// wall and the command line are none: no advice leads past them.
var nearby = [...]facts{self, hereMonitor, hereAdministrator, operator, hereWorker}

// contexts keeps each combination of facts as Cedar wants it, from the first
// time it is met. Making one costs more than the decision itself, and a few
// dozen of the thousands ever occur.
var contexts [allFacts + 1]atomic.Pointer[cedar.Record]

func (f facts) context() cedar.Record {
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
func factsOf(who actor.Actor, on Resource) facts {
	switch who.Kind {
	case actor.System:
		if who.Door == actor.Command {
			return home | command
		}
		return home
	case actor.Staff:
		if !who.Guest() {
			return home
		}
	}
	if on.Org == "" && on.Type == "Installation" {
		return home
	}
	if on.Org == "" || who.Org != on.Org {
		return 0
	}
	f := home
	if who.Guest() {
		f |= guest
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
