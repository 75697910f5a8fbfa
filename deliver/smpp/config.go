package smpp

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"muster/deliver/setting"
)

// Key is the setting that New reads.
const Key = "MUSTER_SMPP"

// config is where, as whom and how to send.
type config struct {
	address    string // HOST:PORT
	host       string
	tls        bool
	user, pass string
	kind       string // system type
	from       address
	window     int           // how many messages may be under way
	twice      bool          // a connection for each direction
	split      string        // how a long text is cut up
	ids        string        // how ids in receipts are written
	country    string        // of national numbers that come in; empty: such are not known
	enquire    time.Duration // pause after which the line is tried
	account    string        // marks ids that come from here: those of two carriers may be alike
}

const (
	usualWindow  = 10
	mostWindow   = 1000
	usualEnquire = 30 * time.Second
)

// How a long text is cut up, the first being usual: by a header in the text
// with a reference of 8 or 16 bits, by parameters, or by the centre.
const (
	splitUDH     = "udh"
	splitUDH16   = "udh16"
	splitSar     = "sar"
	splitPayload = "payload"
)

// How ids in receipts are written, compared with the answer at hand-over:
// either way, alike, as decimals of what was hexadecimal, or the reverse.
const (
	idsEither  = "either"
	idsSame    = "same"
	idsHex     = "hex"
	idsDecimal = "decimal"
)

var (
	e164   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	short  = regexp.MustCompile(`^[0-9]{3,8}$`)
	name   = regexp.MustCompile(`^[A-Za-z0-9 ]{1,11}$`)
	nation = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)
	plain  = regexp.MustCompile(`^[\x21-\x7e]+$`)
)

// readSetting reads smpp://USER:PASS@HOST:PORT?from=+358…. Errors are one line
// that names the key and the rule, and never quote the value, which has the
// password.
func readSetting(raw string) (config, error) {
	bad := func(part, rule string) (config, error) {
		return config{}, &setting.Wrong{Key: Key, Part: part, Rule: rule}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return bad("", "must look like smpp://USER:PASS@HOST:PORT?from=+358…")
	}
	c := config{tls: u.Scheme == "smpps", window: usualWindow, split: splitUDH, ids: idsEither, enquire: usualEnquire}
	switch {
	case u.Scheme != "smpp" && u.Scheme != "smpps":
		return bad("", "must begin with smpp:// or smpps://")
	case u.Hostname() == "":
		return bad(setting.Server, "must name a host")
	case strings.Trim(u.Path, "/") != "" || u.Fragment != "":
		return bad(setting.Server, "must have nothing between the host and the options, nor behind them")
	case u.User == nil:
		return bad(setting.User, "must give system id and password as USER:PASS@ before the host")
	}
	c.host, c.address = u.Hostname(), u.Host
	if u.Port() == "" {
		c.address = u.Host + map[bool]string{false: ":2775", true: ":3550"}[c.tls]
	}
	c.user = u.User.Username()
	sum := sha256.Sum256([]byte(c.user + "@" + c.address))
	c.account = hex.EncodeToString(sum[:4])
	c.pass, _ = u.User.Password()
	if !plain.MatchString(c.user) || len(c.user) > 15 || (c.pass != "" && !plain.MatchString(c.pass)) || len(c.pass) > 64 {
		return bad(setting.User, "must have a system id of up to 15 and a password of up to 64 letters and signs")
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("", "has options that cannot be read")
	}
	for option := range values {
		if rule := c.option(option, values.Get(option)); rule != "" {
			return bad(option, rule)
		}
	}
	if c.from.digits == "" {
		return bad("from", "must have option from")
	}
	return c, nil
}

// Check tells whether New would take the setting.
func Check(raw string) error {
	_, err := readSetting(raw)
	return err
}

// option takes one option, or says what it must be.
func (c *config) option(option, value string) (rule string) {
	one := func(of ...string) bool {
		for _, v := range of {
			if v == value {
				return true
			}
		}
		return false
	}
	switch option {
	case "from":
		if rest, ok := strings.CutPrefix(value, " "); ok {
			value = "+" + rest // a bare + in a query means a space
		}
		var ok bool
		if c.from, ok = sender(value); !ok {
			return "option from must be a number like +358401234567, a short code or a name of up to 11 letters"
		}
	case "window":
		n, err := strconv.Atoi(value)
		if c.window = n; err != nil || n < 1 || n > mostWindow {
			return "option window must be a number from 1 to 1000"
		}
	case "bind":
		if c.twice = value == "two"; !one("one", "two") {
			return "option bind must be one (transceiver) or two (transmitter and receiver)"
		}
	case "split":
		if c.split = value; !one(splitUDH, splitUDH16, splitSar, splitPayload) {
			return "option split must be udh, udh16, sar or payload"
		}
	case "ids":
		if c.ids = value; !one(idsEither, idsSame, idsHex, idsDecimal) {
			return "option ids must be either, same, hex or decimal"
		}
	case "type":
		if c.kind = value; !plain.MatchString(value) || len(value) > 12 {
			return "option type must be a system type of up to 12 letters"
		}
	case "country":
		if c.country = value; !nation.MatchString(value) {
			return "option country must be a country code such as 358"
		}
	case "enquire":
		d, err := time.ParseDuration(value)
		if c.enquire = d; err != nil || d < time.Second || d > 10*time.Minute {
			return "option enquire must be from 1s to 10m"
		}
	default:
		return "has an unknown option; known are from, window, bind, split, ids, type, country and enquire"
	}
	return ""
}

// sender is the address that our messages come from (§5.2.5: 1 international,
// 3 network's own, 5 letters).
func sender(value string) (address, bool) {
	switch {
	case e164.MatchString(value):
		return address{1, 1, value[1:]}, true
	case short.MatchString(value):
		return address{3, 0, value}, true
	case name.MatchString(value):
		return address{5, 0, value}, true
	}
	return address{}, false
}
