package enrol

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/address"
)

// Contact is somebody to ring when the worker is in danger (SS5).
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone"` // E.164
}

// Facts are what a partner is to know of a worker.
type Facts struct {
	Name     string            `json:"name"`
	Email    string            `json:"email"`
	Mobile   string            `json:"mobile"`
	Roles    []string          `json:"roles,omitempty"`
	Contacts []Contact         `json:"contacts,omitempty"` // in this order; where Out is empty, at all hours
	Out      []Contact         `json:"out,omitempty"`      // out of office hours, before the others (SS9)
	Rota     id.Rota           `json:"rota,omitempty"`     // whoever is on duty stands in for Contacts (SS7)
	Duty     int64             `json:"duty,omitempty"`     // how often the rota had changed when the partner was last told of it
	Fields   map[string]string `json:"fields,omitempty"`   // what the organisation adds (SS6), by key
	Word     bool              `json:"word,omitempty"`     // there is a safe word (SS8)
}

// Draft is what somebody wants a partner to know; name, addresses and roles
// come from the roster.
type Draft struct {
	Contacts []Contact
	Out      []Contact
	Rota     id.Rota
	Fields   map[string]string
	Word     *string   // nil: as it is; empty: none
	From     time.Time // from when a rota counts; zero: now
}

// Kind says what a change does.
type Kind string

// The kinds of change.
const (
	Add   Kind = "add"
	Alter Kind = "change"
	Leave Kind = "leave"
)

// State is what the partner has said to a change.
type State string

// The states.
const (
	Pending   State = "pending"
	Confirmed State = "confirmed"
	Rejected  State = "rejected"
)

// Change is one numbered change on one connection.
type Change struct {
	Link       id.Link
	Number     int64
	Worker     id.Person
	WorkerName string
	Kind       Kind
	Fields     []string // which facts changed
	Late       bool     // a rota, less than three days ahead (SS7)
	Made       time.Time
	By         string
	Effective  time.Time // zero: at once
	State      State
	Settled    time.Time
	SettledBy  string
	Reason     string
}

// Standing is how far one partner is with one worker. The zero value is a
// worker whom the partner has never heard of.
type Standing struct {
	Number    int64
	Kind      Kind
	State     State
	Confirmed int64 // the last number that was confirmed while the worker stayed; 0: none
}

// Word is a standing in one word; its text is "partner.standing.<word>".
type Word string

// The words, the best first.
const (
	Good        Word = "confirmed"
	Stale       Word = "stale"       // monitored, on what was confirmed before
	Unconfirmed Word = "unconfirmed" // nothing was ever confirmed: not monitored
	Refused     Word = "rejected"    // likewise, and the partner said why
	Gone        Word = "gone"        // has left
	Missing     Word = "missing"     // was never enrolled
)

// Word sums the standing up.
func (s Standing) Word() Word {
	switch {
	case s.Number == 0:
		return Missing
	case s.Kind == Leave:
		return Gone
	case s.State == Confirmed:
		return Good
	case s.Confirmed > 0:
		return Stale
	case s.State == Rejected:
		return Refused
	}
	return Unconfirmed
}

// Monitored tells whether the partner would know for whom to come.
func (s Standing) Monitored() bool { return s.Word() == Good || s.Word() == Stale }

// Warning is the word that an operator must see with an alarm, empty where all
// is well (SS11).
func (s Standing) Warning() string {
	if s.Word() == Good {
		return ""
	}
	return string(s.Word())
}

// after is the standing once a change was made.
func (s Standing) after(n int64, k Kind) Standing {
	s.Number, s.Kind, s.State = n, k, Pending
	return s
}

// settled is the standing once the partner has answered number n. An answer to
// what has been overtaken says nothing about the newest; but a partner who has
// taken in that the worker left knows nothing of them any more.
func (s Standing) settled(n int64, k Kind, to State) Standing {
	switch {
	case to == Confirmed && k == Leave:
		s.Confirmed = 0
	case to == Confirmed:
		s.Confirmed = max(s.Confirmed, n)
	}
	if n == s.Number {
		s.State = to
	}
	return s
}

// Bounds of one enrolment.
const (
	leastContacts = 2
	mostContacts  = 12
	mostFields    = 40
	maxField      = 500 // characters
	minWord       = 3   // letters and digits
)

// notice is how far ahead a change of a rota should reach the partner (SS7).
const notice = 72 * time.Hour

// settle checks a draft for a person on the roster and makes facts of it. All
// that is wrong is said at once, at the fields of the API: email, mobile,
// roles, contacts, contacts.N.name, contacts.N.phone, out.N.phone,
// fields.KEY, word.
func (d Draft) settle(p roster.Person, country string, form []Field) (Facts, error) {
	f := Facts{Name: p.Name, Email: p.First(roster.Email), Mobile: p.Phone(), Rota: d.Rota, Roles: rolesOf(p)}
	var errs []error
	if !p.Has(actor.Worker) {
		errs = append(errs, fault.New(fault.Invalid, "enrol_not_worker").At("roles"))
	}
	if f.Email == "" {
		errs = append(errs, fault.New(fault.Invalid, "email_missing").At("email"))
	}
	if f.Mobile == "" {
		errs = append(errs, fault.New(fault.Invalid, "phone_missing").At("mobile"))
	}
	var err error
	if f.Contacts, err = contacts("contacts", d.Contacts, f.Mobile, country, true); err != nil {
		errs = append(errs, err)
	} else if len(f.Contacts) < leastContacts && f.Rota == "" {
		errs = append(errs, fault.New(fault.Invalid, "contacts_few").At("contacts").With("Count", len(f.Contacts)))
	}
	if f.Out, err = contacts("out", d.Out, f.Mobile, country, false); err != nil {
		errs = append(errs, err)
	}
	if f.Fields, err = fields(d.Fields, form); err != nil {
		errs = append(errs, err)
	}
	if d.Word != nil && *d.Word != "" && utf8.RuneCountInString(folded(*d.Word)) < minWord {
		errs = append(errs, fault.New(fault.Invalid, "word_short").At("word").With("Min", minWord))
	}
	return f, fault.Join(errs...)
}

// contacts checks a list of contacts: whom a telephone reaches, other than the
// worker and other than each other (SS5). Rows without anything are left out.
func contacts(field string, in []Contact, mobile, country string, named bool) (out []Contact, err error) {
	var errs []error
	if len(in) > mostContacts {
		return nil, fault.New(fault.Invalid, "too_many").At(field).With("Max", mostContacts)
	}
	seen := map[string]bool{}
	for i, c := range in {
		if address.Line(c.Name) == "" && address.Line(c.Phone) == "" {
			continue
		}
		bad := func(part string, err error) {
			errs = append(errs, fault.From(err).At(fmt.Sprintf("%s.%d.%s", field, i, part)))
		}
		name, err := address.Name(c.Name)
		if err != nil && (named || address.Line(c.Name) != "") {
			bad("name", err)
		}
		phone, err := address.Phone(c.Phone, country)
		switch {
		case err != nil:
			bad("phone", err)
		case phone == mobile:
			bad("phone", fault.New(fault.Invalid, "contact_is_worker"))
		case seen[phone]:
			bad("phone", fault.New(fault.Invalid, "contacts_same"))
		}
		seen[phone] = true
		out = append(out, Contact{Name: name, Phone: phone})
	}
	return out, fault.Join(errs...)
}

func rolesOf(p roster.Person) (out []string) {
	for _, m := range p.Roles {
		if !slices.Contains(out, string(m.Role)) {
			out = append(out, string(m.Role))
		}
	}
	slices.Sort(out)
	return out
}

// differences names the facts in which two enrolments differ.
func differences(a, b Facts) (out []string) {
	note := func(name string, same bool) {
		if !same {
			out = append(out, name)
		}
	}
	note("name", a.Name == b.Name)
	note("email", a.Email == b.Email)
	note("mobile", a.Mobile == b.Mobile)
	note("roles", slices.Equal(a.Roles, b.Roles))
	note("contacts", slices.Equal(a.Contacts, b.Contacts))
	note("out", slices.Equal(a.Out, b.Out))
	note("rota", a.Rota == b.Rota && a.Duty == b.Duty)
	note("fields", maps.Equal(a.Fields, b.Fields))
	return out
}

// folded is a safe word as it is compared: letters and digits, without capitals
// and accents.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ß':
			return 's'
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return r
		}
		return -1
	}, strings.ReplaceAll(norm.NFKD.String(strings.ToLower(s)), "ß", "ss"))
}
