// Package connection is an organisation and a monitoring partner that agree to
// work together, until one of them says no.
//
// Each side has a row of its own, under the same identifier, and an entry in
// its own book for every step. Whatever touches both sides is one unit, the
// customer's side first, so that two of them never wait for each other.
//
//	proposed ──the other side agrees──▶ active ──either side──▶ ended
package connection
