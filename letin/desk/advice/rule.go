// Package advice tells the agent who has a request what they may do about it
// now, by which rule, what is missing, by which way it could be had, and what
// to ask of the customer. It decides nothing: who may is letin/setting's and
// policy's answer, about what is true at this instant.
package advice

import (
	"slices"

	"muster/actor"
	"muster/id"
	"muster/letin/account"
	"muster/letin/desk"
	"muster/letin/grant"
	"muster/letin/setting"
	"muster/policy"
)

// Door is how far the agent's own way into the organisation is.
type Door string

// How far it can be.
const (
	Unasked     Door = "none"
	Unconsented Door = "unconsented" // asked for; the customer has not agreed
	Unapproved  Door = "unapproved"  // agreed to by the customer, not by two of the provider's
	Ready       Door = "ready"       // open; the agent has not entered
	Inside      Door = "inside"
)

// Watch is how far a call or remote session with the customer is.
type Watch string

// How far it can be.
const (
	Uncalled Watch = "none"
	Waiting  Watch = "waits" // asked for; nobody has joined
	Lost     Watch = "lost"  // somebody was there, and proves it no more
	Present  Watch = "holds"
)

// Case is a request, and what is true of it for the agent who looks at it.
type Case struct {
	Request desk.Request
	Org     id.Org
	Agent   actor.Actor
	Setting setting.Setting // that is asked for; without a class it is not in the catalogue
	Now     setting.Moment
	Door    Door
	Scope   grant.Scope // of the leave that the door is about
	Grant   id.Grant
	Watch   Watch
	Headed  bool   // an exception waits for the head of department
	Erase   string // code of what a deletion lacks before it goes to development
}

// Act is what the agent can do about something that is missing.
type Act string

// The acts.
const (
	Ask      Act = "ask"    // for leave to enter
	See      Act = "see"    // what the leave waits for
	Enter    Act = "enter"  // by the leave that is open
	Call     Act = "call"   // the customer, to join
	Reply    Act = "reply"  // ask the customer
	Hand     Act = "hand"   // to second line
	Except   Act = "except" // ask the head of department
	Classify Act = "classify"
	Erase    Act = "erase" // the next step of the deletion
	Reset    Act = "reset" // have a link sent to its owner
	Own      Act = "own"   // see to it that the product is noted as the customer's
)

// Lack is one thing that is missing.
type Lack struct {
	Text string // key of a text
	Do   Act
}

// Advice is what the agent reads.
type Advice struct {
	Allowed bool
	Rule    string   // of policy; empty: none is about it
	Notes   []Lack   // what else there is to know and do
	Ways    [][]Lack // each leads to a yes, the one to try first first
	Parts   []string // templates of what to ask the customer, in their order
}

func note(name string, do Act) Lack { return Lack{"request.advice." + name, do} }

// Advice is what follows from a case.
func (c Case) Advice() Advice {
	q := c.Request
	switch {
	case !q.State.Open():
		return Advice{Notes: []Lack{note("closed", "")}}
	case q.Kind == desk.Setting && c.Setting.Class != "":
		return c.setting()
	case q.Kind == desk.Setting && q.Setting == "":
		return Advice{Notes: []Lack{note("unchosen", Classify)}, Parts: c.proof()}
	case q.Kind == desk.TestData || q.Kind == desk.RealData:
		return c.deletion()
	case q.Kind == desk.Look:
		return c.look()
	case q.Kind == desk.Invoice || q.Kind == desk.Offer:
		return Advice{Notes: []Lack{note("own_queue", "")}}
	}
	return c.uncovered()
}

// setting is about one that the catalogue knows: its answer, and the ways to
// another.
func (c Case) setting() (a Advice) {
	d := setting.Decide(c.Agent, c.Org, c.Setting, c.Now)
	a.Allowed, a.Rule = d.Allowed, d.Rule
	if d.Allowed {
		a.Parts = []string{"done"}
		return a
	}
	for _, way := range d.Ways {
		if slices.Contains(way, setting.Watched) && c.Now.Phase == account.Onboarding {
			continue // what is asked for then is called a call
		}
		a.Ways = append(a.Ways, c.lacks(way))
	}
	switch {
	case c.Setting.Class == setting.Secret:
		a.Notes, a.Parts = []Lack{note("secret", Reset)}, []string{"secret"}
	case c.Setting.Admits():
		a.Notes, a.Parts = []Lack{note("theirs", Reply)}, []string{"own_hand"}
	case len(d.Ways) == 0:
		a.Notes, a.Parts = []Lack{note("theirs", Reply)}, []string{"data"}
	default:
		a.Parts = c.parts(d.Ways[0])
	}
	return a
}

// order is that in which an agent goes about what is missing.
var order = []setting.Need{setting.Standing, setting.Handover, setting.Request, setting.Grant, setting.Call, setting.Watched, setting.Exception, setting.Possession}

func (c Case) lacks(way []setting.Need) (all []Lack) {
	for _, n := range order {
		if slices.Contains(way, n) {
			all = append(all, c.lack(n))
		}
	}
	return all
}

func (c Case) lack(n setting.Need) Lack {
	switch n {
	case setting.Grant:
		return c.door(grant.Configure)
	case setting.Request:
		if c.Request.Doubt != "" {
			return Lack{"request.doubt." + string(c.Request.Doubt), Reply}
		}
		return note("request", Reply)
	case setting.Call:
		return note("call_"+string(c.unwatched()), Call)
	case setting.Watched:
		return note("watched_"+string(c.unwatched()), Call)
	case setting.Handover:
		return note("handover", Hand)
	case setting.Exception:
		if c.Headed {
			return note("exception_waits", "")
		}
		return note("exception", Except)
	}
	if n == setting.Possession {
		return note(string(n), Own)
	}
	return note(string(n), "")
}

// unwatched is how far a presence is that is missing: one of the other kind,
// from before the customer was live, is none.
func (c Case) unwatched() Watch {
	if c.Watch == Present {
		return Uncalled
	}
	return c.Watch
}

// door is what the way in lacks.
func (c Case) door(scope grant.Scope) Lack {
	if scope == grant.Configure && c.Scope == grant.View && c.Door != Unasked {
		return note("door_view", Ask)
	}
	switch c.Door {
	case Unconsented, Unapproved:
		return note("door_"+string(c.Door), See)
	case Ready:
		return note("door_ready", Enter)
	case Inside:
		return note("door_review", "") // the half-yearly review of the agent is overdue
	}
	if scope == grant.View {
		return note("door_look", Ask)
	}
	return note("door_none", Ask)
}

// parts are what the customer is asked for, so that a way leads on.
func (c Case) parts(way []setting.Need) (all []string) {
	if slices.Contains(way, setting.Request) {
		all = c.proof()
	}
	if slices.Contains(way, setting.Grant) {
		switch {
		case c.Door == Unconsented && c.Scope == grant.Configure:
			all = append(all, "consent")
		case c.Door == Unasked || c.Scope == grant.View:
			all = append(all, "configure")
		}
	}
	if slices.Contains(way, setting.Watched) {
		all = append(all, "high")
	}
	if slices.Contains(way, setting.Call) {
		all = append(all, "call")
	}
	if c.Headed {
		all = append(all, "head")
	}
	return all
}

// proof is how a request that does not count yet comes to count.
func (c Case) proof() []string {
	switch c.Request.Doubt {
	case "":
		return nil
	case desk.ByPhone:
		return []string{"phone"}
	case desk.ByChat, desk.ByProgram, desk.NoSuchRole, desk.Renamed, desk.Reopened:
		return []string{"confirm"}
	}
	return []string{"not_registered"}
}

// deletion is about data, which support changes during onboarding only; after
// that there are the steps of FL6 and FL7.
func (c Case) deletion() (a Advice) {
	data := setting.Setting{Class: setting.Data}
	d := setting.Decide(c.Agent, c.Org, data, c.Now)
	a.Allowed, a.Rule = d.Allowed, d.Rule
	if !d.Allowed && len(d.Ways) == 0 { // then it is not this agent who lacks something
		anybody, then := c.Agent, c.Now
		anybody.Support.Department, then.Configure = actor.SecondLine, true
		a.Rule = setting.Decide(anybody, c.Org, data, then).Rule
	}
	for _, way := range d.Ways {
		a.Ways = append(a.Ways, c.lacks(way))
	}
	if c.Request.Kind == desk.RealData && !d.Allowed {
		own := note("own_hand", Call)
		if c.Watch == Present {
			own = note("own_hand_now", Erase)
		}
		a.Notes = append(a.Notes, own)
	}
	if c.Request.Doubt != "" {
		a.Notes = append([]Lack{{"request.doubt." + string(c.Request.Doubt), Reply}}, a.Notes...)
		a.Parts = c.proof()
		return a
	}
	if c.Erase != "" {
		a.Notes = append(a.Notes, Lack{"fault." + c.Erase, Erase})
	}
	switch c.Erase {
	case "erase_not_shown":
		a.Parts = []string{"test_data"}
	case "erase_not_compared":
		a.Parts = []string{"real_data"}
	}
	return a
}

// look is about something that needs one (FL11): access is asked for, said to
// be for looking only, and then used.
func (c Case) look() (a Advice) {
	on := policy.Resource{Type: "Grant", ID: string(c.Grant), Org: c.Org}
	if c.Door == Ready || c.Door == Inside {
		on.Facts = policy.Own
	}
	rule, err := policy.Check(c.Agent, "enterGrant", on)
	a.Rule, a.Allowed = rule, err == nil && c.Door == Inside
	if err != nil {
		a.Rule = "letin-enter"
	}
	if a.Allowed {
		a.Notes, a.Parts = []Lack{note("looks", "")}, []string{"found"}
		return a
	}
	var way []Lack
	if c.Request.Doubt != "" {
		way, a.Parts = append(way, Lack{"request.doubt." + string(c.Request.Doubt), Reply}), c.proof()
	}
	a.Ways = [][]Lack{append(way, c.door(grant.View))}
	switch c.Door {
	case Unasked:
		a.Parts = append(a.Parts, "access")
	case Unconsented:
		a.Parts = append(a.Parts, "consent")
	}
	return a
}

// uncovered is what no rule is about: it goes to second line (FL13).
func (c Case) uncovered() Advice {
	if c.Request.Department == actor.SecondLine {
		return Advice{Notes: []Lack{note("uncovered_here", Classify)}, Parts: c.proof()}
	}
	return Advice{Notes: []Lack{note("uncovered", Hand)}, Parts: append(c.proof(), "second_line")}
}
