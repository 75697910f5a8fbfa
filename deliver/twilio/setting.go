package twilio

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"muster/deliver/setting"
)

// Key is the setting that Open reads.
const Key = "MUSTER_TWILIO"

// account is where and as whom to send.
type account struct {
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
func parse(raw string) (account, error) {
	bad := func(part, rule string) (account, error) { return account{}, wrong(part, rule) }
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return bad("", "must look like https://SID:TOKEN@HOST:PORT?from=+358…")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return bad(setting.Server, "must begin with https:// or, for this machine, http://")
	}
	if u.Hostname() == "" {
		return bad(setting.Server, "must name a host")
	}
	if u.Scheme == "http" && !local(u.Hostname()) {
		return bad(setting.Server, "may use http:// for this machine only, since the token travels with every message")
	}
	if u.Fragment != "" {
		return bad(setting.Server, "must have nothing behind the options")
	}
	var c account
	if u.User != nil {
		c.sid = u.User.Username()
		c.token, _ = u.User.Password()
	}
	if c.sid == "" || c.token == "" {
		return bad(setting.User, "must give account SID and token as SID:TOKEN@ before the host")
	}
	if err := c.options(u.RawQuery); err != nil {
		return account{}, err
	}
	base := url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	c.base = base.JoinPath("2010-04-01", "Accounts", c.sid).String()
	return c, nil
}

func (c *account) options(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return wrong("", "has options that cannot be read")
	}
	for name := range values {
		value := values.Get(name)
		switch name {
		case "from":
			value = plus(value)
			if !sender.MatchString(value) {
				return wrong(name, "option from must be a number like +358401234567, a short code or a name of up to 11 letters")
			}
			c.from = value
		case "service":
			if !strings.HasPrefix(value, "MG") {
				return wrong(name, "option service must be a messaging service, MG…")
			}
			c.service = value
		case "voice":
			if value = plus(value); !e164.MatchString(value) {
				return wrong(name, "option voice must be a number like +358401234567")
			}
			c.caller = value
		default:
			return wrong("", "has an unknown option; known are from, service and voice")
		}
	}
	if c.caller == "" && e164.MatchString(c.from) {
		c.caller = c.from
	}
	if (c.from == "") == (c.service == "") {
		return wrong("from", "must have either option from or option service")
	}
	return nil
}

func wrong(part, rule string) error { return &setting.Wrong{Key: Key, Part: part, Rule: rule} }

// Check tells whether Open would take the setting.
func Check(raw string) error {
	_, err := parse(raw)
	return err
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
