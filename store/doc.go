// Package store keeps rows, in SQLite or in PostgreSQL, behind one unit of
// work.
//
// A unit is a function that reads, decides and writes; all of it commits or
// none of it. On SQLite one writer goroutine runs whatever units wait inside
// one transaction, so that many callers share one disk sync
// (docs/adr/0002). On PostgreSQL each unit has its own transaction, and writes
// travel in the same round trip as the next read or the commit.
//
// Three walls stand between organisations. A tenant statement takes the
// organisation as $1 from the unit itself, so that no caller can pass another
// one. Work over all organisations needs the differently typed door Across.
// And PostgreSQL's row security hides what slips through both.
//
// The unit's Now is the only clock that rows ever see.
package store
