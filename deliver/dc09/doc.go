// Package dc09 speaks SIA DC-09, the protocol by which alarm systems report to
// alarm receiving centres: its frames, a transmitter that hands an alarm over
// to one of two receivers, and a receiver for panels and other platforms.
//
// A frame is LF, checksum, length, body, CR. The body names a format (ADM-CID,
// SIA-DCS, or NULL for a supervision poll), a sequence number, whose it is
// (receiver, line, account), data, extra data and a time. Under a key, data
// and what follows travel encrypted; the standard gives neither a random start
// nor a proof of origin to that, so a tunnel around it does no harm.
//
//	transmitter ──frame──▶ receiver
//	            ◀──ACK───  taken, durably
//	            ◀──NAK───  your clock is wrong; mine says …
//	            ◀──DUH───  well formed, but nothing I can handle
//
// What codes and which form of coordinates a centre wants is data (see Dialect):
// the published tables disagree with each other.
//
// There is no database here. Where settings and frames are kept is the
// business of whoever makes the Channel and the Receiver.
package dc09
