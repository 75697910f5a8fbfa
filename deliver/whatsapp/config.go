package whatsapp

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"muster/deliver/setting"
)

// Key is the setting that New reads.
const Key = "MUSTER_WHATSAPP"

// config is where and as whom to send, and how to know what comes back.
type config struct {
	endpoint string // where messages are posted
	number   string // phone number id: which of our numbers it is
	token    string // access token
	secret   string // of the app: signs what Meta sends
	verify   string // word by which Meta asks whether the address is ours
}

var numberID = regexp.MustCompile(`^[0-9]{5,20}$`)

// parse reads https://PHONE_NUMBER_ID:TOKEN@graph.facebook.com/v23.0?secret=…&verify=….
// Errors are one line that names the key and the rule, and never quote the
// value, which has the token.
func parse(raw string) (config, error) {
	bad := func(part, rule string) (config, error) {
		return config{}, &setting.Wrong{Key: Key, Part: part, Rule: rule}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return bad("", "must look like https://PHONE_NUMBER_ID:TOKEN@graph.facebook.com/v23.0?secret=…&verify=…")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return bad(setting.Server, "must begin with https:// or, for this machine, http://")
	case u.Hostname() == "":
		return bad(setting.Server, "must name a host")
	case u.Scheme == "http" && !local(u.Hostname()):
		return bad(setting.Server, "may use http:// for this machine only, since the token travels with every message")
	case u.Fragment != "":
		return bad(setting.Server, "must have nothing behind the options")
	}
	c := config{number: u.User.Username()}
	c.token, _ = u.User.Password()
	if !numberID.MatchString(c.number) || c.token == "" {
		return bad(setting.User, "must give phone number id (digits) and access token as ID:TOKEN@ before the host")
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("", "has options that cannot be read")
	}
	for name := range values {
		if name != "secret" && name != "verify" {
			return bad("", "has an unknown option; known are secret and verify")
		}
	}
	if c.secret, c.verify = values.Get("secret"), values.Get("verify"); len(c.secret) < 16 {
		return bad("secret", "option secret must be the app secret, of 16 characters or more: it proves what comes from Meta")
	}
	if len(c.verify) < 8 {
		return bad("verify", "option verify must be the verify token of the webhook, of 8 characters or more")
	}
	base := url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	c.endpoint = base.JoinPath(c.number, "messages").String()
	return c, nil
}

// Check tells whether New would take the setting.
func Check(raw string) error {
	_, err := parse(raw)
	return err
}

func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
