// Package voice calls people by telephone. A call says who needs help and what
// happened, asks to sign in to the board, is repeated on 1, and takes the
// answer by a digit that it reads out at its end (OA5). Workers can call in
// and check in with their PIN.
//
// What is said when, and which key does what, is one rule for all roads; the
// roads are the folders: sip to any trunk, twiml over a carrier that fetches
// what to say. Only a pressed key counts as a human. Voicemail that talks, and
// silence, are failed attempts, so that somebody else is called.
package voice
