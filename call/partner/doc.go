// Package partner is the desk of a monitoring partner: the alarms of all its
// customers, and of nobody else.
//
// An alarm that is handed over leaves a row in the customer's tenant
// (handover) and a case in the partner's. The engine carries it across, once,
// and whatever becomes of the alarm on the customer's side after it. The
// partner's operators answer it through the case: each of their acts is one
// unit over both tenants, with an entry in either book. What is known of the
// worker is read from the customer while the case is open, and is not copied.
//
//	open ──accept──▶ accepted ──close──▶ closed
//	  └───────────────close, or the customer ended the alarm──▶
package partner
