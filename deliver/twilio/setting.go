package twilio

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// Key is the setting that Open reads.
const Key = "MUSTER_TWILIO"

// setting is where and as whom to send.
type setting struct {
	base       string // of the account; resources lie under it
	sid, token string
	from       string // a number in E.164 form, a short code or a name
	service    string // messaging service, which chooses the number
	caller     string // number in E.164 form that calls come from
}

var (
	e164   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	sender = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z0-9 ]{1,11})$`)
)

// parse reads https://SID:TOKEN@HOST:PORT?from=+358…. Errors are one line
// that names the key and the rule, and never quote the value, which has the
// token.
func parse(raw string) (setting, error) {
	bad := func(rule string) (setting, error) { return setting{}, fmt.Errorf("%s %s", Key, rule) }
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return bad("must look like https://SID:TOKEN@HOST:PORT?from=+358…")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return bad("must begin with https:// or, for this machine, http://")
	}
	if u.Hostname() == "" {
		return bad("must name a host")
	}
	if u.Scheme == "http" && !local(u.Hostname()) {
		return bad("may use http:// for this machine only, since the token travels with every message")
	}
	if u.Fragment != "" {
		return bad("must have nothing behind the options")
	}
	var c setting
	if u.User != nil {
		c.sid = u.User.Username()
		c.token, _ = u.User.Password()
	}
	if c.sid == "" || c.token == "" {
		return bad("must give account SID and token as SID:TOKEN@ before the host")
	}
	if err := c.options(u.RawQuery); err != nil {
		return setting{}, err
	}
	base := url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	c.base = base.JoinPath("2010-04-01", "Accounts", c.sid).String()
	return c, nil
}

func (c *setting) options(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("%s has options that cannot be read", Key)
	}
	for name := range values {
		value := values.Get(name)
		switch name {
		case "from":
			value = plus(value)
			if !sender.MatchString(value) {
				return fmt.Errorf("%s option from must be a number like +358401234567, a short code or a name of up to 11 letters", Key)
			}
			c.from = value
		case "service":
			if !strings.HasPrefix(value, "MG") {
				return fmt.Errorf("%s option service must be a messaging service, MG…", Key)
			}
			c.service = value
		case "voice":
			if value = plus(value); !e164.MatchString(value) {
				return fmt.Errorf("%s option voice must be a number like +358401234567", Key)
			}
			c.caller = value
		default:
			return fmt.Errorf("%s has an unknown option; known are from, service and voice", Key)
		}
	}
	if c.caller == "" && e164.MatchString(c.from) {
		c.caller = c.from
	}
	if (c.from == "") == (c.service == "") {
		return fmt.Errorf("%s must have either option from or option service", Key)
	}
	return nil
}

// plus mends what a bare + in a query means, which is a space.
func plus(value string) string {
	if rest, ok := strings.CutPrefix(value, " "); ok {
		return "+" + rest
	}
	return value
}

func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
