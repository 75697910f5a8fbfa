// Package pass answers other products of the provider's: whether support may be
// there, and what it may do.
//
// A guest, who is staff inside a customer's organisation, opens a product from
// there and gets a pass: a signed statement of at most five minutes that says
// who comes to which customer, to look or to configure, with whose eyes, and
// until when. It hangs on the session by which the guest is inside, so that
// whatever ends that session, or the leave it stands on, ends the pass: it is
// not renewed, decisions are no, and the product is told on its stream.
//
// Decisions are asked and answered in the shape of the OpenID Authorization API
// 1.0 (AuthZEN); each is policy's own, about the guest as it stands at that
// instant, and is in the customer's book before the product hears it. Decisions
// of one organisation that are asked at once share one unit and one entry.
//
// What support did in a product comes back and is written into the customer's
// book like everything else.
package pass
