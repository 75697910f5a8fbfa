package sip

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"muster/deliver/setting"
)

// Key is the setting that New reads.
const Key = "MUSTER_SIP"

// terms are which trunk to use, and how.
type terms struct {
	user, pass string
	host       string
	port       int
	transport  string        // udp, tcp or tls
	from       string        // number in E.164 form that calls come from
	listen     string        // HOST:PORT for SIP; empty host: the one that leads to the trunk
	public     string        // address that the trunk sees, behind a translation; empty: as listen
	low, high  int           // ports for RTP
	lines      int           // calls at the same time
	ring       time.Duration // how long it may ring
	register   bool
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// parse reads sip://USER:PASS@HOST:PORT?from=+358…. Errors are one line that
// names the key and the rule, and never quote the value, which has the
// password.
func parse(raw string) (terms, error) {
	s := terms{transport: "udp", low: 20000, high: 20999, lines: 20, ring: 40 * time.Second}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "sip" || u.Opaque != "" || u.Hostname() == "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return s, wrong(setting.Server, "must look like sip://USER:PASS@HOST:PORT?from=+358…")
	}
	s.host = u.Hostname()
	if u.User != nil {
		s.user = u.User.Username()
		s.pass, _ = u.User.Password()
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return s, wrong("", "has options that cannot be read")
	}
	for name := range values {
		read, known := options[name]
		if !known {
			return s, wrong("", "has an unknown option; known are from, transport, listen, public, rtp, lines, ring and register")
		}
		if rule := read(&s, values.Get(name)); rule != "" {
			return s, wrong(name, "option "+name+" must be "+rule)
		}
	}
	if s.port = 5060; s.transport == "tls" {
		s.port = 5061
	}
	if u.Port() != "" {
		s.port, _ = strconv.Atoi(u.Port())
	}
	switch {
	case s.from == "":
		return s, wrong("from", "must have option from, the number that calls come from")
	case s.register && s.user == "":
		return s, wrong(setting.User, "must give USER:PASS@ before the host to register")
	case s.high-s.low+1 < 2*s.lines+max(2, s.lines/2):
		return s, wrong("rtp", fmt.Sprintf("option rtp must have five ports for every two of the %d lines", s.lines))
	}
	return s, nil
}

func wrong(part, rule string) error { return &setting.Wrong{Key: Key, Part: part, Rule: rule} }

// Check tells whether New would take the setting.
func Check(raw string) error {
	_, err := parse(raw)
	return err
}

// options read one option each, and give the rule it breaks.
var options = map[string]func(*terms, string) string{
	"from": func(s *terms, v string) string {
		if rest, ok := strings.CutPrefix(v, " "); ok {
			v = "+" + rest // a bare + in a query means a space
		}
		s.from = v
		return unless(e164.MatchString(v), "a number like +358401234567")
	},
	"transport": func(s *terms, v string) string {
		s.transport = v
		return unless(v == "udp" || v == "tcp" || v == "tls", "udp, tcp or tls")
	},
	"listen": func(s *terms, v string) string {
		s.listen = v
		_, port, err := net.SplitHostPort(v)
		_, bad := strconv.ParseUint(port, 10, 16)
		return unless(err == nil && bad == nil, "HOST:PORT or :PORT")
	},
	"public": func(s *terms, v string) string {
		s.public = v
		return unless(net.ParseIP(v) != nil, "an IP address")
	},
	"rtp": func(s *terms, v string) string {
		a, b, _ := strings.Cut(v, "-")
		low, err1 := strconv.Atoi(a)
		high, err2 := strconv.Atoi(b)
		s.low, s.high = low+low%2, high
		return unless(err1 == nil && err2 == nil && low >= 1024 && high > low && high <= 65535, "a range of ports like 20000-20999")
	},
	"lines": func(s *terms, v string) string {
		n, err := strconv.Atoi(v)
		s.lines = n
		return unless(err == nil && n >= 1 && n <= 1000, "how many people may be called at a time, 1 to 1000")
	},
	"ring": func(s *terms, v string) string {
		n, err := strconv.Atoi(v)
		s.ring = time.Duration(n) * time.Second
		return unless(err == nil && n >= 1 && n <= 180, "for how many seconds it may ring, 1 to 180")
	},
	"register": func(s *terms, v string) string {
		s.register = v == "yes"
		return unless(v == "yes" || v == "no", "yes or no")
	},
}

func unless(ok bool, rule string) string {
	if ok {
		return ""
	}
	return rule
}
