// Package deliver gets messages to people and their answers back.
//
// A message is queued in the unit that wants it, so that there is never an
// effect without its message or a message without its effect. It has a lane,
// a recipient, a route (addresses in the order in which they are tried) and a
// validity, and it always reaches an end state that says only what is known.
//
// A message that is queued on a node with a free hand is claimed in the unit
// that queues it, and handed over after the commit; the others wait in the
// database to be claimed. Each lane has its own workers, so that no flood of
// news delays a call for help, and within a lane organisations take turns, so
// that the storm of one does not keep another waiting. A claim hides a message
// for as long as a send may take; if the node dies meanwhile the message comes
// up again, and goes out under the same attempt id, so that the possible double
// can be told.
package deliver
