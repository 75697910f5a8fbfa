package visit

import (
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/letin/grant"
	"muster/letin/staff"
)

// End is how a visit ended.
type End string

// The ends.
const (
	Inside    End = ""           // it has not
	Left      End = "left"       // the guest went
	ThrownOut End = "thrown_out" // an administrator threw the guest out
	Again     End = "again"      // the guest entered once more, from elsewhere
	SignedOut End = "signed_out" // the session is over: signed out, or unused for too long
	Revoked   End = "revoked"    // an administrator took the grant back
	Expired   End = "expired"    // its time was over
	Closed    End = "closed"     // the grant ended in another way
	Standing  End = "standing"   // a proof does not hold any more
	Gone      End = "gone"       // the guest is not with the provider any more
	NoEyes    End = "no_eyes"    // whose eyes were borrowed has left
	NoAccount End = "no_account" // the customer's account has ended
)

// Visit is one time that one of the provider's staff was inside.
type Visit struct {
	ID    id.Visit
	Grant id.Grant
	Staff id.Staff
	// Session is the one by which the guest is inside.
	Session id.Session
	Name    string    // of the guest
	Eyes    id.Person // whose eyes were borrowed; empty: an administrator's
	Whose   string    // their name
	IP      string
	Began   time.Time
	Seen    time.Time // when a page was last opened
	Page    Page      // the last one
	Pages   int
	Until   time.Time // when the grant ends by itself
	Scope   grant.Scope
	// Why, as the customer consented to it.
	Reason  grant.Reason
	Words   string
	Request string

	Ended time.Time // zero while the guest is inside
	How   End
	By    string // who threw the guest out, or took the grant back
	Lacks []staff.Proof
}

// Page is a page as it is noted: what it is and whom or what it is about, not
// what it said.
type Page struct {
	Path  string // its pattern: "/people/{person}"
	Of    string // the identifiers in it
	About id.Person
}

// moment is all on which it hangs whether somebody may be inside now.
type moment struct {
	visit   Visit       // as it was written down
	stage   grant.Stage // of the grant
	closed  time.Time   // when the grant ended, if it did
	closer  string      // who ended it
	session bool        // there is still a session
	proved  time.Time   // when its second factor was proved
	now     time.Time
}

// over says how and when a visit ended, whether or not anybody has written
// that down: time passes also while nothing is written.
func (m moment) over() (how End, at time.Time, by string) {
	v := m.visit
	switch {
	case !v.Ended.IsZero():
		return v.How, v.Ended, v.By
	case m.stage == grant.Revoked:
		return Revoked, m.closed, m.closer
	case m.stage == grant.Expired, !m.now.Before(v.Until):
		return Expired, v.Until, ""
	case m.stage != grant.Open:
		return Closed, m.closed, m.closer
	case !m.session:
		return SignedOut, v.Seen, ""
	}
	return Inside, time.Time{}, ""
}

// doubt is why a member may not be inside now, and which proofs they lack. Of
// whose session is gone only those count that do not hang on it.
func doubt(m staff.Member, gone bool, now time.Time) (End, []staff.Proof) {
	lacks := m.Missing(now)
	if gone {
		lacks = slices.DeleteFunc(lacks, func(p staff.Proof) bool { return p != staff.Agreement && p != staff.Background })
	}
	switch {
	case !m.Active:
		return Gone, nil
	case len(lacks) > 0:
		return Standing, lacks
	}
	return Inside, nil
}

// eyesOf are the roles by which a guest sees: those of the person whose eyes
// were borrowed, or an administrator's (FL4).
func eyesOf(person id.Person, roles []actor.Membership) []actor.Membership {
	if person == "" {
		return []actor.Membership{{Role: actor.Administrator}}
	}
	return roles
}

// again is how long a page that is opened once more is part of the same look:
// an open page reads itself anew whenever something changes on it.
const again = time.Minute

// sameLook tells whether a page is the one that was noted last, just now.
func (v Visit) sameLook(p Page, now time.Time) bool { return v.Shows(p) && now.Sub(v.Seen) < again }

// Shows tells whether a page is the one that was noted last.
func (v Visit) Shows(p Page) bool { return v.Page.Path == p.Path && v.Page.Of == p.Of }

// mostPath bounds what a page is noted with.
const mostPath = 200

// NewPage is a page by its route, as the router knows it, and the values in
// its path. What lets somebody in by itself is left out.
func NewPage(pattern string, value func(name string) string) Page {
	_, path, ok := strings.Cut(pattern, " ")
	if !ok {
		path = pattern
	}
	p := Page{Path: strings.TrimSuffix(path, "{$}")}
	var of []string
	for part := range strings.SplitSeq(p.Path, "/") {
		name, is := strings.CutPrefix(part, "{")
		if !is || secret[name] {
			continue
		}
		v := value(strings.TrimSuffix(name, "}"))
		if who, err := id.Parse[id.Person](v); err == nil && p.About == "" {
			p.About = who
		}
		of = append(of, v)
	}
	p.Of = strings.Join(of, " ")
	if len(p.Of) > mostPath {
		p.Of = strings.ToValidUTF8(p.Of[:mostPath], "")
	}
	return p
}

// secret are the parts of paths that let in whoever has them.
var secret = map[string]bool{"token}": true}
