package inbound

import (
	"fmt"
	"net/netip"
	"testing"
)

// One system takes up no more than its room, from however many addresses.
func TestOneSystemLeavesRoomForOthers(t *testing.T) {
	for name, address := range map[string]func(n int) string{
		"IPv4":       func(int) string { return "192.0.2.1" },
		"IPv6":       func(n int) string { return fmt.Sprintf("2001:db8::%x", n+1) },
		"link-local": func(n int) string { return fmt.Sprintf("fe80::%x%%eth0", n+1) },
	} {
		q := crowd(nil)
		in := 0
		for n := range maxVisits {
			if q.enter(netip.MustParseAddr(address(n))) {
				in++
			}
		}
		if in != maxVisitsEach || !q.enter(netip.MustParseAddr("198.51.100.7")) {
			t.Errorf("%s: %d connections, and another system has no room", name, in)
		}
		for n := range in {
			q.left(netip.MustParseAddr(address(n)))
		}
		if q.total != 1 || len(q.each) != 1 {
			t.Errorf("%s: %d connections are left of %d systems", name, q.total, len(q.each))
		}
	}
}
