package pass

import (
	"cmp"
	"crypto/sha256"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/fault"
	"muster/id"
	"muster/letin/setting"
)

// Mode is what a pass is for.
type Mode string

// The modes.
const (
	View      Mode = "view"
	Configure Mode = "configure"
	ViewAs    Mode = "view_as" // with the eyes of one of the customer's people
)

// How long things last.
const (
	longest   = 5 * time.Minute     // a pass
	codeValid = time.Minute         // the code with which a browser arrives
	keyTurn   = 30 * 24 * time.Hour // a key that signs
	lateEvent = 24 * time.Hour      // after a pass has ended, what was done under it is still taken
)

// Product is another product of the provider's.
type Product struct {
	ID      id.Product
	Name    string
	Address string
	Active  bool
	Made    time.Time
	Changed time.Time
}

// Draft is what a director types about a product.
type Draft struct{ Name, Address string }

const (
	longestName    = 60
	longestAddress = 300
)

// checked is a draft as it is kept, or what is wrong with it. A product is
// reached by https, or on this machine.
func (d Draft) checked() (Draft, error) {
	var wrong []error
	no := func(code, field string) { wrong = append(wrong, fault.New(fault.Invalid, code).At(field)) }
	d.Name, d.Address = strings.TrimSpace(d.Name), strings.TrimRight(strings.TrimSpace(d.Address), "/")
	switch {
	case d.Name == "":
		no("required", "name")
	case utf8.RuneCountInString(d.Name) > longestName:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").At("name").With("Max", longestName))
	case strings.ContainsFunc(d.Name, unicode.IsControl), strings.Contains(d.Name, "/"): // between a product and its setting
		no("bad_format", "name")
	case strings.EqualFold(d.Name, setting.Muster):
		no("setting_own", "name")
	}
	u, err := url.Parse(d.Address)
	switch {
	case d.Address == "":
		no("required", "address")
	case len(d.Address) > longestAddress:
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").At("address").With("Max", longestAddress))
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !here(u.Hostname())):
		no("product_address", "address")
	}
	return d, fault.Join(wrong...)
}

func here(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// ends is when a pass that is signed now ends: never after the leave to be
// inside, which may have no end that is known here.
func ends(now, leave time.Time) time.Time {
	end := now.Add(longest)
	if !leave.IsZero() && leave.Before(end) {
		end = leave
	}
	return end.Truncate(time.Second) // claims have whole seconds; down, never up
}

// key is one that signs passes, or did.
type key struct {
	ID      string
	Public  []byte
	sealed  []byte
	Made    time.Time
	Retired time.Time
}

// published tells whether products still need a key.
func (k key) published(now time.Time) bool {
	return k.Retired.IsZero() || now.Before(k.Retired.Add(2*longest))
}

// reads tells whether what a key has signed is still looked at here.
func (k key) reads(now time.Time) bool {
	return k.Retired.IsZero() || now.Before(k.Retired.Add(longest+lateEvent))
}

// signing is the key for new passes, and whether it has served long enough.
func signing(all []key, now time.Time) (k key, turn bool) {
	for _, one := range all {
		if one.Retired.IsZero() && one.Made.After(k.Made) {
			k = one
		}
	}
	return k, k.ID == "" || !now.Before(k.Made.Add(keyTurn))
}

const tokenPrefix = "mpt_"

func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Event is one thing that support did in a product.
type Event struct {
	ID       string
	At       time.Time
	Action   string
	Type     string // of what it was done on
	Resource string
	Record   string // which one, where there are many
	Changed  bool
	Words    string // personal, and kept as such
}

// what is the thing that it was done on, in words that the product chose.
func (e Event) what() string {
	if e.Record == "" {
		return e.Resource
	}
	return e.Resource + " " + e.Record
}

// Bounds of events.
const (
	mostEvents = 100
	mostWords  = 500
)

var eventName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/ -]{0,99}$`)

// check holds an event to its bounds. What is said to lie in the future did not
// happen yet; some allowance is made for clocks.
func (e Event) check(now time.Time) error {
	var wrong []error
	no := func(bad bool, field string) {
		if bad {
			wrong = append(wrong, fault.New(fault.Invalid, "bad_format").At(field))
		}
	}
	no(!eventName.MatchString(e.ID), "id")
	no(!eventName.MatchString(e.Action), "action")
	no(!eventName.MatchString(e.Type), "type")
	no(!eventName.MatchString(e.Resource), "resource")
	no(e.Record != "" && !eventName.MatchString(e.Record), "record")
	no(utf8.RuneCountInString(e.Words) > mostWords || !utf8.ValidString(e.Words), "words")
	no(e.At.After(now.Add(time.Minute)) || now.Sub(e.At) > 2*lateEvent, "at")
	return fault.Join(wrong...)
}

// Thing is a subject or a resource of a question.
type Thing struct {
	Type, ID string
	Org      id.Org // of a resource: whose, where the subject does not say
}

// Question is what a product asks.
type Question struct {
	Subject  Thing // "pass" with the pass itself, or "staff" with a staff member's identifier
	Action   string
	Resource Thing // "setting" or "page"
}

// The actions.
const (
	actView      = "view"
	actConfigure = "configure"
	actViewAs    = "view_as"
)

// Answer is the decision. Rule is policy's, whose sentence stands in the
// catalogue.
type Answer struct {
	Allowed bool
	Rule    string
	Code    string           // of a fault, where no rule was asked
	Ways    [][]setting.Need // each of them would make a yes of a no
}

func (q Question) check() error {
	ok := (q.Subject.Type == "pass" || q.Subject.Type == "staff") && q.Subject.ID != "" &&
		slices.Contains([]string{actView, actConfigure, actViewAs}, q.Action) &&
		(q.Resource.Type == "setting" || q.Resource.Type == "page") && eventName.MatchString(q.Resource.ID)
	if ok && q.Subject.Type == "staff" {
		_, err := id.Parse[id.Staff](q.Subject.ID)
		ok = err == nil
	}
	if !ok {
		return fault.New(fault.Invalid, "bad_question")
	}
	return nil
}

// summed is what one batch of answers says to one subject, for the book: what
// was asked, answered how, how often.
type summed struct {
	yes, no int
	lines   []string
}

func sum(questions []Question, answers []Answer) (s summed) {
	type line struct{ action, on, outcome string }
	counts := map[line]int{}
	for i, q := range questions {
		outcome := "no " + cmp.Or(answers[i].Rule, answers[i].Code)
		s.no++
		if answers[i].Allowed {
			outcome = "yes " + answers[i].Rule
			s.yes++
			s.no--
		}
		counts[line{q.Action, q.Resource.Type + " " + q.Resource.ID, outcome}]++
	}
	for l, n := range counts {
		text := l.action + " " + l.on + ": " + l.outcome
		if n > 1 {
			text += " ×" + number(n)
		}
		s.lines = append(s.lines, text)
	}
	slices.Sort(s.lines)
	return s
}
