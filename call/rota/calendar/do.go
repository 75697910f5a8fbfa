// Package calendar hands rotas on to calendar programs: under an address with
// a secret in it, as iCalendar (RFC 5545).
//
// An address is made by a person, for a rota or for all of the person's own
// duties, and is good for as long as that person may see what it shows, or
// until it is closed. Only a hash of the secret is kept.
package calendar

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/plan"
	"muster/fault"
	"muster/ical"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Feed is one address of a calendar.
type Feed struct {
	ID     id.Feed
	Rota   id.Rota   // empty: all duties of the person
	Person id.Person // whose duties; empty for a rota
	Made   time.Time
	By     id.Person

	hash []byte
}

// mostFeeds bounds how many addresses one person has.
const mostFeeds = 50

// Make makes an address for a rota or, where that is empty, for the actor's
// own duties. path is where it is found on this installation; its secret is
// shown now and never again.
func Make(ctx context.Context, s *store.Store, who actor.Actor, of id.Rota) (path string, f Feed, err error) {
	secret := strings.ToLower(rand.Text())
	hash := sha256.Sum256([]byte(secret))
	err = s.Do(ctx, who.Org, func(tx *store.Tx) error {
		f = Feed{ID: id.New[id.Feed](), Rota: of, Made: tx.Now(), By: who.Person, hash: hash[:]}
		about := policy.Resource{Type: "Feed", ID: string(f.ID), Org: tx.Org(), Person: who.Person}
		rule, err := policy.Check(who, "makeFeed", about)
		if err != nil {
			return err
		}
		if of == "" {
			f.Person = who.Person
		} else if _, err := rota.Find(tx, who, of); err != nil {
			return err
		}
		n, err := store.One(tx, count, store.Scalar[int], who.Person)
		if err != nil {
			return err
		}
		if n >= mostFeeds {
			return fault.New(fault.Limited, "feeds_full").With("Max", mostFeeds)
		}
		return errors.Join(
			tx.Write(add, f.ID, f.Rota, f.Person, f.hash, f.Made, f.By),
			ledger.Append(tx, who, ledger.Entry{Kind: "rota.feed_made", Subject: string(f.ID), About: who.Person, Rule: rule, Facts: map[string]any{"RotaID": string(of)}}),
		)
	})
	return prefix + strings.TrimPrefix(string(f.ID), "fed_") + "-" + secret + suffix, f, err
}

// Where the addresses are.
const (
	prefix = "/calendar/"
	suffix = ".ics"
)

// Close closes an address: by whoever made it, or an administrator.
func Close(ctx context.Context, s *store.Store, who actor.Actor, feed id.Feed) error {
	return s.Do(ctx, who.Org, func(tx *store.Tx) error {
		f, err := store.One(tx, get, scan, feed)
		if err != nil {
			return err
		}
		rule, err := policy.Check(who, "closeFeed", policy.Resource{Type: "Feed", ID: string(f.ID), Org: tx.Org(), Person: f.By})
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Write(drop, feed),
			ledger.Append(tx, who, ledger.Entry{Kind: "rota.feed_closed", Subject: string(feed), About: f.By, Rule: rule}),
		)
	})
}

// List lists the addresses that the actor has made, of one rota or of all;
// administrators see everybody's.
func List(ctx context.Context, s *store.Store, who actor.Actor, of id.Rota) (all []Feed, err error) {
	by := who.Person
	if _, err := policy.Check(who, "closeFeed", policy.Resource{Type: "Feed", Org: who.Org}); err == nil && of != "" {
		by = ""
	} else if by == "" {
		return nil, err
	}
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		all, err = store.All(tx, list, scan, of, by, mostListed)
		return err
	})
	return all, err
}

const mostListed = 200

// How much a calendar shows.
const (
	behind = 31 * 24 * time.Hour
	ahead  = 365 * 24 * time.Hour
)

// Read is the calendar at an address: what stands between the prefix and the
// end. An address that never was and one that has been closed are both
// NotFound; so is one whose maker may not see the rota any more.
func Read(ctx context.Context, s *store.Store, name string) ([]byte, error) {
	nothing := fault.New(fault.NotFound, "feed_closed")
	short, secret, _ := strings.Cut(strings.TrimSuffix(name, suffix), "-")
	feed, err := id.Parse[id.Feed]("fed_" + short)
	if err != nil || len(secret) > 64 {
		return nil, nothing
	}
	var org id.Org
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		org, err = store.One(tx, locate, store.Scalar[id.Org], feed)
		return err
	})
	if err != nil {
		return nil, hidden(err, nothing)
	}
	var out []byte
	var f Feed
	var maker roster.Person
	err = s.View(ctx, org, func(tx *store.Tx) error {
		if f, err = store.One(tx, get, scan, feed); err != nil {
			return err
		}
		hash := sha256.Sum256([]byte(secret))
		if subtle.ConstantTimeCompare(hash[:], f.hash) != 1 {
			return nothing
		}
		if maker, err = roster.Find(tx, f.By); err == nil && !maker.Active {
			err = nothing
		}
		return err
	})
	if err != nil {
		return nil, hidden(err, nothing)
	}
	who := actor.Actor{Kind: actor.Person, Org: org, Person: maker.Person, Name: maker.Name, Roles: maker.Roles, Door: actor.Link}
	now := s.Now()
	if f.Rota != "" {
		out, err = ofRota(ctx, s, who, f.Rota, maker.Language, now)
	} else {
		out, err = ofPerson(ctx, s, who, maker.Language, now)
	}
	return out, hidden(err, nothing)
}

// hidden makes every refusal look the same: whoever tries addresses learns
// nothing of what is there.
func hidden(err error, nothing error) error {
	if k := fault.KindOf(err); k == fault.NotFound || k == fault.Forbidden {
		return nothing
	}
	return err
}

func ofRota(ctx context.Context, s *store.Store, who actor.Actor, of id.Rota, tag lang.Tag, now time.Time) ([]byte, error) {
	sheet, err := rota.See(ctx, s, who, of, now.Add(-behind), now.Add(ahead))
	if err != nil {
		return nil, err
	}
	var events []ical.Event
	for _, t := range whole(sheet) {
		e := eventOf(sheet, t, "", tag)
		e.Summary = names(sheet, t.Team)
		events = append(events, e)
	}
	return ical.Calendar{Name: sheet.Name, Of: "Rota", Language: string(tag), At: now, Events: events}.Bytes(), nil
}

func ofPerson(ctx context.Context, s *store.Store, who actor.Actor, tag lang.Tag, now time.Time) ([]byte, error) {
	all, err := rota.List(ctx, s, who, now.Add(-behind), now.Add(ahead))
	if err != nil {
		return nil, err
	}
	var events []ical.Event
	for _, sheet := range all {
		for _, t := range whole(sheet) {
			if !slices.Contains(t.Team, who.Person) {
				continue
			}
			e := eventOf(sheet, t, who.Person, tag)
			e.Summary = tag.Text("web.rota.ical_duty", map[string]any{"Rota": sheet.Name})
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b ical.Event) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.UID, b.UID)) })
	name := tag.Text("web.rota.ical_own", map[string]any{"Name": who.Name})
	return ical.Calendar{Name: name, Of: "Rota", Language: string(tag), At: now, Events: events}.Bytes(), nil
}

// whole are the turns that the time asked for did not cut: an entry must say
// the same at each reading.
func whole(sheet rota.Sheet) []plan.Turn {
	return slices.DeleteFunc(sheet.Turns, func(t plan.Turn) bool { return t.From.Equal(sheet.From) || t.To.Equal(sheet.To) })
}

// eventOf is a turn as calendars know it. The identifier is that of the time,
// so that a turn which goes to somebody else stays the same entry.
func eventOf(sheet rota.Sheet, t plan.Turn, person id.Person, tag lang.Tag) ical.Event {
	uid := string(sheet.ID) + "-" + strconv.FormatInt(t.From.Unix(), 36)
	if person != "" {
		uid += "-" + string(person)
	}
	e := ical.Event{UID: uid + "@muster", Revision: sheet.Version, From: t.From, To: t.To, Note: names(sheet, t.Team)}
	if len(t.Covered) > 0 {
		e.Note += "\n" + tag.Text("web.rota.cover_mark", nil)
	}
	return e
}

func names(sheet rota.Sheet, team plan.Team) string {
	all := make([]string, len(team))
	for i, p := range team {
		all[i] = sheet.Names[p]
	}
	return strings.Join(all, ", ")
}

func scan(r store.Row) (f Feed, err error) {
	err = r.Scan(&f.ID, &f.Rota, &f.Person, &f.hash, store.Time(&f.Made), &f.By)
	return f, err
}
