// Package fault is the one way anything in Muster says no.
//
// A fault has a kind (which the edge maps to an HTTP status), a stable code
// (which names the catalogue text "fault.<code>" that a person reads), and,
// for bad input, the field it is about. Any error that is not a *Fault is
// Internal: its text is logged and never shown.
package fault

import (
	"errors"
	"strings"
)

// Kind says what sort of no this is. The zero value is Internal, so that a
// forgotten kind is never mistaken for something the caller may see.
type Kind int

// The kinds, in the order in which a request usually meets them.
const (
	Internal        Kind = iota // our own failure; details stay in the log
	Invalid                     // the input breaks a rule
	Unauthenticated             // we do not know who is asking
	Forbidden                   // we know, and the rules say no
	NotFound                    // no such thing, or another organisation's
	Conflict                    // the thing is not in a state that allows this
	Expired                     // it was allowed, until a time that has passed
	Limited                     // too much, too fast
	Unavailable                 // something we depend on does not answer
)

var kindNames = [...]string{
	"internal", "invalid", "unauthenticated", "forbidden", "not_found",
	"conflict", "expired", "limited", "unavailable",
}

func (k Kind) String() string {
	if k == none {
		return "none"
	}
	return kindNames[k]
}

// Fault is an error with a kind, a code and, where it is about input, a field.
type Fault struct {
	Kind  Kind
	Code  string         // stable, snake_case; text under "fault.<Code>"
	Field string         // input field, empty when not about one
	Args  map[string]any // values for the text; never secrets
	cause error
}

// New makes a fault. The code must have a text in every complete catalogue.
func New(kind Kind, code string) *Fault { return &Fault{Kind: kind, Code: code} }

// At returns a copy that names the input field it is about.
func (f *Fault) At(field string) *Fault {
	c := *f
	c.Field = field
	return &c
}

// With returns a copy that carries one more value for the text.
func (f *Fault) With(name string, value any) *Fault {
	c := *f
	c.Args = make(map[string]any, len(f.Args)+1)
	for k, v := range f.Args {
		c.Args[k] = v
	}
	c.Args[name] = value
	return &c
}

// Wrap returns a copy that remembers what caused it, for the log only.
func (f *Fault) Wrap(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

// Error is for logs, not for people; people read the catalogue text.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Kind.String())
	b.WriteString(": ")
	b.WriteString(f.Code)
	if f.Field != "" {
		b.WriteString(" (" + f.Field + ")")
	}
	if f.cause != nil {
		b.WriteString(": " + f.cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause, if one was given.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes two faults equal for errors.Is when kind and code agree, whatever
// the field or values.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Kind == f.Kind && t.Code == f.Code
}

// From returns the first fault in err's tree; an error without one becomes
// Internal with code "internal". From(nil) is nil.
func From(err error) *Fault {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return New(Internal, "internal").Wrap(err)
}

// none is the kind of no fault at all; it equals no other.
const none Kind = -1

// KindOf is From(err).Kind; that of nil equals no kind.
func KindOf(err error) Kind {
	if err == nil {
		return none
	}
	return From(err).Kind
}

// Join gathers several faults, so that a form can show all of them at once.
// Nils are dropped; with none left it returns nil.
func Join(errs ...error) error { return errors.Join(errs...) }

// All returns every fault in err's tree, in order. An error with none gives
// one Internal fault; nil gives none.
func All(err error) []*Fault {
	if err == nil {
		return nil
	}
	var all []*Fault
	var walk func(error)
	walk = func(e error) {
		switch x := e.(type) {
		case *Fault:
			all = append(all, x)
		case interface{ Unwrap() []error }:
			for _, sub := range x.Unwrap() {
				walk(sub)
			}
		case interface{ Unwrap() error }:
			walk(x.Unwrap())
		}
	}
	walk(err)
	if len(all) == 0 {
		all = append(all, From(err))
	}
	return all
}
