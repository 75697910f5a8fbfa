// Package duty knows who stands for an organisation towards its provider: one
// technical and one administrative contact, each with a deputy (BS4). They are
// people of the roster, so that whoever leaves is gone from everything at once.
//
// Around them are the contact persons: everybody who is told news about the
// service (BS3). Whoever stands for the organisation is one. They confirm in
// turn that what is known of them holds, by a ladder of reminders.
//
// A duty once given is never empty: it is handed over, and whoever leaves the
// roster hands it to the deputy.
package duty

import (
	"slices"
	"time"

	"muster/fault"
	"muster/id"
	"muster/roster"
)

// Duty is one way of standing for an organisation.
type Duty string

// The duties.
const (
	Technical      Duty = "technical"
	Administrative Duty = "administrative"
)

// Duties lists them in the order in which pages show them.
func Duties() []Duty { return []Duty{Technical, Administrative} }

// Holder is who has a duty.
type Holder struct {
	Duty   Duty
	Person roster.Recipient // empty: nobody has it
	Deputy roster.Recipient // empty: there is none
	Since  time.Time
	Stale  bool // the holder has not confirmed for too long
}

// Trouble is why a duty cannot be relied on.
type Trouble string

// The troubles, the worst first.
const (
	Empty      Trouble = "empty"      // nobody has it
	Bounced    Trouble = "bounced"    // mail to its holder comes back
	Unverified Trouble = "unverified" // the holder has not confirmed any address for mail
	Stale      Trouble = "stale"      // the holder has not confirmed for more than a year what is known of them
	Fine       Trouble = ""
)

// Trouble tells whether the holder can be relied on (BS2, BS6).
func (h Holder) Trouble() Trouble {
	if h.Person.Person == "" {
		return Empty
	}
	mail := slices.DeleteFunc(slices.Clone(h.Person.Points), func(p roster.Point) bool { return p.Channel != roster.Email })
	return trouble(slices.ContainsFunc(mail, roster.Point.Sure), h.Stale, slices.ContainsFunc(mail, func(p roster.Point) bool { return !p.BouncedAt.IsZero() }))
}

// trouble is that of somebody who has a duty, by whether an address for mail is
// sure, whether they are stale, and whether mail has come back.
func trouble(sure, stale, bounced bool) Trouble {
	switch {
	case sure && stale:
		return Stale
	case sure:
		return Fine
	case bounced:
		return Bounced
	}
	return Unverified
}

// Standing are the duties with the deputy in the holder's place as well, where
// the holder cannot be relied on (BS4).
func Standing(all []Holder) []Holder {
	out := slices.Clone(all)
	for _, h := range all {
		if h.Trouble() != Fine && h.Deputy.Person != "" {
			h.Person = h.Deputy
			out = append(out, h)
		}
	}
	return out
}

// told are the people behind the duties, each once: holders, and the deputy of
// whoever cannot be relied on.
func told(all []Holder) (out []roster.Recipient) {
	add := func(r roster.Recipient) {
		known := slices.ContainsFunc(out, func(o roster.Recipient) bool { return o.Person == r.Person })
		if r.Person != "" && !known {
			out = append(out, r)
		}
	}
	for _, h := range all {
		add(h.Person)
		if h.Trouble() != Fine {
			add(h.Deputy)
		}
	}
	return out
}

// check holds a wish to what there can be. Whether they are on the roster is
// for whoever reads it.
func check(d Duty, person, deputy id.Person) error {
	var wrong []error
	if !slices.Contains(Duties(), d) {
		wrong = append(wrong, fault.New(fault.Invalid, "bad_format").At("duty"))
	}
	if person == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "required").At("person"))
	}
	if deputy != "" && deputy == person {
		wrong = append(wrong, fault.New(fault.Invalid, "deputy_same").At("deputy"))
	}
	return fault.Join(wrong...)
}
