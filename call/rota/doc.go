// Package rota keeps who is on duty: now, at any time to come, and when nobody
// is.
//
// A rota belongs to the organisation or to one of its workspaces. It either
// rotates (teams in an order, handing over at a time of day each so many days)
// or is the same every week. Covers are exceptions to it: somebody else from
// one instant to another; a swap is two covers that stand or fall together.
// What follows from them is reckoned in package plan.
//
// Every change looks two weeks ahead for times without anybody who can be
// reached, and a watcher looks again each minute, since people leave and
// addresses change elsewhere. A gap is told to the administrators once.
package rota
