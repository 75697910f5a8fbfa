package told_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/tell/notice"
)

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// skip lets days go by in which nothing is due: every engine is off, which is
// quicker, and what is due is done after the next start.
func (h *house) skip(d time.Duration) {
	h.town.Stop()
	time.Sleep(d)
	h.town.Start()
	h.soon()
}

// soon lets what is due be done.
func (h *house) soon() {
	h.Helper()
	pass(time.Minute)
	h.turn()
	pass(time.Minute)
}

// living is a house in virtual time.
func living(t *testing.T) *house { return open(t, mustertest.Store(t)) }

// subjects are those of the mails that went to an address, in order.
func (h *house) subjects(to string) (all []string) {
	for _, out := range h.town.Mail.Sent() {
		if out.To == to {
			all = append(all, out.Subject)
		}
	}
	return all
}

// since are the subjects of what went there after so many.
func (h *house) since(to string, n int, want ...string) {
	h.Helper()
	all := h.subjects(to)
	got := all[min(n, len(all)):]
	same := slices.EqualFunc(got, want, strings.Contains)
	if !same {
		h.Errorf("%s got %q, want %q", to, got, want)
	}
}

func (h *house) planned(in, lasts time.Duration) notice.Draft {
	from := h.town.Store.Now().Add(in)
	return notice.Draft{Kind: notice.Maintenance, Phrase: "off", Phone: "+358401234567", News: notice.News{
		State: notice.Planned, From: from, Till: from.Add(lasts), Components: []id.Component{h.database},
	}}
}

// Notices row 13: announced, T-7 d, T-24 h, T-1 h, begun, overrun and done; each
// once, and only when it is due. Whoever has not ended it in time is called.
func TestBS5Notice13MaintenanceIsRemindedOfBegunAndOverrunByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := living(t)
		to, day := h.north.Admin.First(roster.Email), 24*time.Hour
		before := len(h.subjects(to))
		p := h.say(h.planned(10*day, 2*time.Hour))
		h.soon()
		h.since(to, before, "will be off")
		h.skip(3*day - 5*time.Minute)
		h.since(to, before, "will be off")
		h.skip(5 * time.Minute)
		h.since(to, before, "will be off", "is near")
		h.skip(6 * day)
		h.since(to, before, "will be off", "is near", "is near")
		h.skip(23 * time.Hour)
		h.since(to, before+3, "is near")
		h.skip(time.Hour)
		h.since(to, before+4, "time of maintenance has come")
		h.skip(p.After.Till.Sub(h.town.Store.Now()))
		h.since(to, before+5)
		h.since(town.StaffMail, 0)
		pass(notice.Late)
		h.soon()
		h.since(to, before+5, "should be over by now")
		h.since(town.StaffMail, 0, "Late: customers were promised a word on Database")
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "done", News: notice.News{State: notice.Done, Components: []id.Component{h.database}}})
		h.skip(30 * day)
		h.since(to, before+6, "is over")
		h.since(town.StaffMail, 1)
		h.since(h.south.Admin.First(roster.Email), before)
	})
}

func TestBS5Notice13MaintenanceThatIsMovedIsRemindedOfAtItsNewTimeAndCancelledNotAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := living(t)
		to, day := h.north.Admin.First(roster.Email), 24*time.Hour
		before := len(h.subjects(to))
		p := h.say(h.planned(8*day, time.Hour))
		h.soon()
		later := h.planned(20*day, time.Hour)
		later.Notice, later.Phrase = p.After.ID, "moved"
		h.say(later)
		h.soon()
		h.skip(12*day + time.Hour)
		h.since(to, before, "will be off", "moved to another time")
		h.skip(day)
		h.since(to, before+2, "is near")
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "cancelled", News: notice.News{State: notice.Cancelled, Components: []id.Component{h.database}}})
		h.skip(30 * day)
		h.since(to, before+3, "does not take place")
	})
}

// Notices row 12: a promised word that is five minutes late calls whoever
// promised it, by telephone and by mail, again each quarter of an hour, and the
// customer reads that it is overdue.
func TestBS5Notice12ABrokenPromiseCallsItsOwnerUntilThereIsAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := living(t)
		d := h.down(h.database)
		d.Phone = "+358 40 1234567"
		p := h.say(d)
		rung := func() (n int) {
			for _, out := range h.town.SMS.Sent() {
				if out.To == "+358401234567" && out.Urgent {
					n++
				}
			}
			return n
		}
		h.turn()
		pass(time.Hour + notice.Late - time.Minute)
		if len(h.subjects(town.StaffMail)) != 0 || rung() != 0 {
			t.Error("called too early")
		}
		h.soon()
		h.since(town.StaffMail, 0, "Late: ")
		if rung() != 1 {
			t.Errorf("rung %d times", rung())
		}
		if told := h.heard(h.north); !(notice.Notice{Promised: told[0].Promised}).Overdue(h.town.Store.Now()) {
			t.Error("the customer does not read that it is overdue")
		}
		pass(notice.Recall)
		h.since(town.StaffMail, 0, "Late: ", "Late: ")
		h.say(notice.Draft{Notice: p.After.ID, Phrase: "works", News: notice.News{State: notice.Resolved, Components: []id.Component{h.database}}})
		h.skip(24 * time.Hour)
		h.since(town.StaffMail, 0, "Late: ", "Late: ")
	})
}
