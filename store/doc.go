// Package store keeps rows, in SQLite or in PostgreSQL, behind one unit of
// work.
//
// A unit is a function that reads, decides and writes; all of it commits or
// none of it. On SQLite one writer goroutine runs whatever units wait inside
// one transaction, so that many callers share one disk sync
// (docs/adr/0002). On PostgreSQL units that come while others are under way
// share a transaction, too: those of different organisations run side by side
// and what all of them ask travels in one message (docs/adr/0011). In either,
// one slow unit keeps others waiting: no network, no hashing of passwords in it.
//
// Three walls stand between organisations. A tenant statement takes the
// organisation as $1 from the unit itself, so that no caller can pass another
// one. Work over all organisations needs the differently typed door Across.
// And PostgreSQL's row security hides what slips through both.
//
// The unit's Now is the only clock that rows ever see.
package store
