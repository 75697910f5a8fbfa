// Package roster holds organisations, their workspaces, the people in them,
// their roles and how they are reached.
//
// It is the one list that everything else asks: who is monitored, who is told,
// who may do what. Each command is one unit of work that also keeps the copy
// for sign-in true, so that a person who leaves is gone from everything at
// once. Contact points have their own commands in roster/contact; sheets come
// in and go out through roster/intake.
package roster

import (
	"crypto/rand"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"muster/actor"
	"muster/deliver"
	"muster/deliver/dead"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/roster/address"
	"muster/roster/quiet"
)

// Organisation is a customer of the provider, with what it has settled for
// all of its workspaces.
type Organisation struct {
	ID       id.Org
	Name     string
	Kind     Kind          // settled when it is set up
	Country  string        // ISO 3166-1 alpha-2: whose telephone numbers lack a country code
	TimeZone string        // IANA
	Language string        // ISO 639-1, one of the seven
	CheckIn  time.Duration // between signs of life, where a shift says nothing else
	Grace    time.Duration // after a missed one, before an alarm
	Remind   time.Duration // before one is due
	Repeat   time.Duration // between the rounds of an unanswered alarm
	Reopen   time.Duration // after which an acknowledged, unresolved alarm asks again
	Version  int64         // counts changes of the roster
	Created  time.Time
}

// Kind says what sort of organisation it is.
type Kind string

// The kinds. The zero value is a customer.
const (
	Customer Kind = "customer"
	Partner  Kind = "partner" // a monitoring partner: its operators answer the alarms of customers
)

// Tag is the language in which the organisation is written to.
func (o Organisation) Tag() lang.Tag { return lang.Match(o.Language) }

// Workspace is a team, site or branch.
type Workspace struct {
	ID           id.Workspace
	Name         string
	Instructions string // shown with the escalation procedure of its workers
}

// The channels of contact points, as package deliver calls them.
const (
	Email    = "email"
	SMS      = "sms"
	Voice    = "voice"
	WhatsApp = "whatsapp"
	WebPush  = "webpush" // a browser on a device; the address is what it is called
)

// Point is one address of a person.
type Point struct {
	ID         id.Contact
	Channel    string
	Address    string
	Alarms     bool      // alarms go there
	VerifiedAt time.Time // zero: nobody has confirmed yet that it is theirs
	BouncedAt  time.Time // zero: nothing has come back from it
	Bounced    dead.Why  // why it is dead, since then
	BounceCode string    // the carrier's word for that
}

// Verified tells whether its owner has confirmed the address.
func (p Point) Verified() bool { return !p.VerifiedAt.IsZero() }

// Sure tells whether the address is known to be its owner's, and to work.
func (p Point) Sure() bool { return p.Verified() && p.BouncedAt.IsZero() }

// Recipient is a person as those see it who have something to say to them.
type Recipient struct {
	Person   id.Person
	Name     string
	Language lang.Tag
	Points   []Point     // in the order of preference
	Quiet    quiet.Hours // when what can wait does not come
}

// Phone is the number to ring, empty if there is none.
func (r Recipient) Phone() string { return r.First(SMS) }

// First is the preferred address of a channel, empty if there is none.
func (r Recipient) First(channel string) string {
	i := slices.IndexFunc(r.Points, func(p Point) bool { return p.Channel == channel })
	if i < 0 {
		return ""
	}
	return r.Points[i].Address
}

// Routes are where an alarm goes at once, and what is left to fall back on.
// Addresses that nobody has confirmed are used too: a false address costs a
// message, a silent one a life. Those that bounced only serve to fall back
// on. Where nothing is wanted, everything there is is wanted.
func (r Recipient) Routes() (wanted, rest []deliver.Stop) {
	var bounced []deliver.Stop
	for _, p := range r.Points {
		stop := deliver.Stop{Channel: p.Channel, Address: p.Address}
		switch {
		case !p.BouncedAt.IsZero():
			bounced = append(bounced, stop)
		case p.Alarms:
			wanted = append(wanted, stop)
		default:
			rest = append(rest, stop)
		}
	}
	rest = append(rest, bounced...)
	if len(wanted) == 0 {
		return rest, nil
	}
	return wanted, rest
}

// Living is the same person with the addresses from which nothing came back.
func (r Recipient) Living() Recipient {
	r.Points = slices.DeleteFunc(slices.Clone(r.Points), func(p Point) bool { return !p.BouncedAt.IsZero() })
	return r
}

// Person is somebody on the roster, or who was.
type Person struct {
	Recipient
	Own      string // language chosen for the person, empty: the organisation's
	PIN      string // short identifier (OA10); empty once the person has left
	Duress   bool   // has a duress PIN
	Employee string // number in the organisation's own payroll
	Active   bool
	Roles    []actor.Membership
	Created  time.Time
	Left     time.Time // zero while on the roster
}

// Has tells whether the person holds the role anywhere.
func (p Person) Has(role actor.Role) bool {
	return slices.ContainsFunc(p.Roles, func(m actor.Membership) bool { return m.Role == role })
}

// languages that an organisation or a person can have. Where texts are not
// complete yet, lang.Match finds the nearest.
var languages = []string{"en", "de", "fr", "it", "fi", "pl", "ru"}

// Bounds of an organisation's settings.
const (
	shortest = 30 * time.Second
	longest  = 24 * time.Hour
)

// settled fills in what was left open and checks the rest. Fields are those
// of the API.
func (o Organisation) settled() (Organisation, error) {
	var errs []error
	var err error
	if o.Name, err = address.Name(o.Name); err != nil {
		errs = append(errs, fault.From(err).At("name"))
	}
	switch o.Kind {
	case "":
		o.Kind = Customer
	case Customer, Partner:
	default:
		errs = append(errs, fault.New(fault.Invalid, "kind_unknown").At("kind"))
	}
	if !address.Country(o.Country) {
		errs = append(errs, fault.New(fault.Invalid, "country_unknown").At("country").With("Value", clip(o.Country)))
	}
	if _, err := lang.Zone(o.TimeZone); err != nil {
		errs = append(errs, fault.From(err).At("time_zone"))
	}
	if !slices.Contains(languages, o.Language) {
		errs = append(errs, fault.New(fault.Invalid, "unknown_language").At("language").With("Value", clip(o.Language)))
	}
	for _, d := range []struct {
		field  string
		value  *time.Duration
		normal time.Duration
		least  time.Duration
	}{
		{"check_in_seconds", &o.CheckIn, 30 * time.Minute, shortest},
		{"grace_seconds", &o.Grace, 2 * time.Minute, time.Second},
		{"remind_seconds", &o.Remind, 2 * time.Minute, time.Second},
		{"repeat_seconds", &o.Repeat, 2 * time.Minute, shortest},
		{"reopen_seconds", &o.Reopen, 15 * time.Minute, shortest},
	} {
		if *d.value == 0 {
			*d.value = d.normal
		}
		if *d.value < d.least || *d.value > longest {
			errs = append(errs, fault.New(fault.Invalid, "out_of_range").At(d.field).
				With("Min", int(d.least.Seconds())).With("Max", int(longest.Seconds())))
		}
	}
	return o, fault.Join(errs...)
}

// reachable is SS3 by role: a worker needs an e-mail address and a mobile
// number, everybody else at least one of them.
func reachable(roles []actor.Membership, email, mobile string) error {
	worker := slices.ContainsFunc(roles, func(m actor.Membership) bool { return m.Role == actor.Worker })
	var errs []error
	if email == "" && (worker || mobile == "") {
		errs = append(errs, fault.New(fault.Invalid, "email_missing").At("email"))
	}
	if mobile == "" && worker {
		errs = append(errs, fault.New(fault.Invalid, "phone_missing").At("mobile"))
	}
	return fault.Join(errs...)
}

// folded is a name as it is searched: in small letters without accents.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// freePIN makes a PIN of four digits, or more where those run out, that is not
// taken. Digits only, since it may be typed on a telephone.
func freePIN(taken map[string]bool) string {
	length := 4
	for n := len(taken); n > 5000; n /= 10 {
		length++
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(length)), nil)
	for {
		n, err := rand.Int(rand.Reader, limit)
		if err != nil {
			panic("roster: " + err.Error()) // the system's source of chance is gone
		}
		digits := n.String()
		if pin := strings.Repeat("0", length-len(digits)) + digits; !taken[pin] {
			return pin
		}
	}
}

// clip keeps what is quoted back in an error short.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
