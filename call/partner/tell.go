package partner

import (
	"errors"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// How long it makes sense to deliver a message about a case: the next round
// replaces one that is repeated.
const callValid = 30 * time.Minute

// insistPause is how often at most operators hear that help was called for
// again: a worker in need presses more than once.
const insistPause = time.Minute

// operators are the partner's, those whom a message can reach.
func operators(tx *store.Tx) ([]roster.Person, error) {
	all, err := roster.List(tx, roster.Filter{Role: actor.Operator})
	return slices.DeleteFunc(all, func(p roster.Person) bool {
		wanted, _ := p.Routes()
		return len(wanted) == 0
	}), err
}

// tell calls all operators, and sets the time of the next round, reckoned from
// when this one was due.
func tell(tx *store.Tx, c *Case, due time.Time) (told int, err error) {
	people, err := operators(tx)
	if err != nil {
		return 0, err
	}
	if err := deliver.CancelAbout(tx, string(c.ID)); err != nil {
		return 0, err
	}
	purpose, next := "case_opened", pause(c.Round+1)
	if c.State == Accepted {
		purpose, next = "case_waiting", askAgain
	} else {
		c.Round++
	}
	if err := c.call(tx, people, purpose, c.Raised); err != nil {
		return 0, err
	}
	at := due.Add(next)
	if at.Before(tx.Now()) {
		at = tx.Now().Add(next)
	}
	return len(people), timer.Set(tx, TimerKind, string(c.ID), at)
}

// insist tells whoever has taken the case that help was called for again; while
// nobody has, or that operator can no longer be reached, all of them.
func (c Case) insist(tx *store.Tx) error {
	before, err := deliver.Told(tx, string(c.ID), "case_again")
	if err != nil {
		return err
	}
	people, err := operators(tx)
	if err != nil {
		return err
	}
	for _, at := range before {
		if tx.Now().Sub(at) < insistPause {
			people = nil
		}
	}
	for _, p := range people {
		if c.State == Accepted && p.Person == c.Accepted.Person {
			people = []roster.Person{p}
			break
		}
	}
	return errors.Join(
		c.call(tx, people, "case_again", tx.Now()),
		keep(tx, c),
		c.book(tx, actor.Engine(), "case.again", "", map[string]any{"Told": len(people)}, ""),
	)
}

// call queues a message to each of the people on every address where they want
// alarms.
func (c Case) call(tx *store.Tx, people []roster.Person, purpose string, at time.Time) error {
	house, err := roster.Get(tx)
	if err != nil {
		return err
	}
	facts := map[string]any{
		"Org": c.CustomerName, "Zone": house.TimeZone, "Who": c.WorkerName, "Kind": string(c.Kind), "At": at, "Since": c.Opened,
		"By": c.Accepted.Name, "Link": "/desk/cases/" + string(c.ID),
	}
	if c.Drill {
		facts["Drill"] = true
	}
	for _, p := range people {
		wanted, rest := p.Routes()
		for _, stop := range wanted {
			_, err := deliver.Queue(tx, deliver.Message{
				Purpose: purpose, Lane: deliver.SOS, Person: p.Person, Lang: p.Language, About: string(c.ID),
				Facts: facts, Route: append([]deliver.Stop{stop}, rest...), Valid: callValid,
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
