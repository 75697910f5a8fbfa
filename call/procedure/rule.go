package procedure

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/address"
)

// Whom says what sort of people a step calls.
type Whom string

// Whom a step can call.
const (
	Monitors Whom = "monitors" // of the worker's workspace
	Everyone Whom = "everyone" // all monitors and administrators
	Somebody Whom = "person"   // one person on the roster
	OnDuty   Whom = "rota"     // whoever is on duty by a rota
	Partner  Whom = "partner"  // a monitoring partner, to whom the alarm is handed over
)

// audiences lists them in the order in which forms offer them.
func audiences() []Whom { return []Whom{Monitors, Somebody, OnDuty, Partner, Everyone} }

// When says at what times a step takes place.
type When string

// The times of a step.
const (
	Always   When = "always"
	InOffice When = "office"  // only in office hours
	OffHours When = "outside" // only outside of them
)

// Times lists them in the order in which forms offer them.
func Times() []When { return []When{Always, InOffice, OffHours} }

// Channels are those that a step can name.
func Channels() []string {
	return []string{roster.SMS, roster.Voice, roster.WhatsApp, roster.WebPush, roster.Email}
}

// Step is one step of a procedure.
type Step struct {
	Whom     Whom          `json:"whom"`
	ID       string        `json:"id,omitempty"`       // of the person, the rota or the partner
	Channels []string      `json:"channels,omitempty"` // none: as each person prefers
	Wait     time.Duration `json:"wait"`               // until the next step begins, or after the last until everybody is called
	Do       string        `json:"do,omitempty"`       // what whoever answers has to do, one thing a line
	When     When          `json:"when"`
}

// Draft is a procedure as somebody writes it.
type Draft struct {
	Name         string
	Instructions string // what to do in any case, one thing a line
	Steps        []Step
}

// Procedure is a version of a procedure, and how the procedure stands.
type Procedure struct {
	ID      id.Procedure
	Subject Subject
	Active  bool
	Version int // counts from 1
	Latest  int // the version that an alarm would take up now
	Draft
	Made   time.Time // when this version was
	MadeBy string
}

// Subject is for whom a procedure is: with nothing set the organisation.
type Subject struct {
	Workspace id.Workspace
	Worker    id.Person // set alone
}

// Key is what ParseSubject reads.
func (s Subject) Key() string {
	if s.Worker != "" {
		return string(s.Worker)
	}
	return string(s.Workspace)
}

// ParseSubject reads a workspace's or a worker's identifier; nothing is the
// organisation. Anything else is NotFound.
func ParseSubject(text string) (s Subject, err error) {
	if text == "" {
		return s, nil
	}
	if s.Workspace, err = id.Parse[id.Workspace](text); err == nil {
		return s, nil
	}
	s.Worker, err = id.Parse[id.Person](text)
	return s, err
}

// Limits of a procedure.
const (
	mostSteps = 20
	maxWait   = 2 * time.Hour // while it lasts the earlier steps are repeated
	maxDo     = 2000          // characters of a step's instructions
	maxText   = 10_000        // characters of the general ones
)

// checked is the draft in its stored form. All that is wrong is said at once.
func (d Draft) checked() (Draft, error) {
	var errs []error
	at := func(field string, err error) {
		if err != nil {
			errs = append(errs, fault.From(err).At(field))
		}
	}
	var err error
	d.Name, err = address.Name(d.Name)
	at("name", err)
	at("instructions", short(d.Instructions, maxText))
	if len(d.Steps) == 0 {
		at("steps", fault.New(fault.Invalid, "steps_missing"))
	}
	if len(d.Steps) > mostSteps {
		at("steps", fault.New(fault.Invalid, "too_many").With("Max", mostSteps))
		return d, fault.Join(errs...)
	}
	d.Steps = slices.Clone(d.Steps)
	for i, s := range d.Steps {
		field := "steps." + strconv.Itoa(i+1) + "."
		if s.When == "" {
			s.When = Always
		}
		at(field+"whom", s.target())
		at(field+"wait_seconds", within(s.Wait))
		at(field+"do", short(s.Do, maxDo))
		if !slices.Contains(Times(), s.When) {
			at(field+"when", fault.New(fault.Invalid, "invalid"))
		}
		s.Channels = slices.Compact(slices.Sorted(slices.Values(s.Channels)))
		for _, c := range s.Channels {
			if !slices.Contains(Channels(), c) {
				at(field+"channels", fault.New(fault.Invalid, "invalid"))
			}
		}
		if !s.Whom.named() {
			s.ID = ""
		}
		s.Do = strings.TrimSpace(s.Do)
		d.Steps[i] = s
	}
	return d, fault.Join(errs...)
}

// named tells whether a step has to name which one it means.
func (w Whom) named() bool { return w == Somebody || w == OnDuty || w == Partner }

func (s Step) target() error {
	switch {
	case !slices.Contains(audiences(), s.Whom):
		return fault.New(fault.Invalid, "whom_unknown")
	case s.Whom.named() && s.ID == "":
		return fault.New(fault.Invalid, "required")
	}
	return nil
}

func within(wait time.Duration) error {
	if wait < 0 || wait > maxWait {
		return fault.New(fault.Invalid, "out_of_range").With("Min", 0).With("Max", int64(maxWait/time.Second))
	}
	return nil
}

func short(text string, most int) error {
	if utf8.RuneCountInString(text) > most {
		return fault.New(fault.Invalid, "too_long").With("Max", most)
	}
	return nil
}

// Items are the lines of instructions that are ticked off one by one.
func Items(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// Ladder is what one alarm climbs while nobody answers.
type Ladder struct {
	Procedure    id.Procedure // empty: the built-in ladder
	Version      int
	Name         string // empty: the built-in ladder
	Instructions string
	Steps        []Step
	Workspace    id.Workspace // whose monitors are meant
	Subject      Subject      // for whom the procedure was written
}

// builtIn is the ladder where nobody has switched on a procedure.
func builtIn(repeat time.Duration) []Step {
	return []Step{{Whom: Monitors, Wait: repeat, When: Always}, {Whom: Everyone, Wait: repeat, When: Always}}
}

// Rung is one step as it would be, or was, at its time.
type Rung struct {
	Step
	Number int // from 1
	Due    time.Time
	People []roster.Recipient
	Why    Why // why nobody is called
}

// Why says why a step calls nobody.
type Why string

// The reasons.
const (
	Called      Why = ""       // somebody is
	WrongTime   Why = "hours"  // it is not its time of the day
	NobodyThere Why = "nobody" // nobody of those it means is there, apart from the worker
)

// Next is when the step after this one begins: one that calls nobody is not
// waited for.
func (r Rung) Next() time.Time {
	if r.Why != Called {
		return r.Due
	}
	return r.Due.Add(r.Wait)
}

// enough is how many people with a verified address a ladder has to reach.
const enough = 2

// Reach is whom a ladder reaches.
type Reach struct {
	Sure   []roster.Recipient // with a verified address
	Unsure []roster.Recipient // without
}

// Protected tells whether the ladder reaches enough people for certain.
func (r Reach) Protected() bool { return len(r.Sure) >= enough }

// Without is the reach for somebody who cannot be called to their own help.
func (r Reach) Without(worker id.Person) Reach {
	leave := func(all []roster.Recipient) []roster.Recipient {
		return slices.DeleteFunc(slices.Clone(all), func(p roster.Recipient) bool { return p.Person == worker })
	}
	return Reach{leave(r.Sure), leave(r.Unsure)}
}

// reach gathers whom the rungs call, each person once.
func reach(rungs []Rung) (r Reach) {
	seen := map[id.Person]bool{}
	for _, rung := range rungs {
		for _, p := range rung.People {
			switch {
			case seen[p.Person]:
				continue
			case rung.Sure(p):
				r.Sure = append(r.Sure, p)
			default:
				r.Unsure = append(r.Unsure, p)
			}
			seen[p.Person] = true
		}
	}
	return r
}

// Sure tells whether one of the addresses of somebody who is called is known to
// be theirs.
func (Rung) Sure(p roster.Recipient) bool {
	return slices.ContainsFunc(p.Points, roster.Point.Sure)
}

func (d Draft) steps() (string, error) {
	text, err := json.Marshal(d.Steps)
	return string(text), err
}

func parseSteps(text string) (all []Step, err error) {
	if err = json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("procedure: steps: %w", err)
	}
	return all, nil
}
