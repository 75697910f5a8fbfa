// Package world is the fake world around the engine: carriers that carry
// nothing and remember everything, and organisations made in one line.
//
// It stands on every room, so only tests of rooms above deliver can use it;
// those below have package mustertest.
package world
