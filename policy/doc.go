// Package policy decides who may do what. It is the one place that says yes.
//
// The rules are text: each *.cedar file holds the rules of one part of the
// house, and the *.cedarschema file of the same name says which actions there
// are, on what, and by whom. Every rule has an @id, which the book records
// with each act, and a @why, which is the rule in one English sentence; the
// sentence in the reader's own language stands in the catalogue under
// "policy.<id>".
//
// Nothing is allowed unless a rule permits it, and any rule that forbids wins
// over all that permit (Cedar's own semantics). A rule that cannot be
// evaluated would be skipped by Cedar, so an error here means no. Rules that
// do not pass the strict validator stop the program when it starts.
//
// What a rule may ask about is the type Facts in floor.cedarschema: yes-or-no
// facts only, so that all of them are made once, and misspelling one is found
// by the validator.
package policy
