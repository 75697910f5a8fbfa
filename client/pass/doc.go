// Package pass lets a product of the provider's admit support only by the rules
// that Muster keeps, and lets its customer see everything that support does
// there. It needs the standard library and a library for JSON Web Tokens, and
// nothing else of Muster, so that it can be copied into any product.
//
// A staff member who is inside a customer's organisation opens the product from
// there. The browser arrives with a code that works once; Enter changes it for
// a signed pass, which says who comes, to which customer, whether to look or to
// configure, with whose eyes, and until when. From then on Guard knows the
// visit: it checks the pass with each request, renews it while the leave to be
// there lasts, and ends it within a second of the customer's taking that leave
// back.
//
// What is not certain is no. A pass that cannot be checked, a question that is
// not answered in time, a record of an act that cannot be kept: each is refused.
//
// A Client is safe for use from many sides. Run must be running for it to hear
// of revocations and to send what was done; without it every request is checked
// with Muster itself.
package pass

import (
	"errors"
	"time"
)

// Mode is what a pass is for.
type Mode string

// The modes.
const (
	View      Mode = "view"
	Configure Mode = "configure"
	ViewAs    Mode = "view_as" // with the eyes of one of the customer's people
)

// Pass is one leave for one staff member to be at one customer in this product.
type Pass struct {
	ID           string // the same for as long as the visit lasts
	Staff        string // who of the provider, by identifier
	Name         string // and by name
	Organisation string // which customer
	Grant        string // the leave that the customer gave
	Mode         Mode
	As           string // whose eyes, with ViewAs: the person's identifier at Muster
	AsName       string
	Banner       string // one sentence for every page: who is here, and to do what
	Lang         string // the language of the banner
	Expires      time.Time

	token string
}

// Resource is what an act is on.
type Resource struct {
	Type string // "setting" or "page"
	ID   string // of a setting: its name in Muster's catalogue
}

// Decision is Muster's answer to whether something may be done.
type Decision struct {
	Allowed bool
	Rule    string     // the rule that says so, or that would have to be met
	Reason  string     // the same in a sentence, in the language asked for
	Missing [][]string // ways to a yes, in words: of each, all would have to be there
}

// Act is one thing that support did in the product.
type Act struct {
	ID       string // empty: one is made. Of two with the same identifier one is kept
	At       time.Time
	Name     string // what was done: "configure", "view", "export"
	Resource Resource
	Record   string // which record, where there is one
	Changed  bool   // something is different now
	Words    string // more about it, in a sentence; may hold personal data
}

// What a Client says no with. What Muster itself says comes as Refused.
var (
	ErrNoPass      = errors.New("pass: no valid pass")
	ErrRevoked     = errors.New("pass: the leave to be here was taken back")
	ErrUnreachable = errors.New("pass: Muster cannot be asked")
	ErrFull        = errors.New("pass: too many acts wait to be recorded")
)

// Refused is an answer of Muster's that is no.
type Refused struct {
	Status int
	Code   string
	Detail string
}

func (r *Refused) Error() string { return "pass: Muster refuses: " + r.Code + ": " + r.Detail }
