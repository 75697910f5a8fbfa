package forget

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/turn"
)

// Look shows an administrator what erasing somebody takes away, and what stands
// in the way. It takes no sign-in of just now.
func Look(ctx context.Context, s *store.Store, who actor.Actor, person id.Person) (p Plan, err error) {
	err = s.Across().View(ctx, func(tx *store.AcrossTx) error {
		p, err = plan(tx, who.Org, person, func(tx *store.Tx) error {
			_, err := policy.Check(who, "seeLeft", policy.Resource{Type: "Roster", ID: string(tx.Org()), Org: tx.Org()})
			return err
		})
		return err
	})
	return p, err
}

// Forget erases what is known of somebody who has left: here, at the partners
// that were told, and in the books of both. The name is typed once more, since
// nobody can take it back. Faults: Forbidden by policy, at "name" Invalid
// "forget_name", at "reason" Invalid "forget_reason", and whatever Plan has as
// an obstacle.
func Forget(ctx context.Context, s *store.Store, who actor.Actor, person id.Person, why Reason, typed string) error {
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error {
		var rule string
		p, err := plan(tx, who.Org, person, func(tx *store.Tx) (err error) {
			rule, err = policy.Check(who, "erasePerson", policy.Resource{Type: "Erasure", ID: string(person), Org: tx.Org(), Person: person})
			return err
		})
		switch {
		case err != nil:
			return err
		case !slices.Contains(Reasons(), why):
			return fault.New(fault.Invalid, "forget_reason").At("reason")
		case p.Obstacle != nil:
			return p.Obstacle
		}
		if err := p.confirmed(typed); err != nil {
			return err
		}
		for _, all := range p.atPartners() {
			if err := tx.For(all[0].partner, func(tx *store.Tx) error { return p.atPartner(tx, all, person, why) }); err != nil {
				return err
			}
		}
		if err := tx.For(who.Org, func(tx *store.Tx) error { return p.here(tx, who, person, rule, why) }); err != nil {
			return err
		}
		for _, w := range p.words {
			if mailForm.MatchString(w) {
				if err := identity.Forget(tx, w); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// plan reads what there is of a person, if the actor may.
func plan(tx *store.AcrossTx, org id.Org, person id.Person, may func(*store.Tx) error) (p Plan, err error) {
	err = tx.For(org, func(tx *store.Tx) error {
		who, err := roster.Find(tx, person)
		if err != nil {
			return err
		}
		if err := may(tx); err != nil {
			return err
		}
		if p, err = store.One(tx, stateOf, scanState, person); err != nil {
			return err
		}
		if p.words, err = words(tx, who); err != nil {
			return err
		}
		p.Name, p.Namesake = who.Name, p.namesakes > 0 || telling(who.Name) && !slices.Contains(p.words, who.Name)
		p.Obstacle = p.obstacle(who.Active)
		return nil
	})
	if err != nil {
		return p, err
	}
	if p.words, err = notStaff(tx, p.words); err != nil {
		return p, err
	}
	if p.cases, err = store.All(tx, casesOf, scanHeld, string(org), string(person)); err != nil {
		return p, err
	}
	at, err := store.One(tx, leavingAt, store.Scalar[int], string(org), string(person))
	if err != nil {
		return p, err
	}
	p.leaving += at
	links, err := store.All(tx, linksOf, scanLink, string(org), string(person))
	p.cases = append(p.cases, links...)
	slices.SortStableFunc(p.cases, func(a, b held) int { return strings.Compare(string(a.partner), string(b.partner)) })
	p.Partners = len(p.atPartners())
	if p.Obstacle == nil {
		p.Obstacle = p.obstacle(false)
	}
	return p, err
}

// words are the values of the person that are looked for in what others wrote:
// addresses that are nobody else's, and names that nobody else bears.
func words(tx *store.Tx, p roster.Person) ([]string, error) {
	var k known
	k.person(p)
	for f := (ledger.Filter{About: p.Person}); ; {
		page, err := ledger.List(tx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			k.add(wordsIn(r))
		}
		if len(page) == 0 || page[len(page)-1].Seq == 0 {
			break
		}
		f.Before = page[len(page)-1].Seq
	}
	names := slices.DeleteFunc(unique(k.names), func(name string) bool { return !telling(name) })
	return alone(tx, p.Person, append(unique(k.addresses), names...))
}

// alone are the words that are nobody else's on the unit's roster, now or
// before: no address of theirs, and no part of their name. A name that somebody
// bore for a day by mistake may be a colleague's.
func alone(tx *store.Tx, person id.Person, words []string) (own []string, err error) {
	for _, w := range words {
		n, err := store.One(tx, othersAddress, store.Scalar[int], person, w)
		for _, left := range []bool{false, true} {
			if err != nil || n > 0 {
				break
			}
			var people []roster.Person
			people, err = roster.List(tx, roster.Filter{Text: w, Left: left})
			if slices.ContainsFunc(people, func(p roster.Person) bool { return p.Person != person }) {
				n++
			}
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			own = append(own, w)
		}
	}
	return own, nil
}

// notStaff are the words that are no name and no address of the provider's
// staff: what they did here stays theirs to answer for.
func notStaff(tx *store.AcrossTx, words []string) (own []string, err error) {
	for _, w := range words {
		n, err := store.One(tx, ofStaff, store.Scalar[int], w)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			own = append(own, w)
		}
	}
	return own, nil
}

// here erases the person in their own organisation.
func (p Plan) here(tx *store.Tx, who actor.Actor, person id.Person, rule string, why Reason) error {
	if _, err := store.One(tx, hold, store.Scalar[string], person); err != nil {
		return err
	}
	// Addresses first: rows that name the person lose their names after it.
	if err := p.sweep(tx); err != nil {
		return err
	}
	for _, q := range dropped {
		if err := tx.Write(q, person); err != nil {
			return err
		}
	}
	for _, q := range renamed {
		if err := tx.Write(q, person, Word); err != nil {
			return err
		}
	}
	if err := p.dropUploads(tx); err != nil {
		return err
	}
	if _, err := ledger.Erase(tx, who, ledger.Erasure{Person: person, Rule: rule, Why: string(why), Words: p.words}); err != nil {
		return err
	}
	return errors.Join(identity.DropPrincipal(tx, person), tx.Write(dropPictures, person, tx.Now()),
		tx.Write(mark, person, tx.Now()), roster.Changed(tx))
}

// sweep takes the words out of whatever others wrote.
func (p Plan) sweep(tx *store.Tx) error {
	for _, w := range p.words {
		for _, spelt := range spellings(w) {
			for _, q := range swept {
				if err := tx.Write(q, spelt, Word, like(spelt)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// dropUploads takes away what is kept for a while and may hold anything: sheets
// that wait for their go-ahead, and answers to requests that may come again.
func (p Plan) dropUploads(tx *store.Tx) error {
	all, err := store.All(tx, kept, scanAnswer)
	for _, a := range all {
		if mentions(a.body, p.words) {
			err = errors.Join(err, tx.Write(dropKept, a.key))
		}
	}
	return errors.Join(err, tx.Write(dropSheets), tx.Write(dropEnrolled))
}

// atPartners is what each partner holds.
func (p Plan) atPartners() (all [][]held) {
	for i, h := range p.cases {
		if i == 0 || p.cases[i-1].partner != h.partner {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], h)
	}
	return all
}

// atPartner erases what a partner holds of the person, in cases and on the
// connection. The partner reads in its book that it happened, and why.
func (p Plan) atPartner(tx *store.Tx, all []held, person id.Person, why Reason) error {
	of := []string{string(person)}
	words, err := alone(tx, person, p.words) // else a customer could erase who of the partner's did what
	if err != nil {
		return err
	}
	for _, h := range all {
		of = append(of, h.connection)
		for _, w := range words {
			for _, spelt := range spellings(w) {
				if err := tx.Write(sweepAbout, h.connection, spelt, Word); err != nil {
					return err
				}
			}
		}
		if h.id == "" {
			continue
		}
		of = append(of, h.id, h.alarm)
		err := tx.Write(blankCase, h.id, Word)
		for _, about := range []string{h.id, h.alarm} {
			err = errors.Join(err, tx.Write(blankSent, about), tx.Write(blankAbout, about))
		}
		if err != nil {
			return err
		}
	}
	rule, err := policy.Check(actor.Engine(), "erasePerson", policy.Resource{Type: "Erasure", ID: string(person), Org: tx.Org()})
	if err != nil {
		return err
	}
	_, err = ledger.Erase(tx, actor.Engine(), ledger.Erasure{Person: person, Rule: rule, Why: string(why), Words: words, Of: of})
	tx.Touch("board")
	return err
}

// Run cleans the files of the database in the night after erasures, until ctx
// ends. Any number may run on one database.
func Run(ctx context.Context, s *store.Store, log *slog.Logger) {
	turn.Run(ctx, s, nil, lookAgain, func(ctx context.Context) error {
		if s.Kind() == "sqlite" && !quiet(s.Now()) {
			return nil
		}
		return Scrub(ctx, s)
	}, func(err error) { log.Error("what was erased is still in the files of the database", "err", err) })
}

// lookAgain is how often it is seen whether the files are to be cleaned.
const lookAgain = 10 * time.Minute

// Scrub cleans the files after erasures, if there were any since it last did.
// Units that write wait meanwhile, so it is for a quiet hour.
func Scrub(ctx context.Context, s *store.Store) error {
	var n int
	err := s.Across().View(ctx, func(tx *store.AcrossTx) (err error) {
		n, err = store.One(tx, unscrubbed, store.Scalar[int])
		return err
	})
	if err != nil || n == 0 {
		return err
	}
	began := s.Now()
	clean, err := s.Scrub(ctx)
	if err != nil || !clean {
		return err
	}
	return s.Across().Do(ctx, func(tx *store.AcrossTx) error { return tx.Write(scrubbed, tx.Now(), began) })
}
