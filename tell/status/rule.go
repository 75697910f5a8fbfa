// Package status shows how what the provider runs is doing: to everybody, as
// far as the provider says so; to an organisation, what runs for it; as a page
// and as a feed. What a reader may not see is taken out here, before any page,
// feed or mail is made of it.
package status

import (
	"cmp"
	"slices"
	"time"

	"muster/id"
	"muster/lang"
	"muster/tell/component"
	"muster/tell/notice"
	"muster/tell/told"
)

// Days is how far back a page looks, today included.
const Days = 90

// Level is how something does, from well to worst.
type Level int

// The levels.
const (
	Well      Level = iota
	Serviced        // maintenance is under way
	Watched         // mended, or worked around, and watched
	Disturbed       // an incident
)

// levels are what the states of a notice mean for what it is about.
var levels = map[notice.State]Level{
	notice.Investigating: Disturbed, notice.Identified: Disturbed, notice.Monitoring: Watched,
	notice.Started: Serviced, notice.Overrun: Serviced,
}

// Word is one word of a notice, as far as a reader may read it.
type Word struct {
	notice.Said
	N          int
	State      notice.State
	Components []id.Component // those that the reader may know of
	Since      time.Time      // of an incident, when it began
	From, Till time.Time      // of maintenance
	Promised   time.Time      // when the next word is due
	At         time.Time      // when it was said
}

// Item is one notice as a reader sees it.
type Item struct {
	Notice id.Notice
	Kind   notice.Kind
	Words  []Word // the oldest first; at least one
}

// Last is what is known of it by now.
func (i Item) Last() Word { return i.Words[len(i.Words)-1] }

// Over tells whether nothing more is to come.
func (i Item) Over() bool { return i.Last().State.Over() }

// Overdue tells whether a promise was broken.
func (i Item) Overdue(now time.Time) bool {
	return notice.Notice{Promised: i.Last().Promised}.Overdue(now)
}

// Text is a word's sentence in a language.
func (i Item) Text(tag lang.Tag, w Word) string { return w.Said.Text(tag, i.Kind, w.State) }

// began is when it did, or is to.
func (i Item) began() time.Time {
	switch last := i.Last(); {
	case !last.Since.IsZero():
		return last.Since
	case !last.From.IsZero():
		return last.From
	}
	return i.Words[0].At
}

// Public is what everybody may see of the words that were let go: of parts that
// the provider shows to everybody, and in approved phrases alone, since what is
// written freely may name a customer. An item whose later words are about
// nothing that is shown ends there.
func Public(known []component.Component, words []notice.Word) []Item {
	names := map[id.Component]string{}
	for _, c := range known {
		if c.Public {
			names[c.ID] = c.Name
		}
	}
	return items(words, func(w notice.Word) ([]id.Component, string) {
		return slices.DeleteFunc(slices.Clone(w.After.Components), func(c id.Component) bool { return names[c] == "" }), ""
	}, names)
}

// Own is what an organisation may see: of the words that it was told, what
// concerns what runs for it.
func Own(known []component.Component, installed []component.Installation, heard []told.Told, words []notice.Word) ([]Item, error) {
	tree, err := component.Grow(known)
	if err != nil {
		return nil, err
	}
	names := map[id.Component]string{}
	for _, c := range known {
		names[c.ID] = c.Name
	}
	type key struct {
		notice id.Notice
		n      int
	}
	at := map[key]told.Told{}
	for _, t := range heard {
		at[key{t.Notice, t.N}] = t
	}
	theirs := slices.DeleteFunc(slices.Clone(words), func(w notice.Word) bool { _, ok := at[key{w.Notice, w.N}]; return !ok })
	return items(theirs, func(w notice.Word) ([]id.Component, string) {
		return tree.Touching(w.After.Components, installed), at[key{w.Notice, w.N}].Words
	}, names), nil
}

// items makes items of words, which come by notice and number. see says which
// components of a word the reader may know of, and what was written beside it.
func items(words []notice.Word, see func(notice.Word) ([]id.Component, string), names map[id.Component]string) (out []Item) {
	for _, w := range words {
		seen, free := see(w)
		begun := len(out) > 0 && out[len(out)-1].Notice == w.Notice
		switch {
		case len(seen) == 0 && !begun:
			continue
		case len(seen) == 0:
			last := &out[len(out)-1]
			if end := last.Last(); !end.State.Over() {
				last.Words = append(last.Words, end.left(last.Kind, w.Released))
			}
			continue
		case !begun:
			out = append(out, Item{Notice: w.Notice, Kind: w.After.Kind})
		}
		said := notice.Said{Phrase: w.Phrase, Words: free}
		for _, c := range seen {
			said.Parts = append(said.Parts, names[c])
		}
		last := &out[len(out)-1]
		last.Words = append(last.Words, Word{
			Said: said, N: w.N, State: w.State, Components: seen, At: w.Released,
			Since: w.After.Since, From: w.After.From, Till: w.After.Till, Promised: w.After.Promised,
		})
	}
	return out
}

// left is the end of an item for whoever sees nothing of what it is about now.
func (w Word) left(kind notice.Kind, at time.Time) Word {
	w.N, w.At, w.Promised, w.Words = w.N+1, at, time.Time{}, ""
	w.State, w.Phrase = notice.Resolved, "works"
	if kind == notice.Maintenance {
		w.State, w.Phrase = notice.Done, "done"
	}
	return w
}

// Part is one component and how it did.
type Part struct {
	component.Named
	Level Level
	Days  [Days]Level // the oldest first, today last
	Bad   int         // days on which it was disturbed
}

// Sheet is a page.
type Sheet struct {
	Level  Level // the worst that is now
	Parts  []Part
	Now    []Item // what is under way, the newest first
	Coming []Item // maintenance to come, the next first
	Past   []Item // what is over, the newest first
}

// Lay lays out a page of items and parts for an instant; days begin and end in
// the reader's zone.
func Lay(known []component.Component, parts []component.Named, all []Item, now time.Time, zone *time.Location) (s Sheet, err error) {
	tree, err := component.Grow(known)
	if err != nil {
		return s, err
	}
	begins := daysBefore(now, zone)
	for _, i := range all {
		switch {
		case !i.Over() && i.Last().State == notice.Planned:
			s.Coming = append(s.Coming, i)
		case !i.Over():
			s.Now = append(s.Now, i)
			s.Level = max(s.Level, levels[i.Last().State])
		case !i.Last().At.Before(begins[0]):
			s.Past = append(s.Past, i)
		}
	}
	slices.SortStableFunc(s.Now, func(a, b Item) int { return b.began().Compare(a.began()) })
	slices.SortStableFunc(s.Past, func(a, b Item) int { return b.began().Compare(a.began()) })
	slices.SortStableFunc(s.Coming, func(a, b Item) int { return cmp.Or(a.began().Compare(b.began()), cmp.Compare(a.Notice, b.Notice)) })
	for _, n := range parts {
		p := Part{Named: n}
		for _, i := range all {
			p.mark(i, tree, begins, now)
		}
		for _, d := range p.Days {
			if d == Disturbed {
				p.Bad++
			}
		}
		s.Parts = append(s.Parts, p)
	}
	return s, nil
}

// daysBefore is when each day of the page begins.
func daysBefore(now time.Time, zone *time.Location) (begins [Days]time.Time) {
	y, m, d := now.In(zone).Date()
	for i := range begins {
		begins[i] = time.Date(y, m, d-(Days-1)+i, 0, 0, 0, 0, zone)
	}
	return begins
}

// mark notes an item on a part, if it is about it: each word holds until the
// next.
func (p *Part) mark(i Item, tree component.Tree, begins [Days]time.Time, now time.Time) {
	for n, w := range i.Words {
		level := levels[w.State]
		if level == Well || !tree.Concerns(w.Components, p.ID) {
			continue
		}
		from, till := w.At, now
		if n == 0 && !w.Since.IsZero() {
			from = w.Since
		}
		if n+1 < len(i.Words) {
			till = i.Words[n+1].At
		} else {
			p.Level = max(p.Level, level)
		}
		for d, begin := range begins {
			if from.Before(begin.AddDate(0, 0, 1)) && !till.Before(begin) {
				p.Days[d] = max(p.Days[d], level)
			}
		}
	}
}

// Shown are the components that everybody may see, as they stand below each
// other; what contains them and is not shown is not named either.
func Shown(known []component.Component) []component.Named {
	by := map[id.Component]component.Component{}
	for _, c := range known {
		by[c.ID] = c
	}
	var shown []component.Component
	for _, c := range known {
		if !c.Public {
			continue
		}
		for range component.Deepest {
			if above, ok := by[c.Parent]; !ok || above.Public {
				break
			}
			c.Parent = by[c.Parent].Parent
		}
		shown = append(shown, c)
	}
	return component.Paths(shown)
}

// Running are the components that run for an organisation.
func Running(known []component.Component, installed []component.Installation) []component.Named {
	return slices.DeleteFunc(component.Paths(known), func(n component.Named) bool {
		return !slices.ContainsFunc(installed, func(i component.Installation) bool { return i.Component == n.ID })
	})
}
