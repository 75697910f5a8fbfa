// Package outward makes requests to addresses that customers and their
// browsers name, and keeps them in the open network: wherever a name leads,
// it is the address that a connection is about to be made to that is judged,
// so that an answer of a name server that changes between two looks opens
// nothing. The operator of the installation may allow private networks by
// number.
package outward

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"muster/fault"
)

const (
	sendTime = 15 * time.Second // for a whole request, its answer included
	dialTime = 5 * time.Second
	maxHeads = 32 << 10 // of an answer's header
	maxURL   = 1000
)

// closed are networks that no request of a customer's may reach: those of the
// machine, of the house it stands in, of its provider, and those that carry
// other addresses within them (IANA special-purpose registries). The single
// address is where a large provider answers its own machines, on a number that
// looks like anybody's.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32",
	"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(all))
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// ParseNetworks reads the networks that are allowed although they are not of
// the open net: 10.1.0.0/16,192.168.7.12.
func ParseNetworks(text string) (all []netip.Prefix, err error) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(word)
		if err != nil {
			ip, err := netip.ParseAddr(word)
			if err != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network such as 10.1.0.0/16", word)
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// Client makes requests with it only to the open network and what is allowed
// beside it. It follows no other address that an answer names, uses no proxy
// of the environment, which would connect in its place, and keeps at most as
// many idle connections to one host as it is told. A request may take 15 s.
func Client(allowed []netip.Prefix, idle int) *http.Client { return client(allowed, idle, nil) }

func client(allowed []netip.Prefix, idle int, names *net.Resolver) *http.Client {
	guard := &net.Dialer{Timeout: dialTime, ControlContext: Guard(allowed), Resolver: names}
	return &http.Client{
		Timeout: sendTime,
		Transport: &http.Transport{
			Proxy: nil, DialContext: guard.DialContext, TLSHandshakeTimeout: dialTime, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: idle, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: maxHeads,
			DisableCompression: true, // a small answer may unpack to a large one
		},
		// Whoever answers with another address could lead us anywhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Guard is what a dialer asks before it connects, as its ControlContext: only
// the open network, and what is allowed beside it, wherever a name has led.
func Guard(allowed []netip.Prefix) func(ctx context.Context, network, address string, conn syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return permitted(address, allowed)
	}
}

// permitted decides when a connection is about to be made, with the address
// that the name has led to.
func permitted(address string, allowed []netip.Prefix) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := at.Addr().Unmap().WithZone(""); !open(ip) && !within(ip, allowed) {
		return fmt.Errorf("%s is not of the open network", ip)
	}
	return nil
}

// open tells whether an address is one of the open network.
func open(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip.IsValid() && !within(ip, closed)
}

func within(ip netip.Addr, networks []netip.Prefix) bool {
	for _, p := range networks {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// CheckURL refuses, as Invalid "webhook_url", an address to which nothing can
// be sent: it must be https, or http within a network that is allowed by its
// number.
func CheckURL(text string, allowed []netip.Prefix) error {
	bad := fault.New(fault.Invalid, "webhook_url").At("url")
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || len(text) > maxURL {
		return bad
	}
	ip, err := netip.ParseAddr(u.Hostname())
	inside := err == nil && within(ip.Unmap(), allowed)
	if u.Scheme != "https" && (u.Scheme != "http" || !inside) || err == nil && !inside && !open(ip) {
		return bad
	}
	return nil
}
