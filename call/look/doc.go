// Package look keeps who looked at where a worker is. Whoever is watched over
// may know by whom: a page that shows one person's position leaves an entry in
// the book, and that person can read of it.
package look
