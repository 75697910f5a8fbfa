package wire

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/call/alarm"
	"muster/deliver"
	"muster/deliver/dc09"
	"muster/deliver/outward"
	"muster/fault"
	"muster/id"
)

// Wire is one way on which alarms leave.
type Wire struct {
	ID     id.Wire
	Org    id.Org
	Name   string
	Kind   string // DC09 or Webhook
	Active bool
	Own    bool // the organisation's own alarms leave on it at once
	Made   time.Time
	Settings
	Receivers []Receiver // how they stand; none before the first frame
	Health    Health     // of a webhook
	Keyed     bool       // frames are encrypted, requests signed
}

// The kinds of wire, which are names of channels.
const (
	DC09    = "dc09"
	Webhook = "webhook"
)

// Settings are what a wire needs to know, but for its secrets.
type Settings struct {
	Hosts    []string      `json:"hosts,omitempty"` // DC-09: HOST:PORT, the primary first
	UDP      bool          `json:"udp,omitempty"`
	Receiver string        `json:"receiver,omitempty"`
	Line     string        `json:"line,omitempty"`
	Account  string        `json:"account,omitempty"`
	Format   string        `json:"format,omitempty"`
	Fallback bool          `json:"fallback,omitempty"`
	Dialect  dc09.Dialect  `json:"dialect,omitzero"`
	Poll     time.Duration `json:"poll,omitempty"` // between supervision polls; 0: none
	URL      string        `json:"url,omitempty"`  // webhook
}

// Receiver is how one receiver of a wire stands.
type Receiver struct {
	Address string
	Up      bool
	Since   time.Time
	Heard   time.Time // zero: never
}

// Panel is one sender whose frames raise alarms here.
type Panel struct {
	ID        id.Panel
	Org       id.Org
	Name      string
	Line      string
	Account   string
	Person    id.Person // whom its alarms are about
	Workspace id.Workspace
	Poll      time.Duration // how often it promises to be heard of; 0: it does not
	Active    bool
	Made      time.Time
	Keyed     bool
	Heard     time.Time // zero: never
	Lost      bool
}

// Limits on what can be set.
const (
	maxName  = 80
	maxWires = 20
	leastGap = 10 * time.Second
	mostGap  = 24 * time.Hour
	missed   = 3 // polls a panel may miss before it counts as lost
)

var (
	number  = regexp.MustCompile(`^[0-9A-F]{1,6}$`)
	account = regexp.MustCompile(`^[0-9A-F]{3,16}$`)
	port    = regexp.MustCompile(`^[0-9]{1,5}$`)
)

func invalid(code, field string) *fault.Fault { return fault.New(fault.Invalid, code).At(field) }

func checkName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", invalid("required", "name")
	case len(name) > maxName:
		return "", invalid("too_long", "name").With("Max", maxName)
	}
	return name, nil
}

// settled checks the settings of a wire and fills in what was left open.
func (s Settings) settled(kind string, allowed []netip.Prefix) (Settings, error) {
	switch kind {
	case DC09:
		return s.dc09()
	case Webhook:
		return Settings{URL: strings.TrimSpace(s.URL)}, outward.CheckURL(strings.TrimSpace(s.URL), allowed)
	}
	return s, invalid("wire_kind", "kind")
}

func (s Settings) dc09() (Settings, error) {
	s.URL = ""
	s.Receiver, s.Line, s.Account = orZero(upper(s.Receiver)), orZero(upper(s.Line)), upper(s.Account)
	if s.Format == "" {
		s.Format = dc09.CID
	}
	s.Hosts = slices.DeleteFunc(slices.Clone(s.Hosts), func(h string) bool { return strings.TrimSpace(h) == "" })
	if len(s.Hosts) == 0 {
		return s, invalid("required", "hosts")
	}
	var errs []error
	for i, h := range s.Hosts {
		s.Hosts[i] = strings.TrimSpace(h)
		host, p, err := net.SplitHostPort(s.Hosts[i])
		if n, _ := strconv.Atoi(p); err != nil || host == "" || !port.MatchString(p) || n < 1 || n > 65535 || len(h) > 260 {
			errs = append(errs, invalid("dc09_host", "hosts"))
		}
	}
	if len(s.Hosts) > 2 || len(s.Hosts) == 2 && s.Hosts[0] == s.Hosts[1] {
		errs = append(errs, invalid("dc09_pair", "hosts"))
	}
	for _, n := range []struct{ field, value string }{{"receiver", s.Receiver}, {"line", s.Line}} {
		if !number.MatchString(n.value) {
			errs = append(errs, invalid("dc09_number", n.field))
		}
	}
	if !account.MatchString(s.Account) {
		errs = append(errs, invalid("dc09_account", "account"))
	}
	if s.Format != dc09.CID && s.Format != dc09.SIA {
		errs = append(errs, invalid("dc09_format", "format"))
	}
	errs = append(errs, checkPoll(s.Poll), s.Dialect.Check())
	return s, fault.Join(errs...)
}

func checkPoll(d time.Duration) error {
	if d != 0 && (d < leastGap || d > mostGap) {
		return invalid("out_of_range", "poll").With("Min", int(leastGap.Seconds())).With("Max", int(mostGap.Seconds()))
	}
	return nil
}

// settled checks a panel and fills in what was left open.
func (p Panel) settled() (Panel, error) {
	var err error
	p.Name, err = checkName(p.Name)
	p.Line, p.Account = orZero(upper(p.Line)), upper(p.Account)
	errs := []error{err, checkPoll(p.Poll)}
	if !number.MatchString(p.Line) {
		errs = append(errs, invalid("dc09_number", "line"))
	}
	if !account.MatchString(p.Account) {
		errs = append(errs, invalid("dc09_account", "account"))
	}
	return p, fault.Join(errs...)
}

func upper(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// orZero makes of a number that is left open, or written with leading zeros,
// the one that is compared.
func orZero(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" || s == "" {
		s = t
	}
	if s == "" || strings.Trim(s, "0") == "" {
		return "0"
	}
	return s
}

// link is the wire as package dc09 uses it.
func (w Wire) link(key []byte, skew time.Duration) dc09.Link {
	return dc09.Link{
		UDP: w.UDP, Receivers: w.Hosts, Receiver: w.Settings.Receiver, Line: w.Line, Account: w.Account,
		Key: key, Format: w.Format, Fallback: w.Fallback, Dialect: w.Dialect, Skew: skew,
	}
}

// stop is the wire as a message's route names it.
func (w Wire) stop() deliver.Stop { return deliver.Stop{Channel: w.Kind, Address: string(w.ID)} }

// says tells whether news of the type are said on this wire: DC-09 has no word
// for who took charge.
func (w Wire) says(kind string) bool { return w.Kind == Webhook || kind != deliver.AlarmAcknowledged }

// meaning is what an event of a panel comes to.
type meaning int

const (
	remark    meaning = iota // into the book; nobody is called
	trial                    // a test
	emergency                // somebody needs help
)

// means reads an event. In Contact ID the hundreds say what sort of thing it
// is; SIA marks alarms with an A behind the letter of the sort, and panic and
// its like are among them. What is over calls nobody.
func means(e dc09.Event) (meaning, alarm.Kind) {
	switch e.Format {
	case dc09.CID:
		switch {
		case strings.HasPrefix(e.Code, "60"):
			return trial, ""
		case e.Restore:
			return remark, ""
		case e.Code == "121":
			return emergency, alarm.Duress
		case strings.HasPrefix(e.Code, "1"), e.Code == "654":
			return emergency, alarm.Panel
		}
	case dc09.SIA:
		switch {
		case e.Code == "RP" || e.Code == "RX" || e.Code == "TX":
			return trial, ""
		case e.Code == "HA":
			return emergency, alarm.Duress
		case strings.HasSuffix(e.Code, "A") && e.Code != "YA":
			return emergency, alarm.Panel
		}
	}
	return remark, ""
}

// words say an event in one line.
func (p Panel) words(e dc09.Event) string {
	s := fmt.Sprintf("%s: %s %d/%d", p.Name, e.Code, e.Area, e.Zone)
	if e.Restore {
		s += " (R)"
	}
	if e.Text != "" {
		s += " " + e.Text
	}
	return s
}
