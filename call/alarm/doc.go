// Package alarm is the centre of CALL: a person needs help, and somebody must
// come.
//
// An alarm is raised, acknowledged by a named human, and resolved by a named
// human with an outcome; there is no other way to an end. While nobody
// acknowledges, it repeats and widens to every monitor and administrator, for
// as long as it takes. One that was acknowledged and then forgotten comes
// back. A worker has at most one open alarm: what happens meanwhile (help
// after a missed check-in) makes that one graver and tells everybody anew.
//
//	raised ──acknowledge──▶ acknowledged ──resolve──▶ resolved
//	   ▲  └──────────────resolve──────────────────────▶
//	   └──forgotten, or something graver happened──┘
package alarm
