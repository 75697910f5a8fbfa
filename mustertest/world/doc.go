// Package world is the fake world beyond the channels: carriers that carry
// nothing and remember everything.
//
// It stands on deliver, so only tests of that room and of those above it can
// use it; those below have package mustertest.
package world
