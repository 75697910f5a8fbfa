// Package ledger is the book: everything that happened in an organisation,
// written in the same unit as the act, so that nobody can change it later
// without being found out.
//
// Each organisation has one Merkle log (RFC 6962). An entry's leaf is a line
// of JSON that says who did what, on whom, when, through which door and by
// which rule. Personal values (names, addresses, notes) do not stand in the
// leaf: it holds a commitment to each, HMAC-SHA-256 under a salt of its own,
// and value and salt lie beside it. Erasing deletes value and salt; every
// proof still holds, and the entry shows that something was there.
//
// A checkpoint is the log's size and root, signed with the installation's key
// (C2SP tlog-checkpoint and signed-note). Whoever holds one can tell later
// whether the book they are shown still begins with the one they saw. An
// export is one file that Verify checks without the installation and without
// a network.
package ledger
