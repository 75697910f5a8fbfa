// Package device connects the phones and trackers that workers carry anyway:
// apps of others that send positions, and sometimes a call for help, to an
// address of ours with a token of their own.
//
// A device can do what its worker could do with it in hand and no more: send
// positions of the running shift, call for help, and, where its owner allowed
// it, check in by a deliberate act. A position alone is never a sign of life:
// a phone moves in a stranger's car, too. Off shift nothing is kept but that
// the device was heard; the sender is told that all is well, for it would send
// the same again.
//
// Reports may come late, twice and in any order. Positions have their instant
// as their key, acts take effect once, and an old one never moves a deadline
// further than it would have then.
package device
