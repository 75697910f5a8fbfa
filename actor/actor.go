// Package actor says who acts and from where. Every command takes an Actor,
// asks policy about it, and writes it into the book.
package actor

import (
	"net/netip"

	"muster/id"
)

// Kind says what sort of somebody acts.
type Kind string

// The kinds of actor.
const (
	Person  Kind = "person"  // somebody on the organisation's roster
	Staff   Kind = "staff"   // the provider's own people
	Program Kind = "program" // an API token of the organisation
	Partner Kind = "partner" // an operator of a monitoring partner, at work in a connected organisation
	System  Kind = "system"  // Muster itself: a timer fired
)

// Role is what a person may be in a workspace, or in the whole organisation
// when Workspace is empty.
type Role string

// The roles that a customer hands out.
const (
	Worker        Role = "worker"
	Monitor       Role = "monitor"
	Administrator Role = "administrator"
	Operator      Role = "operator" // only in a monitoring partner: answers the alarms of its customers
)

// Membership is one role in one workspace ("" = the whole organisation).
type Membership struct {
	Workspace id.Workspace
	Role      Role
}

// Department is where somebody of the provider's staff works. Rules differ by
// it (FL16).
type Department string

// The departments.
const (
	Onboarding      Department = "onboarding"
	Accounting      Department = "accounting"
	FirstLine       Department = "first_line"
	SecondLine      Department = "second_line"
	Sales           Department = "sales"
	Development     Department = "development"
	CustomerSuccess Department = "customer_success"
)

// Position is what somebody of the provider's staff may decide beside their
// own work.
type Position string

// The positions.
const (
	SuccessManager    Position = "success_manager"    // customer-success manager
	Director          Position = "director"           // of customer success
	Delegate          Position = "delegate"           // of the director
	ServicesManager   Position = "services_manager"   // professional services
	OnboardingManager Position = "onboarding_manager" // of a customer's onboarding project
	Head              Position = "head"               // of the department
)

// Support is what is true of staff beside who they are, at the instant at
// which they ask.
type Support struct {
	Department Department
	Positions  []Position
	Stands     bool // every proof that the policy asks for holds (WK8, FL2)
	Young      bool // who signs in as this member, or by what, is a day old at most
	Founding   bool // no director can prove who they are as yet, so that none has to

	// Of a guest: what the grant and the moment say.
	Configure  bool     // the grant is for more than looking (FL3)
	Starting   bool     // the customer is in onboarding (FL5)
	Live       bool     // and no longer
	Online     bool     // on a call with the customer (FL8)
	Supervised bool     // somebody of the customer's watches (FL8)
	Requested  []string // actions of policy that a request which counts asks for (FL10)
	Phoned     []string // that were asked for by telephone only
	Excepted   []string // for which the head of department allowed an exception (FL14)
}

// Door says through which entrance the act came.
type Door string

// The doors.
const (
	Board   Door = "board"   // signed-in console
	Link    Door = "link"    // action link in a message
	API     Door = "api"     // bearer token
	App     Door = "app"     // worker page
	Phone   Door = "phone"   // an app of others that sends positions
	Text    Door = "text"    // text message
	Mail    Door = "mail"    // reply to a mail
	Call    Door = "call"    // key pressed in a telephone call
	Chat    Door = "chat"    // button or reply in a messenger
	Product Door = "product" // another product of the provider's
	Wire    Door = "wire"    // a frame of another alarm system
	Command Door = "command" // muster on the command line
	Timer   Door = "timer"   // the engine, when a time has come
)

// Actor is who acts. The zero value may do nothing.
type Actor struct {
	Kind     Kind
	Org      id.Org    // the organisation the actor belongs to; for staff the one they were let into; empty for system
	Person   id.Person // set for persons, for tokens that act for one, and for a guest who sees with somebody's eyes
	Staff    id.Staff  // set for staff
	Grant    id.Grant  // by which staff were let into Org
	Support  Support   // of staff
	Looking  bool      // of a guest: this request only shows something, and nothing that it does is kept
	Token    id.Token  // set when a token was used
	Name     string    // as shown to others; personal, so only committed to in the book
	Roles    []Membership
	Door     Door
	IP       netip.Addr // zero when there is none
	Session  id.Session // set when signed in
	Fresh    bool       // has signed in, of staff with a second factor, within the last quarter of an hour
	Employed bool       // a person who signed in with an account that one of the provider's staff has too
}

// Engine is the actor for what Muster does by itself.
func Engine() Actor { return Actor{Kind: System, Name: "Muster", Door: Timer} }

// Has tells whether the actor holds the role in the workspace, directly or by
// holding it for the whole organisation.
func (a Actor) Has(role Role, ws id.Workspace) bool {
	for _, m := range a.Roles {
		if m.Role == role && (m.Workspace == "" || m.Workspace == ws) {
			return true
		}
	}
	return false
}

// Guest tells whether the actor is staff of the provider, let into an
// organisation by a grant. A guest has the person and the roles of whoever's
// eyes were borrowed, and may only look (FL1, FL4).
func (a Actor) Guest() bool { return a.Kind == Staff && a.Org != "" && a.Grant != "" }

// ID is the identifier that the book records for the actor.
func (a Actor) ID() string {
	switch {
	case a.Staff != "":
		return string(a.Staff)
	case a.Person != "":
		return string(a.Person)
	case a.Token != "":
		return string(a.Token)
	}
	return string(a.Kind)
}
