// Package visit is being inside: one of the provider's staff who was let into
// an organisation by a grant looks at its pages, and its administrators see
// that while it happens.
//
// A visit lives by its session, its grant, the guest's standing and whoever's
// eyes were borrowed. All of them are asked on each request, none is
// remembered, and the first that fails ends it.
package visit
