// Package demo is a small living world: three organisations in three
// countries, and workers whose shifts really run on the real engine and
// sometimes go wrong. It does nothing that a person at a phone could not do.
package demo
