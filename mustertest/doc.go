// Package mustertest is the fake world that tests are run in: real databases
// that exist for one test only, and peers that Muster talks to.
//
// It knows nothing above store, so that the tests of every room can use it;
// the tests of store itself live in package store_test for that reason.
package mustertest
