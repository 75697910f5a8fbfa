// Package identity decides who is at the door.
//
// An account is what signs in. It belongs to the installation and to no
// organisation; a link joins it to one person in each organisation where its
// owner works, and a staff row makes it one of the provider's own people. What
// a person may do is a copy of the roster (Principal), which the roster keeps
// true in its own transactions.
//
// Ways in: a password (argon2id), a six-digit code by mail that works only in
// the browser that asked for it, a one-use link, a passkey. Each ends in a
// session: a random token in a cookie, of which only the hash is stored.
// Programs use API tokens, stored the same way. Nothing here is signed and
// trusted later: each request looks at the row, or at a copy of it in memory
// that the commit which ends it also drops, so that an end is an end at the
// next request (OWASP ASVS 8.3.2).
//
// Attempts are counted in the database, by account and by network address, so
// that several nodes count together. Whether an address has an account cannot
// be learned from an answer, nor from the work done for it (ASVS 6.3.8).
//
// Account, session, staff, codes, links, passkeys and counters belong to no
// single organisation and are reached only through the store's door Across, or
// by id from a unit of the organisation concerned. Links to persons,
// principals and API tokens are an organisation's own and stand behind its row
// security.
package identity
