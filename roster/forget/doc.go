// Package forget erases what is known of a person who has left (access N5):
// every value of theirs, here and at the monitoring partners, and nothing of
// anybody else. That something happened, when, and by whose rule stays in the
// book, whose proofs all hold as before; so does the person's identifier, which
// leads to nobody any more.
//
// See docs/adr/0035.
package forget
