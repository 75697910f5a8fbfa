// Package id makes and reads identifiers: a short prefix that says of what,
// and a UUIDv7, so that they sort by time of making and can be told apart by
// eye. They are text in both databases.
package id

import (
	"strings"

	"github.com/google/uuid"

	"muster/fault"
)

// Each kind of thing has its own type, so that the compiler refuses to take
// one for another.
type (
	Org       string // organisation, a customer of the provider
	Workspace string // team, site or branch in an organisation
	Person    string // somebody on an organisation's roster
	Contact   string // contact point: one address of one person
	Shift     string // one work session of one worker
	CheckIn   string // one sign of life during a shift
	Alarm     string // a person needs help
	Message   string // one thing to say to one recipient
	Attempt   string // one try of a message over one channel
	Account   string // what signs in; may be a person in several organisations
	Session   string // one signed-in browser
	Token     string // API token
	Passkey   string // registered passkey
	Staff     string // the provider's own people
	Import    string // one uploaded sheet, waiting for its go-ahead
	Procedure string // who is called when, while nobody answers
	Rota      string // who is on duty when
	Cover     string // one exception to a rota: somebody else is on duty for a while
	Feed      string // address of a calendar that other programs read
	Gap       string // a time for which a rota has nobody
	Device    string // a phone or tracker that sends a worker's positions
	Link      string // one organisation and one monitoring partner, connected
	Case      string // one alarm as a partner sees it
	Wire      string // way on which alarms leave for a centre
	Panel     string // sender whose frames raise alarms here
	Frame     string // one frame that left or came
	Drill     string // a drill that comes back
	DrillRun  string // one drill that was held
	Flight    string // one flight of the canary
	Carrier   string // who takes messages to people
	Grant     string // leave for one staff member to enter one organisation
	Visit     string // one time that staff were inside by a grant
	Request   string // what a customer asks of support
	Picture   string // of a customer's own data, sent to them with an answer
	Exception string // what a head of department allowed one customer against the rules
	Product   string // another product of the provider's
	Pass      string // leave for a guest to be in such a product
	Setting   string // something that can be set, of another product of the provider's
	Presence  string // one call or remote session with a customer
	Component string // a part of what the provider runs
	Notice    string // news about the service: one incident, or one maintenance
)

func (Org) prefix() string       { return "org" }
func (Workspace) prefix() string { return "wsp" }
func (Person) prefix() string    { return "per" }
func (Contact) prefix() string   { return "cpt" }
func (Shift) prefix() string     { return "shf" }
func (CheckIn) prefix() string   { return "chk" }
func (Alarm) prefix() string     { return "alm" }
func (Message) prefix() string   { return "msg" }
func (Attempt) prefix() string   { return "att" }
func (Account) prefix() string   { return "acc" }
func (Session) prefix() string   { return "ses" }
func (Token) prefix() string     { return "tok" }
func (Passkey) prefix() string   { return "psk" }
func (Staff) prefix() string     { return "stf" }
func (Import) prefix() string    { return "imp" }
func (Procedure) prefix() string { return "prc" }
func (Rota) prefix() string      { return "rta" }
func (Cover) prefix() string     { return "cov" }
func (Feed) prefix() string      { return "fed" }
func (Gap) prefix() string       { return "gap" }
func (Device) prefix() string    { return "dev" }
func (Link) prefix() string      { return "lnk" }
func (Case) prefix() string      { return "cas" }
func (Wire) prefix() string      { return "wir" }
func (Panel) prefix() string     { return "pan" }
func (Frame) prefix() string     { return "frm" }
func (Drill) prefix() string     { return "drl" }
func (DrillRun) prefix() string  { return "run" }
func (Flight) prefix() string    { return "flt" }
func (Carrier) prefix() string   { return "car" }
func (Grant) prefix() string     { return "grt" }
func (Visit) prefix() string     { return "vis" }
func (Request) prefix() string   { return "req" }
func (Picture) prefix() string   { return "pic" }
func (Exception) prefix() string { return "exc" }
func (Product) prefix() string   { return "prd" }
func (Pass) prefix() string      { return "pas" }
func (Setting) prefix() string   { return "set" }
func (Presence) prefix() string  { return "prs" }
func (Component) prefix() string { return "cmp" }
func (Notice) prefix() string    { return "ntc" }

// Kind is any of the identifier types of this package.
type Kind interface {
	~string
	prefix() string
}

// New makes a fresh identifier of the wanted type.
func New[T Kind]() T {
	var t T
	return T(t.prefix() + "_" + strings.ReplaceAll(uuid.Must(uuid.NewV7()).String(), "-", ""))
}

// Parse checks that s has the shape of a T. Anything else is NotFound, since
// no such thing can exist.
func Parse[T Kind](s string) (T, error) {
	var t T
	rest, ok := strings.CutPrefix(s, t.prefix()+"_")
	if !ok || len(rest) != 32 {
		return "", fault.New(fault.NotFound, "not_found")
	}
	for _, c := range rest {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", fault.New(fault.NotFound, "not_found")
		}
	}
	return T(s), nil
}
