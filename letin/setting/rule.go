// Package setting knows what can be set for a customer, of Muster and of the
// provider's other products, how important each of it is, and says who of the
// provider's may change it now, by which rule, and what would have to be there
// for a yes.
package setting

import (
	"slices"
	"strings"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/account"
	"muster/policy"
)

// Class is how important a setting is.
type Class string

// The classes, the most important first.
const (
	Secret Class = "secret" // passwords and keys: their owner's alone (FL9)
	High   Class = "high"   // users, access, base currency, bank, domain (FL8)
	Medium Class = "medium" // numbering, directories, overdue notices, mail (FL10)
	Other  Class = "other"  // fields, blocks, templates (FL3)
	Data   Class = "data"   // no setting, but what the customer keeps there (FL5)
)

// Classes lists them as forms offer them.
func Classes() []Class { return []Class{Secret, High, Medium, Other, Data} }

// Setting is something that can be set.
type Setting struct {
	ID      id.Setting // empty: one of Muster's own
	Of      id.Product // likewise
	Product string     // what it is called now
	Key     string     // name in the product; of Muster's own the action of policy
	Names   map[lang.Tag]string
	Class   Class
}

// Ref names the setting in a request, an exception and the book: its product,
// and what it is called there.
func (s Setting) Ref() string { return s.Product + "/" + s.Key }

// Name is what the setting is called in a language.
func (s Setting) Name(tag lang.Tag) string {
	if s.ID == "" {
		return tag.Text("setting.own."+s.Key, nil)
	}
	return s.Names[tag]
}

// Admits tells whether the setting is to let another organisation in: support
// does that for no customer, whatever is agreed (FL8).
func (s Setting) Admits() bool { return s.Product == Muster && s.Key == "connect" }

// Muster is the product whose settings are the actions of policy.
const Muster = "Muster"

// Own are Muster's own settings, by class and name: every action that policy
// lets support do at all, and those that it never does.
func Own() (all []Setting) {
	for _, c := range Classes() {
		for _, action := range policy.Grouped(string(c)) {
			if !slices.Contains(elsewhere, action) {
				all = append(all, Setting{Product: Muster, Key: action, Class: c})
			}
		}
	}
	return all
}

// elsewhere are the actions that stand for other products' settings.
var elsewhere = []string{"changeData", "changeSetting", "setPassword"}

// Channel is how a request for a change came, as far as it counts.
type Channel string

// The channels.
const (
	Unasked      Channel = ""
	Phone        Channel = "phone"
	Unregistered Channel = "unregistered" // in writing, from nobody who is on file
	Registered   Channel = "registered"   // from an address on file, or signed in
)

// Moment is what is true when a setting is to be changed.
type Moment struct {
	Phase      account.Stage
	Channel    Channel
	Configure  bool // somebody agreed to more than looking
	Online     bool // on a call with the customer
	Supervised bool // somebody of the customer's watches
	Excepted   bool // the head of department allowed an exception
	Had        bool // the customer has the product, of which everybody has Muster
}

// Need is something that would have to be there.
type Need string

// The needs, in the order in which they are easiest to have.
const (
	Standing   Need = "standing"  // the agent's proofs
	Grant      Need = "grant"     // leave to configure
	Request    Need = "request"   // in writing, from an address on file
	Call       Need = "call"      // with the customer, during onboarding
	Watched    Need = "watched"   // a remote session that somebody of the customer's watches
	Handover   Need = "handover"  // to second-line support
	Exception  Need = "exception" // by the head of department
	Possession Need = "product"   // to be noted as the customer's
)

var needs = []Need{Standing, Grant, Request, Call, Watched, Handover, Exception, Possession}

// Decision is the answer about one setting at one moment.
type Decision struct {
	Allowed bool
	Rule    string   // of policy
	Ways    [][]Need // each of them would make it a yes, the shortest first; none: nothing would
}

// Why is the rule in the reader's language.
func (d Decision) Why(tag lang.Tag) string { return tag.Text("policy."+d.Rule, nil) }

// Decide says whether a staff member may change the setting of an organisation
// at a moment.
func Decide(who actor.Actor, org id.Org, s Setting, m Moment) Decision {
	d := ask(who, org, s, m)
	if !d.Allowed {
		d.Ways = ways(who, org, s, m)
	}
	return d
}

func ask(who actor.Actor, org id.Org, s Setting, m Moment) (d Decision) {
	is := who.Support
	who = actor.Actor{Kind: actor.Staff, Staff: who.Staff, Support: actor.Support{ // as if outside: what is true says the moment
		Department: is.Department, Positions: is.Positions, Stands: is.Stands, Configure: m.Configure,
	}}
	action, facts := "changeSetting", m.facts()
	switch s.Class {
	case Secret:
		action = "setPassword"
	case Data:
		action = "changeData"
	case High:
		facts |= policy.High
	case Medium:
		facts |= policy.Medium
	}
	if s.Admits() {
		facts |= policy.Admits
	}
	rule, err := policy.Check(who, action, policy.Resource{Type: "Setting", ID: s.Key, Org: org, Facts: facts})
	if err == nil {
		return Decision{Allowed: true, Rule: rule}
	}
	d.Rule, _ = fault.From(err).Args["rule"].(string)
	return d
}

func (m Moment) facts() (f policy.Fact) {
	for fact, is := range map[policy.Fact]bool{
		policy.Starting: m.Phase == account.Onboarding, policy.Live: m.Phase == account.Live,
		policy.Phoned: m.Channel == Phone, policy.Requested: m.Channel == Registered,
		policy.Online: m.Online, policy.Supervised: m.Supervised, policy.Excepted: m.Excepted, policy.Had: m.Had,
	} {
		if is {
			f |= fact
		}
	}
	return f
}

// ways asks again with everything that could be added, and keeps the smallest
// sets of it that make a yes.
func ways(who actor.Actor, org id.Org, s Setting, m Moment) (all [][]Need) {
	open := slices.DeleteFunc(slices.Clone(needs), func(n Need) bool { return there(who, m, n) })
	for size := 1; size <= len(open); size++ {
		for set := range 1 << len(open) {
			way := chosen(open, set)
			if len(way) != size || slices.ContainsFunc(all, func(w []Need) bool { return within(w, way) }) {
				continue
			}
			if w, then := with(who, m, way); ask(w, org, s, then).Allowed {
				all = append(all, way)
			}
		}
	}
	return all
}

// there tells whether a need is met already.
func there(who actor.Actor, m Moment, n Need) bool {
	return map[Need]bool{
		Standing: who.Support.Stands, Grant: m.Configure, Request: m.Channel == Registered, Call: m.Online, Watched: m.Supervised,
		Handover: who.Support.Department == actor.SecondLine, Exception: m.Excepted, Possession: m.Had,
	}[n]
}

func chosen(open []Need, set int) (way []Need) {
	for i, n := range open {
		if set&(1<<i) != 0 {
			way = append(way, n)
		}
	}
	return way
}

func within(some, all []Need) bool {
	return !slices.ContainsFunc(some, func(n Need) bool { return !slices.Contains(all, n) })
}

// with is the same question where something has been added.
func with(who actor.Actor, m Moment, way []Need) (actor.Actor, Moment) {
	for _, n := range way {
		switch n {
		case Standing:
			who.Support.Stands = true
		case Grant:
			m.Configure = true
		case Request:
			m.Channel = Registered
		case Call:
			m.Online = true
		case Watched:
			m.Supervised = true
		case Handover:
			who.Support.Department = actor.SecondLine
		case Exception:
			m.Excepted = true
		case Possession:
			m.Had = true
		}
	}
	return who, m
}

// Bounds of what is entered about a setting, in characters.
const (
	longestKey  = 60
	longestName = 120
)

// tidy holds what was typed to what there is. Fields are those of the form:
// key, name_en and so on, class; whether there is such a product is seen in the
// unit.
func (s Setting) tidy() (Setting, error) {
	var wrong []error
	line := func(field, text string, most int) string {
		text = strings.Join(strings.Fields(text), " ")
		switch n := utf8.RuneCountInString(text); {
		case n == 0:
			wrong = append(wrong, fault.New(fault.Invalid, "required").At(field))
		case n > most:
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").At(field).With("Max", most))
		}
		return text
	}
	s.Key = line("key", s.Key, longestKey)
	names := map[lang.Tag]string{}
	for _, tag := range lang.Supported() {
		names[tag] = line("name_"+string(tag), s.Names[tag], longestName)
	}
	s.Names = names
	if !slices.Contains(Classes(), s.Class) {
		wrong = append(wrong, fault.New(fault.Invalid, "setting_class").At("class"))
	}
	return s, fault.Join(wrong...)
}
