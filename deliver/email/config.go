package email

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"muster/deliver/setting"
)

// Key is the setting that New reads.
const Key = "MUSTER_SMTP"

// defaultConnections suits a relay with its usual limits (Postfix lets one
// client hold 50), with room for the urgent ones on top.
const defaultConnections = 16

// config is where and how to hand over mail.
type config struct {
	host, port  string
	implicitTLS bool // smtps: TLS from the first byte
	requireTLS  bool // without it nothing is handed over
	user, pass  string
	from        mail.Address
	domain      string // for our greeting and Message-ID
	connections int

	sign func(text []byte) ([]byte, error) // nil: mail goes out unsigned
	back *Addresses                        // nil: bounces and replies go to from
}

// parse reads smtp://USER:PASS@HOST:PORT?from=…. Errors are one line that
// names the key and the rule, and never quote the value, which has a password.
func parse(raw, domain string) (config, error) {
	bad := func(part, rule string) (config, error) { return config{}, wrong(part, rule) }
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return bad("", "must look like smtp://USER:PASS@HOST:PORT")
	}
	c := config{host: u.Hostname(), port: u.Port(), domain: named(domain), connections: defaultConnections}
	switch u.Scheme {
	case "smtp":
		c.port = orElse(c.port, "25")
	case "smtps":
		c.implicitTLS, c.port = true, orElse(c.port, "465")
	default:
		return bad("", "must begin with smtp:// or smtps://")
	}
	if c.host == "" {
		return bad(setting.Server, "must name a host")
	}
	if n, err := strconv.ParseUint(c.port, 10, 16); err != nil || n == 0 {
		return bad(setting.Server, "must name a port from 1 to 65535")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return bad(setting.Server, "must have nothing between the port and the options")
	}
	if u.User != nil {
		c.user = u.User.Username()
		c.pass, _ = u.User.Password()
		if c.user == "" || c.pass == "" {
			return bad(setting.User, "must give both user and password, or neither")
		}
	}
	// A password, and alarms on their way, are for the relay only. On this
	// machine there is nobody between us and it.
	c.requireTLS = c.user != "" && !c.local()
	c.from = mail.Address{Name: "Muster", Address: "muster@" + c.domain}
	if err := c.options(u.RawQuery); err != nil {
		return config{}, err
	}
	return c, nil
}

func wrong(part, rule string) error { return &setting.Wrong{Key: Key, Part: part, Rule: rule} }

// Check tells whether New would take the setting.
func Check(raw string) error {
	_, err := parse(raw, "localhost")
	return err
}

func (c *config) options(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return wrong("", "has options that cannot be read")
	}
	for name := range values {
		value := values.Get(name)
		switch name {
		case "from":
			a, err := mail.ParseAddress(value)
			if err != nil || hasControl(value) {
				return wrong(name, "option from must be a mail address")
			}
			c.from = mail.Address{Name: orElse(a.Name, c.from.Name), Address: a.Address}
		case "tls":
			if value != "required" {
				return wrong(name, "option tls may only be required")
			}
			c.requireTLS = true
		case "connections":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 200 {
				return wrong(name, "option connections must be 1 to 200")
			}
			c.connections = n
		default:
			return wrong("", "has an unknown option; known are from, tls and connections")
		}
	}
	return nil
}

func (c *config) address() string { return net.JoinHostPort(c.host, c.port) }

// local tells whether the relay is this machine.
func (c *config) local() bool {
	if c.host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(c.host)
	return err == nil && ip.IsLoopback()
}

// named turns the host of a public address into a name that may stand in a
// mail address; Muster on a bare IP address is somebody trying it out.
func named(domain string) string {
	if _, err := netip.ParseAddr(domain); err == nil || domain == "" || hasControl(domain) {
		return "localhost"
	}
	return domain
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
