package erase

import (
	"context"
	"errors"
	"slices"
	"strings"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/picture"
	"muster/letin/presence"
	"muster/policy"
	"muster/store"
)

// Office carries deletions out.
type Office struct {
	desk.Desk
	URL string // where people reach this installation
}

// Given is what somebody adds to a step.
type Given struct {
	Words string // decline: why; record: what was deleted; own: what they deleted
	Paper Paper  // write
	List  string // list: a thing a line
}

// Find reads how far a deletion is; one that nobody has begun has no steps. What
// development has handed back was not passed to it.
func Find(tx *store.Tx, q desk.Request) (Deletion, error) {
	return read(tx, get, q)
}

func read(tx *store.Tx, by *store.SQL, q desk.Request) (Deletion, error) {
	fresh := Deletion{Request: q.ID, Real: q.Kind == desk.RealData}
	if q.Kind != desk.RealData && q.Kind != desk.TestData {
		return fresh, fault.New(fault.NotFound, "not_found")
	}
	d, err := store.One(tx, by, scan, q.ID)
	if fault.KindOf(err) == fault.NotFound || err == nil && d.Real != fresh.Real {
		return fresh, nil // or it was about the other kind of data then
	}
	if q.Department != actor.Development && !d.Over() {
		delete(d.Steps, Pass)
	}
	return d, err
}

// Take takes a step, if its turn has come and the actor may.
func (o Office) Take(ctx context.Context, who actor.Actor, which id.Request, s Step, g Given) error {
	if s == Agree {
		return fault.New(fault.Forbidden, "forbidden") // the director's alone
	}
	return o.As(ctx, who, which, func(tx *store.Tx) error {
		q, _, err := desk.Hold(tx, who, which, "seeRequest", 0)
		if err != nil {
			return err
		}
		d, err := read(tx, hold, q)
		if err != nil {
			return err
		}
		facts := d.facts(q, who, s)
		var there presence.Presence
		if s == Own {
			if there, err = presence.Watching(tx, who.Staff); err != nil {
				return err
			}
			if there.ID != "" {
				facts |= policy.Supervised
			}
		}
		_, rule, err := desk.Hold(tx, who, which, action(s), facts)
		if err != nil {
			return err
		}
		switch {
		case !q.State.Open() && !d.Over():
			return fault.New(fault.Conflict, "request_closed")
		case answers(s) && q.Agent != who.Staff:
			return fault.New(fault.Conflict, "request_not_taken")
		}
		before := d
		if d, err = d.take(s, Done{At: tx.Now(), By: who.Name, ID: string(who.Staff), Note: strings.TrimSpace(g.Words)}); err != nil {
			return err
		}
		return o.carry(tx, who, move{q, before, d, s, g, rule, there.Name})
	})
}

// action is what policy is asked about a step.
func action(s Step) string {
	switch s {
	case Approve:
		return "approveDeletion"
	case Pass:
		return "passDeletion"
	case Record:
		return "recordDeletion"
	case Own:
		return "recordOwnHand"
	}
	return "answerRequest"
}

func answers(s Step) bool { return action(s) == "answerRequest" || s == Pass || s == Own }

// facts are what is true of the deletion before a step.
func (d Deletion) facts(q desk.Request, who actor.Actor, s Step) (f policy.Fact) {
	if d.Real {
		f |= policy.Real
	}
	if d.Missing() == "" {
		f |= policy.Ready
	}
	if s == Approve && d.Steps[Write].ID == string(who.Staff) {
		f |= policy.Own
	}
	if q.Department == who.Support.Department {
		f |= policy.Line
	}
	return f
}

// move is a step that is being taken.
type move struct {
	q      desk.Request
	before Deletion
	d      Deletion
	step   Step
	given  Given
	rule   string
	there  string // who of the customer's watched
}

// carry does what belongs to a step, and writes it down.
func (o Office) carry(tx *store.Tx, who actor.Actor, m move) (err error) {
	var key []byte
	switch m.step {
	case Show:
		err = shown(tx, m.q)
	case Decline, Own, Record:
		err = needed(m.given.Words)
	case Write:
		m.d.Paper, err = m.given.Paper.check()
		o.TellHead(tx, m.q, "request_approval", m.d.Paper.What)
	case Approve:
		o.Tell(tx, m.q, m.q.Agent, "request_decided", "")
	case Compare:
		err = compare(tx, m.q)
	case List:
		m.d.List, err = lines(m.given.List)
	case Send:
		m.d, key, err = o.send(tx, who, m.q, m.d)
	case Pass:
		m.q, err = o.pass(tx, who, m.q, m.d)
	}
	if err != nil {
		return err
	}
	personal := map[string]string{}
	for name, text := range map[string]string{"Words": m.given.Words, "Name": m.there, "List": strings.Join(m.d.List, "\n"), "Director": m.d.Address, "Who": m.d.Paper.Who, "Why": m.d.Paper.Why, "What": m.d.Paper.What} {
		if text != "" {
			personal[name] = text
		}
	}
	err = errors.Join(
		m.d.save(tx, key), m.q.Keep(tx), m.q.Append(tx, desk.Line{Side: desk.Event, Staff: who.Staff, Name: who.Name, Words: "request.line." + string(m.step)}),
		m.q.Book(tx, who, "request.erase_"+string(m.step), m.rule, map[string]any{"Real": m.d.Real, "List": m.d.Digest()}, personal),
	)
	if err != nil || m.step != Record && m.step != Own {
		return err
	}
	if err := m.forget(tx, who); err != nil {
		return err
	}
	return o.Finish(tx, who, m.q, desk.Done, m.record(tx, who), m.rule)
}

// forget erases the pictures of the data that is gone.
func (m move) forget(tx *store.Tx, who actor.Actor) error {
	n, err := picture.Erase(tx, m.q.ID)
	if err != nil || n == 0 {
		return err
	}
	return m.q.Book(tx, who, "request.picture_erased", m.rule, map[string]any{"Number": n}, nil)
}

// record is what the customer reads of a deletion that is done: what, when, by
// whom.
func (m move) record(tx *store.Tx, who actor.Actor) string {
	tag := m.q.Language(tx)
	what := m.d.List
	if len(what) == 0 && m.d.Paper.What != "" {
		what = []string{m.d.Paper.What}
	}
	return tag.Text("request.record."+string(m.step), map[string]any{
		"By": who.Name, "At": tag.Time(tx.Now(), m.q.Zone(tx), lang.Exact), "List": strings.Join(what, "\n"), "Words": m.given.Words,
	})
}

func needed(words string) error {
	if strings.TrimSpace(words) == "" {
		return fault.New(fault.Invalid, "required").At("words")
	}
	if len(words) > mostPaper {
		return fault.New(fault.Invalid, "too_long").At("words").With("Max", mostPaper)
	}
	return nil
}

// shown sees to it that the customer was sent how to delete test data.
func shown(tx *store.Tx, q desk.Request) error {
	said, err := q.Lines(tx)
	if err == nil && !slices.ContainsFunc(said, func(l desk.Line) bool { return l.Side == desk.Support && l.Template == "test_data" }) {
		err = fault.New(fault.Conflict, "erase_not_shown")
	}
	return err
}

// compare looks for a mail of the customer's that is proved to come from the
// director's address on file (FL7).
func compare(tx *store.Tx, q desk.Request) error {
	on, err := Director(tx)
	if err != nil {
		return err
	}
	if on.Verified.IsZero() {
		return fault.New(fault.Conflict, "director_missing")
	}
	said, err := q.Lines(tx)
	if err == nil && !slices.ContainsFunc(said, func(l desk.Line) bool {
		return l.Side == desk.Customer && l.Proved && l.Digest != "" && strings.EqualFold(l.Address, on.Mail)
	}) {
		err = fault.New(fault.Conflict, "erase_not_compared")
	}
	return err
}

// pass gives it to development, and tells the customer exactly what goes.
func (o Office) pass(tx *store.Tx, who actor.Actor, q desk.Request, d Deletion) (desk.Request, error) {
	what := d.List
	if !d.Real {
		what = []string{d.Paper.What}
	}
	words := q.Draft(q.Language(tx), "passed", who.Name, map[string]any{"List": strings.Join(what, "\n")})
	err := o.Desk.Send(tx, who, q, desk.Answer{Template: "passed", Words: words})
	q.State, q.Department, q.Agent, q.AgentName = desk.Development, actor.Development, "", ""
	o.TellQueue(tx, q)
	return q, err
}
