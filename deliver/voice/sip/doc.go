// Package sip is the road of calls to any SIP trunk (RFC 3261): it places
// calls, speaks into them by RTP (G.711), and hears keys as telephone events
// (RFC 4733) or INFO. Workers can call the trunk's number and check in.
package sip
