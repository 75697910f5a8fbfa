// Package erase is the deletion of a customer's data on request. No step of it
// can be left out, and there is no way back to one (ASVS 2.3.1).
//
// Test data (FL6): the customer is shown how to do it; if they decline, the
// agent writes down who wants what gone and why, the head of the agent's
// department approves, development does it, and what was done is recorded.
//
// Real data (FL7): refused, unless the customer does it with their own hand in
// a remote session that somebody of theirs watches; or the director asks by
// mail. Then support compares the sender with the director's address on file,
// writes down exactly what goes, and the director agrees to that list on the
// page of a link which works once and was sent to that address. Only then does
// it go to development.
package erase

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"muster/fault"
	"muster/id"
)

// Step is one thing that is done about a deletion.
type Step string

// The steps, each kind's in its order.
const (
	Show    Step = "show"    // test data: the customer was sent how to do it
	Decline Step = "decline" // test data: and does not want to
	Write   Step = "write"   // test data: who wants what gone, and why
	Approve Step = "approve" // test data: by the head of department

	Compare Step = "compare" // real data: the director's mail, held against the address on file
	List    Step = "list"    // real data: exactly what goes
	Send    Step = "send"    // real data: the link left for the director
	Agree   Step = "agree"   // real data: the director said yes to the list

	Pass   Step = "pass"   // to development
	Record Step = "record" // what was deleted, when, by whom
	Own    Step = "own"    // the customer did it with their own hand
)

// Done is a step that was taken.
type Done struct {
	At   time.Time
	By   string // name; for agree the director's address
	ID   string // staff member, where one did it
	Note string
}

// Paper is what development is given (FL6).
type Paper struct{ Who, Why, What string }

// Deletion is how far one has come.
type Deletion struct {
	Request id.Request
	Real    bool
	Steps   map[Step]Done
	Paper   Paper
	List    []string // exactly what goes, a line each
	Address string   // of the director, to which the link went
	Until   time.Time
}

// Has tells whether a step was taken.
func (d Deletion) Has(s Step) bool { return !d.Steps[s].At.IsZero() }

// Order lists the steps of a kind, as they follow each other.
func (d Deletion) Order() []Step {
	if d.Real {
		return []Step{Compare, List, Send, Agree, Pass, Record}
	}
	return []Step{Show, Decline, Write, Approve, Pass, Record}
}

// Next is the step that comes now; empty if all is done.
func (d Deletion) Next() Step {
	if d.Over() {
		return ""
	}
	for _, s := range d.Order() {
		if !d.Has(s) {
			return s
		}
	}
	return ""
}

// Over tells whether there is nothing more to do.
func (d Deletion) Over() bool { return d.Has(Record) || d.Has(Own) }

// missing names the faults of steps that must come first.
var missing = map[Step]string{
	Show: "erase_not_shown", Decline: "erase_not_declined", Write: "erase_no_paper", Approve: "erase_not_approved",
	Compare: "erase_not_compared", List: "erase_no_list", Send: "erase_not_sent", Agree: "erase_not_agreed", Pass: "erase_not_passed",
}

// Missing is the code of what must come before the deletion can go to
// development; empty if nothing is missing.
func (d Deletion) Missing() string {
	if next := d.Next(); next != Pass && next != Record {
		return missing[next]
	}
	return ""
}

// take takes a step. Whoever wrote the paper does not approve it, and nothing
// is done twice, but for writing a list anew: then whatever was sent about the
// one before counts no more.
func (d Deletion) take(s Step, as Done) (Deletion, error) {
	order := d.Order()
	at := slices.Index(order, s)
	switch {
	case d.Over():
		return d, fault.New(fault.Conflict, "erase_over")
	case s == Own && d.Has(Pass):
		return d, fault.New(fault.Conflict, "erase_passed")
	case s == Own:
	case at < 0:
		return d, fault.New(fault.Invalid, "not_one_of").At("step")
	case d.Has(s) && (s != List && s != Send || d.Has(Agree)):
		return d, fault.New(fault.Conflict, "already_done")
	default:
		for _, before := range order[:at] {
			if !d.Has(before) {
				return d, fault.New(fault.Conflict, missing[before])
			}
		}
	}
	if s == Approve && as.ID == d.Steps[Write].ID {
		return d, fault.New(fault.Forbidden, "erase_own_paper")
	}
	if s == Agree && (as.By != d.Address || !as.At.Before(d.Until)) {
		return d, fault.New(fault.Expired, "link_expired")
	}
	steps := map[Step]Done{s: as}
	for known, done := range d.Steps {
		if s == List && (known == Send || known == Agree) || known == s {
			continue
		}
		steps[known] = done
	}
	d.Steps = steps
	return d, nil
}

// Digest stands for the list: whoever agrees says to which.
func (d Deletion) Digest() string {
	sum := sha256.Sum256([]byte(strings.Join(d.List, "\n")))
	return hex.EncodeToString(sum[:16])
}

// Limits of what is written down.
const (
	mostLines = 200
	mostLine  = 300
	mostPaper = 2000
	fewest    = 5
)

// lines reads a list as it was typed: one thing a line, nothing twice.
func lines(text string) ([]string, error) {
	var all []string
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(strings.ToValidUTF8(line, "")), " ")
		if line == "" || slices.Contains(all, line) {
			continue
		}
		if utf8.RuneCountInString(line) > mostLine {
			return nil, fault.New(fault.Invalid, "too_long").At("list").With("Max", mostLine)
		}
		all = append(all, line)
	}
	switch {
	case len(all) == 0:
		return nil, fault.New(fault.Invalid, "required").At("list")
	case len(all) > mostLines:
		return nil, fault.New(fault.Invalid, "too_many").At("list").With("Max", mostLines)
	}
	return all, nil
}

// check holds the paper to its limits: all three must be said.
func (p Paper) check() (Paper, error) {
	var wrong []error
	for field, text := range map[string]*string{"who": &p.Who, "why": &p.Why, "what": &p.What} {
		*text = strings.TrimSpace(strings.ToValidUTF8(*text, ""))
		switch n := utf8.RuneCountInString(*text); {
		case n == 0:
			wrong = append(wrong, fault.New(fault.Invalid, "required").At(field))
		case n < fewest:
			wrong = append(wrong, fault.New(fault.Invalid, "say_more").At(field))
		case n > mostPaper:
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").At(field).With("Max", mostPaper))
		}
	}
	return p, fault.Join(wrong...)
}
