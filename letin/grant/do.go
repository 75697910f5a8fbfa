package grant

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/store"
	"muster/timer"
)

// Topic is touched by whatever happens to a grant; its own id is touched too.
// TimerKind is the kind of its timer: when somebody is reminded of it, when it
// lapses, when it expires. ByConsole and ByMail are how consent comes.
// PageOfOver is how many of those that are over come at a time.
const (
	Topic      = "grant"
	TimerKind  = "grant"
	ByConsole  = "console"
	ByMail     = "mail"
	PageOfOver = 50
)

// Office is where leave to enter is asked for, given and taken.
type Office struct {
	Store *store.Store
	Book  *ledger.Book
	Log   *slog.Logger
	// Known tells whether the unit's organisation has made a request of this
	// reference; nil: any reference is taken.
	Known func(tx *store.Tx, reference string) (bool, error)
}

// Draft is what is asked for.
type Draft struct {
	Org     id.Org
	Staff   id.Staff // who is to enter
	Scope   Scope
	Reason  Reason
	Words   string
	Request string
	For     time.Duration // zero: Usual
	After   id.Grant      // the open grant that this extends
}

// Reasons lists what a draft may give as one, in the order in which forms offer
// them.
func (Draft) Reasons() []Reason { return reasons() }

// hearing is one grant in the unit that changes it, with the provider's people
// as they are at this instant.
type hearing struct {
	Grant
	tx     *store.Tx
	who    staff.Member // is to enter
	people map[id.Staff]staff.Member
}

// everybody is the provider's staff by their ids.
func everybody(tx *store.AcrossTx) (map[id.Staff]staff.Member, error) {
	all, err := staff.List(tx)
	people := make(map[id.Staff]staff.Member, len(all))
	for _, m := range all {
		people[m.ID] = m
	}
	return people, err
}

// Read reads a grant of the unit's organisation.
func Read(tx *store.Tx, which id.Grant) (Grant, error) {
	return read(tx, getGrant, which)
}

func read(tx *store.Tx, q *store.SQL, which id.Grant) (Grant, error) {
	g, err := store.One(tx, q, scanGrant, which)
	if err != nil {
		return g, err
	}
	rows, err := store.All(tx, approvals, scanApproval, which, which)
	for _, r := range rows {
		g.Approvals = append(g.Approvals, r.Approval)
	}
	return g, err
}

// hold takes the grant for this unit.
func hold(tx *store.Tx, which id.Grant, people map[id.Staff]staff.Member) (*hearing, error) {
	if err := timer.Hold(tx, TimerKind, string(which)); err != nil {
		return nil, err
	}
	g, err := read(tx, holdGrant, which)
	if err != nil {
		return nil, err
	}
	h := &hearing{Grant: g, tx: tx, who: people[g.Staff], people: people}
	h.Grant = g.renewed(h.who, people, tx.Now())
	return h, nil
}

// on is one act on a grant: a unit over the organisation and the provider's
// staff. What policy refuses is written down too.
func (o Office) on(ctx context.Context, who actor.Actor, which id.Grant, action string, act func(h *hearing, rule string) error) (g Grant, err error) {
	err = o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		org, err := home(tx, who, which)
		if err != nil {
			return err
		}
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		return tx.For(org, func(tx *store.Tx) error {
			if who.Org != "" {
				if err := store.Claim(tx); err != nil {
					return err
				}
			}
			h, err := hold(tx, which, people)
			if err != nil {
				return err
			}
			g = h.Grant
			rule, err := h.may(who, action, 0)
			if err != nil {
				return err
			}
			err = act(h, rule)
			g = h.Grant
			return err
		})
	})
	return g, o.Denied(ctx, who, g.Org, string(which), action, err)
}

// home is the organisation of a grant: the actor's own, or the one that staff
// mean.
func home(tx *store.AcrossTx, who actor.Actor, which id.Grant) (id.Org, error) {
	if who.Org != "" {
		return who.Org, nil
	}
	return store.One(tx, whereGrant, store.Scalar[id.Org], which)
}

// may asks policy about the grant; more is what else is true.
func (h *hearing) may(who actor.Actor, action string, more policy.Fact) (string, error) {
	var facts policy.Fact
	if who.Staff != "" && h.own(who.Staff, action) {
		facts |= policy.Own
	}
	if who.Staff != "" {
		facts |= h.placed(h.people[who.Staff], action)
	}
	if action == "seeGrants" && who.Staff != "" && who.Org == "" {
		mine, err := h.concerns(who)
		if err != nil {
			return "", err
		}
		if mine {
			facts |= policy.Own
		}
	}
	if action == "consentGrant" || action == "reviewGrant" {
		also, err := identity.Employed(h.tx, who.Person, "")
		if err != nil {
			return "", err
		}
		if also {
			facts |= policy.Employed
		}
	}
	return check(who, action, h.Org, h.ID, facts|more)
}

// early is what policy asks about the customer's account, of whoever comes in.
func early(a account.Account, who id.Staff) (f policy.Fact) {
	if a.Early(who) {
		f = policy.Early
	}
	return f
}

// placed is what counts of where a staff member stands beside the others whom
// the grant is about.
func (h *hearing) placed(by staff.Member, action string) (facts policy.Fact) {
	if by.Department == h.who.Department {
		facts |= policy.Line
	}
	if action == "approveGrant" && h.arranged(by) {
		facts |= policy.Arranged
	}
	if by.Known.After(h.Asked) {
		facts |= policy.Moved
	}
	return facts
}

// own tells whether a grant is one's own: what is for oneself or, where it is
// about agreeing to it or giving it back, what one asked for.
func (g Grant) own(who id.Staff, action string) bool {
	return who == g.Staff || who == g.AskedBy && (action == "approveGrant" || action == "returnGrant")
}

func check(who actor.Actor, action string, org id.Org, which id.Grant, facts policy.Fact) (string, error) {
	if who.Token != "" {
		facts |= policy.Programmed
	}
	return policy.Check(who, action, policy.Resource{Type: "Grant", ID: string(which), Org: org, Facts: facts})
}

// Denied writes into the customer's book that somebody was refused, and by
// which rule (access N1, A13). It stands apart from the request, whose key it
// must not use up; and it begins no book of an organisation that is not there.
func (o Office) Denied(ctx context.Context, who actor.Actor, org id.Org, subject, action string, cause error) error {
	f := fault.From(cause)
	if cause == nil || org == "" || f.Kind != fault.Forbidden {
		return cause
	}
	rule, _ := f.Args["rule"].(string)
	err := o.Store.Do(store.WithOnce(ctx, nil), org, func(tx *store.Tx) error {
		if _, err := roster.Get(tx); err != nil {
			return err
		}
		tx.Touch(Topic)
		return ledger.Append(tx, who, ledger.Entry{Kind: "grant.denied", Subject: subject, Rule: rule, Facts: map[string]any{"Kind": action, "Code": f.Code}})
	})
	if err != nil {
		return err
	}
	return cause
}

// entry is what the book says about a grant.
func (g Grant) entry(kind, rule string) ledger.Entry {
	return ledger.Entry{
		Kind: kind, Subject: string(g.ID), Rule: rule,
		Facts:    map[string]any{"Member": string(g.Staff), "Scope": string(g.Scope), "Stage": string(g.Stage)},
		Personal: map[string]string{"Staff": g.Name},
	}
}

// keep saves the grant as it has become, and when time next changes it. One
// that is over ends the sessions of whoever is inside by it, in this unit.
func (g Grant) keep(tx *store.Tx) error {
	tx.Touch(Topic)
	tx.Touch(string(g.ID))
	err := tx.Write(keepGrant, g.fields()...)
	if at, _ := g.next(tx.Now()); !at.IsZero() {
		return errors.Join(err, timer.Set(tx, TimerKind, string(g.ID), at))
	}
	return errors.Join(err, timer.Cancel(tx, TimerKind, string(g.ID)), identity.EndGrant(tx, g.ID))
}

// Ask asks for leave for somebody else to enter an organisation. Faults are at
// staff, scope, reason, words, request, hours and after.
func (o Office) Ask(ctx context.Context, who actor.Actor, d Draft) (g Grant, err error) {
	if d.For == 0 {
		d.For = Usual
	}
	g = Grant{
		ID: id.New[id.Grant](), Org: d.Org, Staff: d.Staff, AskedBy: who.Staff, Asker: who.Name, Scope: d.Scope, Reason: d.Reason,
		Words: strings.TrimSpace(d.Words), Request: strings.TrimSpace(d.Request), For: d.For, After: d.After, Stage: Asked,
	}
	err = o.Store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		return tx.For(d.Org, func(tx *store.Tx) error {
			h := &hearing{Grant: g, tx: tx, who: people[d.Staff], people: people}
			rule, err := h.may(who, "askGrant", 0)
			if err != nil {
				return atStaff(err, h.own(who.Staff, "askGrant"))
			}
			h.Asked, h.Name = tx.Now(), h.who.Name
			if err := errors.Join(h.check(), h.asked(h.who, tx.Now()), o.fits(h)); err != nil {
				return err
			}
			g = h.Grant
			return h.begin(who, "grant.asked", rule, "asked")
		})
	})
	return g, o.Denied(ctx, who, d.Org, string(d.Staff), "askGrant", err)
}

// atStaff says at the field that nobody adds themselves, where that is why.
func atStaff(err error, own bool) error {
	if own && fault.From(err).Code == "refused" {
		return fault.From(err).At("staff")
	}
	return err
}

// fits holds what is asked to what there is: the request, the grant that it
// extends, and what is asked for already.
func (o Office) fits(h *hearing) error {
	var wrong []error
	if o.Known != nil && h.Request != "" {
		known, err := o.Known(h.tx, h.Request)
		if err != nil {
			return err
		}
		if !known {
			wrong = append(wrong, fault.New(fault.Invalid, "unknown_request").At("request"))
		}
	}
	a, err := account.Find(h.tx)
	if err != nil {
		return err
	}
	if h.Emergency { // which waits for no reading
		wrong = append(wrong, a.Shut(h.Staff))
	} else {
		wrong = append(wrong, a.Opens(h.Staff, h.tx.Now()))
	}
	live, err := store.All(h.tx, liveGrants, scanGrant)
	if err != nil {
		return err
	}
	extends := h.After == ""
	for _, other := range live {
		if other.ID == h.After && other.Staff == h.Staff && other.Stage == Open && !other.Emergency {
			extends = true
		}
		if other.Staff == h.Staff && other.Stage == Asked && !h.Emergency {
			wrong = append(wrong, fault.New(fault.Conflict, "asked_already").At("staff"))
		}
	}
	if !extends {
		wrong = append(wrong, fault.New(fault.Invalid, "not_open").At("after"))
	}
	return fault.Join(wrong...)
}

// begin writes a new grant down.
func (h *hearing) begin(who actor.Actor, kind, rule, news string) error {
	e := h.entry(kind, rule)
	e.Facts["Reason"], e.Facts["ForSeconds"], e.Facts["Request"], e.Facts["After"] = string(h.Reason), int64(h.For/time.Second), h.Request, string(h.After)
	e.Personal["Words"] = h.Words
	at, _ := h.next(h.tx.Now())
	h.tx.Touch(Topic)
	return errors.Join(
		h.tx.Write(addGrant, h.all()...), timer.Set(h.tx, TimerKind, string(h.ID), at),
		ledger.Append(h.tx, who, e), h.tell(h.tx, news, who.Name),
	)
}
