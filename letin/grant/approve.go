package grant

import (
	"slices"
	"time"

	"muster/fault"
	"muster/id"
	"muster/letin/staff"
)

// approve adds one yes. Nobody says it for themselves, nor for what they asked
// for (WK9), nor twice.
func (g Grant) approve(by, who staff.Member, now time.Time) (Grant, error) {
	groups := groupsOf(by, who)
	switch {
	case g.Stage != Asked:
		return g, fault.New(fault.Conflict, "grant_over")
	case by.ID == g.Staff || by.ID == g.AskedBy:
		return g, fault.New(fault.Forbidden, "own_grant")
	case !by.Active || !lasting(by, now):
		return g, fault.New(fault.Forbidden, "standing")
	case by.Young(now):
		return g, refusedBy("staff-young")
	case g.arranged(by):
		return g, refusedBy("staff-arranged")
	case len(groups) == 0:
		return g, fault.New(fault.Forbidden, "not_an_approver")
	case g.approvedBy(by.ID):
		return g, fault.New(fault.Conflict, "approved_already")
	}
	yes := Approval{Staff: by.ID, Name: by.Name, Groups: groups, Adds: by.Adds(), Under: by.Changed, At: now}
	g.Approvals = append(slices.Clone(g.Approvals), yes)
	return g.settle(now), nil
}

// refusedBy is the refusal by a rule of policy, for where it is known that policy
// would refuse.
func refusedBy(rule string) error {
	return fault.New(fault.Forbidden, "refused").With("rule", rule).With("why", "policy."+rule)
}

// arranged tells whether somebody's place was changed within a day by one whose
// matter this is: who asked, is to enter or has said yes; or they have changed
// that of one who has. Such two are one person's will (WK9).
func (g Grant) arranged(by staff.Member) bool {
	if by.ChangedBy(g.Staff, g.AskedBy) {
		return true
	}
	return slices.ContainsFunc(g.Approvals, func(a Approval) bool {
		return a.Staff != by.ID && (by.ChangedBy(a.Staff) || slices.Contains(a.Under, by.ID))
	})
}

func (g Grant) approvedBy(who id.Staff) bool {
	return slices.ContainsFunc(g.Approvals, func(a Approval) bool { return a.Staff == who })
}

// withdraw takes one's yes back while it is still waited for the others.
func (g Grant) withdraw(by id.Staff) (Grant, error) {
	switch {
	case g.Stage != Asked:
		return g, fault.New(fault.Conflict, "grant_over")
	case !g.approvedBy(by):
		return g, fault.New(fault.NotFound, "not_found")
	}
	g.Approvals = slices.DeleteFunc(slices.Clone(g.Approvals), func(a Approval) bool { return a.Staff == by })
	return g, nil
}

// renewed is the grant with its approvals as they count by what their givers
// are now: who has lost the position, the standing or the work since then has
// not said yes; nor, for a day, who was made what they are by whoever asked or is
// to enter, or signs in by something new.
func (g Grant) renewed(who staff.Member, others map[id.Staff]staff.Member, now time.Time) Grant {
	g.Approvals = slices.Clone(g.Approvals)
	for i, a := range g.Approvals {
		m, known := others[a.Staff]
		if known && m.Active && lasting(m, now) && !m.Young(now) && !m.ChangedBy(g.Staff, g.AskedBy) {
			a.Groups, a.Adds, a.Under = groupsOf(m, who), m.Adds(), m.Changed
		} else {
			a.Groups, a.Adds, a.Under = nil, false, nil
		}
		g.Approvals[i] = a
	}
	return g
}

// Approved tells whether two different people have said yes for two different
// groups, one of whom may add support users (WK6, WK9, access A1). Approvals of
// whoever asked or is to enter do not count, wherever they came from.
func (g Grant) Approved() bool {
	for i, a := range g.Approvals {
		for _, b := range g.Approvals[:i] {
			if a.apart(b) && (a.Adds || b.Adds) && g.counts(a) && g.counts(b) && differ(a.Groups, b.Groups) {
				return true
			}
		}
	}
	return false
}

// apart tells whether two approvals are those of two, neither of whom has just
// made the other what they are.
func (a Approval) apart(b Approval) bool {
	return a.Staff != b.Staff && !slices.Contains(a.Under, b.Staff) && !slices.Contains(b.Under, a.Staff)
}

func (g Grant) counts(a Approval) bool { return a.Staff != g.Staff && a.Staff != g.AskedBy }

// differ tells whether one can be chosen from either so that the two are not
// the same.
func differ(a, b []Group) bool {
	return len(a) > 0 && len(b) > 0 && (len(a) > 1 || len(b) > 1 || a[0] != b[0])
}
