// Package wire keeps the ways on which alarms leave for a centre, and those on
// which panels and other platforms raise alarms here.
//
// A wire leads out: a pair of DC-09 receivers, or the address of a program
// that takes webhooks. What is handed over is a message of the lane sos, with
// the engine's tries and states; the wire knows how it is written and keeps
// every frame with its answer. An organisation's own alarms go out on each of
// its wires that is marked so, at once, when they are raised, get graver, are
// taken in charge and end; rooms above announce what is theirs.
//
// A panel leads in: an account under which a sender's frames arrive. One that
// reports an emergency raises an alarm for the panel's person, and is
// acknowledged only when the alarm is committed; a repeated frame is
// acknowledged again and raises nothing.
//
// Both are supervised: a receiver or a panel that has gone silent is told to
// administrators, and is in the book, as is its return.
package wire
