// Package texting is what a worker can do by text message, from any telephone
// that can send one: begin a shift, check in, call for help, start a high-risk
// countdown, ask how things stand, and finish.
//
// The number says who it may be and the PIN that it is them: numbers of senders
// can be forged. A call for help needs no PIN. Numbers that are on nobody's
// list get no answer and learn nothing; a wrong PIN is answered like a text
// that nobody understands. The duress PIN is answered as the normal one is, in
// the same words (OA10).
package texting
