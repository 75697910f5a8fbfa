package grant

import (
	"context"
	"slices"
	"time"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/staff"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// mostLive bounds what is shown at once, mostSaid the messages about
// one grant.
const (
	mostLive = 500
	mostSaid = 200
)

// Lot is some grants of one organisation.
type Lot struct {
	Live       []Grant // asked for or open, the first asked first
	Over       []Grant // latest first
	Unreviewed []Grant // emergencies that no administrator has reviewed
}

// lotOf reads the grants of the unit's organisation; those that are over, asked
// before an instant if there is one.
func lotOf(tx *store.Tx, before time.Time) (l Lot, err error) {
	at := int64(0)
	if !before.IsZero() {
		at = before.UnixMicro()
	}
	if l.Live, err = store.All(tx, liveGrants, scanGrant); err != nil {
		return l, err
	}
	if l.Over, err = store.All(tx, overGrants, scanGrant, at, PageOfOver); err != nil {
		return l, err
	}
	if l.Unreviewed, err = store.All(tx, unreviewed, scanGrant, ""); err != nil {
		return l, err
	}
	return l, approved(tx, l.Live, l.Over) // an emergency has none
}

// approved adds the approvals of these grants.
func approved(tx *store.Tx, lists ...[]Grant) error {
	at := map[id.Grant]*Grant{}
	var first, last id.Grant
	for _, some := range lists {
		for i, g := range some {
			at[g.ID] = &some[i]
			if first == "" || g.ID < first {
				first = g.ID
			}
			last = max(last, g.ID)
		}
	}
	rows, err := store.All(tx, approvals, scanApproval, first, last)
	for _, r := range rows {
		if g := at[r.grant]; g != nil {
			g.Approvals = append(g.Approvals, r.Approval)
		}
	}
	return err
}

// Waiting counts what waits for an administrator of the unit's organisation.
func Waiting(tx *store.Tx) (int, error) { return store.One(tx, waiting, store.Scalar[int]) }

// Live are the grants of the unit's organisation that are asked for or open,
// without their approvals.
func (Office) Live(tx *store.Tx) ([]Grant, error) { return store.All(tx, liveGrants, scanGrant) }

// See reads the grants of the actor's organisation, for its own people; the
// provider's have the Queue.
func (o Office) See(ctx context.Context, who actor.Actor, before time.Time) (l Lot, err error) {
	if who.Kind == actor.Staff && !who.Guest() {
		return l, fault.New(fault.NotFound, "not_found")
	}
	if _, err := check(who, "seeGrants", who.Org, "", 0); err != nil {
		return l, err
	}
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		return tx.For(who.Org, func(tx *store.Tx) error {
			l, err = lotOf(tx, before)
			for i, g := range l.Live {
				l.Live[i] = g.renewed(people[g.Staff], people, tx.Now())
			}
			return err
		})
	})
	return l, err
}

// Candidates are those of the provider's people who may be let in at all (WK5).
func (o Office) Candidates(tx *store.AcrossTx) ([]staff.Member, error) {
	all, err := staff.List(tx)
	return slices.DeleteFunc(all, func(m staff.Member) bool { return !Enters(m, tx.Now()) }), err
}

// Row is a grant with the name of the organisation it leads into, as the
// provider's people see it.
type Row struct {
	Grant
	Customer string
	Yours    bool // waits for the reader's approval
}

// reachOf is which grants concern somebody of the provider's, beyond those that
// they asked for, have or approved: all; those that wait, since they may approve
// any; those for the department that they head.
func reachOf(who actor.Actor) []any {
	may := func(action string) bool {
		_, err := check(who, action, identity.Provider, "", 0)
		return err == nil
	}
	department := ""
	if slices.Contains(who.Support.Positions, actor.Head) {
		department = string(who.Support.Department)
	}
	return []any{who.Staff, may("seeGrants"), may("approveGrant"), department}
}

// concerns tells whether a grant concerns somebody of the provider's.
func (h *hearing) concerns(who actor.Actor) (bool, error) {
	n, err := store.One(h.tx, concerned, store.Scalar[int], append([]any{h.ID}, reachOf(who)...)...)
	return n > 0, err
}

// Queue is what the provider's people see of what concerns them: all that waits
// or is open and, after that, what is over, asked before an instant if there is one.
func (o Office) Queue(ctx context.Context, who actor.Actor, before time.Time) (live, over []Row, err error) {
	if _, err := check(who, "seeGrants", identity.Provider, "", policy.Own); err != nil { // what concerns them
		return nil, nil, err
	}
	at := int64(0)
	if !before.IsZero() {
		at = before.UnixMicro()
	}
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		reach := reachOf(who)
		first, err := store.All(tx, allLive, scanPlace, append([]any{0, mostLive}, reach...)...)
		if err != nil {
			return err
		}
		last, err := store.All(tx, allOver, scanPlace, append([]any{at, PageOfOver}, reach...)...)
		if err != nil {
			return err
		}
		if live, err = rows(tx, first, people); err != nil {
			return err
		}
		over, err = rows(tx, last, people)
		for i, r := range live {
			live[i].Yours = r.waitsFor(people[who.Staff], people[r.Staff], tx.Now())
		}
		return err
	})
	return live, over, err
}

// waitsFor tells whether somebody's yes would count.
func (g Grant) waitsFor(m, who staff.Member, now time.Time) bool {
	_, err := g.approve(m, who, now)
	return err == nil && !g.Approved()
}

func rows(tx *store.AcrossTx, places []place, people map[id.Staff]staff.Member) (all []Row, err error) {
	names := map[id.Org]string{}
	for _, p := range places {
		err := tx.For(p.org, func(tx *store.Tx) error {
			g, err := Read(tx, p.grant)
			if err != nil {
				return err
			}
			if names[p.org] == "" {
				org, err := roster.Get(tx)
				if err != nil {
					return err
				}
				names[p.org] = org.Name
			}
			if !g.Stage.Over() {
				g = g.renewed(people[g.Staff], people, tx.Now())
			}
			all = append(all, Row{Grant: g, Customer: names[p.org]})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// File is all about one grant.
type File struct {
	Row
	Story  []ledger.Record   // what the book says of it, latest first
	Acts   []ledger.Record   // a page of what its owner did meanwhile, latest first
	Older  int64             // where in the book the next page of that begins; 0: there is none
	Told   []deliver.Message // the customer's people, or for staff their own
	People []roster.Person   // the customer's administrators
	May    map[string]bool   // what the reader may do about it now, by the action's name
}

// File reads all about one grant, for whoever may see it.
func (o Office) File(ctx context.Context, who actor.Actor, which id.Grant) (File, error) {
	return o.FileFrom(ctx, who, which, 0)
}

// FileFrom is the same with what its owner did before a place in the book.
func (o Office) FileFrom(ctx context.Context, who actor.Actor, which id.Grant, before int64) (f File, err error) {
	err = o.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		org, err := home(tx, who, which)
		if err != nil {
			return err
		}
		people, err := everybody(tx)
		if err != nil {
			return err
		}
		if err := tx.For(org, func(tx *store.Tx) error { return f.read(tx, who, which, people, before) }); err != nil {
			return err
		}
		mails := org
		if who.Kind == actor.Staff && !who.Guest() {
			mails = identity.Provider
		}
		return tx.For(mails, func(tx *store.Tx) (err error) {
			f.Told, err = deliver.About(tx, string(which), mostSaid)
			return err
		})
	})
	return f, err
}

func (f *File) read(tx *store.Tx, who actor.Actor, which id.Grant, people map[id.Staff]staff.Member, before int64) error {
	g, err := Read(tx, which)
	if err != nil {
		return err
	}
	if !g.Stage.Over() {
		g = g.renewed(people[g.Staff], people, tx.Now())
	}
	h := &hearing{Grant: g, tx: tx, who: people[g.Staff], people: people}
	if _, err := h.may(who, "seeGrants", 0); err != nil {
		return err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return err
	}
	if f.People, err = roster.List(tx, roster.Filter{Role: actor.Administrator}); err != nil {
		return err
	}
	f.Row = Row{Grant: g, Customer: org.Name, Yours: g.waitsFor(people[who.Staff], h.who, tx.Now())}
	a, err := account.Find(tx)
	if err != nil {
		return err
	}
	f.May = h.choices(who, a)
	if f.Story, err = ledger.List(tx, ledger.Filter{Subject: string(which)}); err != nil {
		return err
	}
	if before == 0 && g.Stage.Over() && len(f.Story) > 0 {
		before = f.Story[0].Seq + 1 // nothing was done by it after that
	}
	f.Acts, f.Older, err = actsBefore(tx, g, before)
	return err
}

// choices is what somebody may do about the grant as it stands.
func (h *hearing) choices(who actor.Actor, a account.Account) map[string]bool {
	now := h.tx.Now()
	fits := map[string]bool{
		"approveGrant": h.Stage == Asked && !h.approvedBy(who.Staff), "withdraw": h.Stage == Asked && h.approvedBy(who.Staff),
		"refuseGrant": h.Stage == Asked, "consentGrant": h.Stage == Asked && h.Consent.At.IsZero(),
		"revokeGrant": !h.Stage.Over() && (h.Stage == Open || !h.Consent.At.IsZero()), "returnGrant": !h.Stage.Over(),
		"enterGrant": h.Admits(now), "reviewGrant": h.Emergency && h.Reviewed.IsZero() && h.Stage.Over(),
		"askGrant": h.Stage == Open && !h.Emergency && who.Staff != h.Staff,
	}
	for action, fit := range fits {
		if !fit || action == "withdraw" {
			continue
		}
		asking := who
		asking.Fresh = true // who is not signs in once more, and then may
		_, err := h.may(asking, action, early(a, who.Staff))
		fits[action] = err == nil
	}
	return fits
}

// Counts are, for each of the provider's people, how many grants they have had
// since an instant, and how many of those wait or are open: for the half-yearly
// review.
func (o Office) Counts(tx *store.AcrossTx, since time.Time) (all, live map[id.Staff]int, err error) {
	all, live = map[id.Staff]int{}, map[id.Staff]int{}
	_, err = store.All(tx, perStaff, func(r store.Row) (who id.Staff, err error) {
		var n, m int
		err = r.Scan(&who, &n, &m)
		all[who], live[who] = n, m
		return who, err
	}, since)
	return all, live, err
}
