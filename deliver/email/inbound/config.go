package inbound

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"muster/deliver/email/origin"
)

// Key is the setting that Open reads.
const Key = "MUSTER_MAIL_IN"

// config is where mail comes in, and as what.
type config struct {
	network, address string
	lmtp             bool
	domain           string // of the addresses that we take mail for
	tls              *tls.Config
	dns              origin.Resolver
}

// parse reads smtp://HOST:PORT?domain=…, lmtp://HOST:PORT or lmtp:/SOCKET.
// Errors are one line that names the key and the rule, and never quote the
// value.
func parse(raw string) (config, error) {
	bad := func(rule string) (config, error) { return config{}, fmt.Errorf("%s %s", Key, rule) }
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || u.Fragment != "" {
		return bad("must look like smtp://HOST:PORT?domain=DOMAIN, or with lmtp")
	}
	c := config{network: "tcp", address: u.Host, dns: net.DefaultResolver}
	switch u.Scheme {
	case "smtp":
	case "lmtp":
		c.lmtp = true
	default:
		return bad("must begin with smtp:// or lmtp:")
	}
	if c.lmtp && u.Host == "" && strings.HasPrefix(u.Path, "/") {
		c.network, c.address = "unix", u.Path
	} else if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || u.Path != "" && u.Path != "/" || port == 0 && u.Port() != "0" {
		return bad("must name a port from 1 to 65535 and nothing behind it but options")
	}
	// Whoever speaks LMTP with us is believed to be the system that took the
	// mail from outside, and to say truly from where.
	if c.lmtp && c.network == "tcp" && !near(u.Hostname()) {
		return bad("with lmtp must be on this machine or in a private network")
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("has options that cannot be read")
	}
	for name := range options {
		if err := c.option(name, options.Get(name)); err != nil {
			return config{}, err
		}
	}
	if c.domain == "" {
		return bad("must have the option domain: what stands behind the @ of mail that comes here")
	}
	return c, nil
}

func near(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsPrivate())
}

func (c *config) option(name, value string) error {
	switch name {
	case "domain":
		ascii, err := idna.Lookup.ToASCII(strings.ToLower(value))
		if err != nil || ascii == "" {
			return fmt.Errorf("%s option domain must be a domain name", Key)
		}
		c.domain = ascii
	case "tls":
		pair, err := tls.LoadX509KeyPair(value, value)
		if err != nil {
			return fmt.Errorf("%s option tls must name a file with a certificate and its key, in PEM", Key)
		}
		c.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	case "dns":
		if _, err := netip.ParseAddrPort(value); err != nil {
			return fmt.Errorf("%s option dns must be IP:PORT of a resolver", Key)
		}
		var d net.Dialer
		c.dns = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, value)
		}}
	default:
		return fmt.Errorf("%s has an unknown option; known are domain, tls and dns", Key)
	}
	return nil
}
