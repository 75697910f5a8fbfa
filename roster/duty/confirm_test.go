package duty_test

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/roster/contact"
	"muster/roster/duty"
	"muster/store"
)

// year is a world in which a year passes: its engines stand still in between.
type year struct {
	*testing.T
	tw *town.Town
	o  *town.Organisation
}

// after lets time pass, and the engines do what has come due.
func (y year) after(d time.Duration) {
	time.Sleep(d)
	y.tw.Start()
	time.Sleep(20 * time.Second)
	synctest.Wait()
	y.tw.Stop()
}

// told are the purposes of the messages about the ladder that somebody got
// since the last time, oldest first.
func (y year) told(person id.Person, since time.Time) (out []string) {
	for _, m := range sent(y.T, y.tw.Store, y.o.ID) {
		about := []string{duty.Purpose, "contact_unconfirmed", "contact_stale"}
		if m.Person == person && slices.Contains(about, m.Purpose) && m.Made.After(since) {
			out = append(out, m.Purpose)
		}
	}
	return out
}

func sent(t *testing.T, s *store.Store, org id.Org) (all []deliver.Message) {
	t.Helper()
	err := s.View(t.Context(), org, func(tx *store.Tx) (err error) {
		all, err = deliver.Latest(tx, 500)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all)
	return all
}

func (y year) must(err error) {
	y.Helper()
	if err != nil {
		y.Fatal(err)
	}
}

func (y year) assign(d duty.Duty, person town.Member) {
	y.Helper()
	y.must(duty.Assign(y.Context(), y.tw.Store, y.o.Admin.Actor, d, person.Person.Person, ""))
	y.must(contact.Proved(y.Context(), y.tw.Store, person.Actor, person.First(roster.Email)))
}

func (y year) overdue() (overdue bool) {
	y.must(y.tw.Store.View(y.Context(), y.o.ID, func(tx *store.Tx) (err error) {
		overdue, err = duty.Overdue(tx)
		return err
	}))
	return overdue
}

// BS6, notices row 6, access A11: days 168, 182, 365, 370, 375, 378 and 380
// after somebody confirmed, and one press that begins anew.
func TestBS6WhoDoesNotConfirmIsRemindedAndThenStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw := town.New(t, mustertest.Store(t))
		o := tw.Organisation("North")
		tw.Stop()
		y := year{t, tw, o}
		technical, other := o.Monitor("Mikko"), o.Monitor("Maija")
		y.assign(duty.Technical, technical)
		y.assign(duty.Administrative, other)
		began := tw.Store.Now()
		for _, c := range []struct {
			day            time.Duration
			mine, others   []string
			overdue, stale bool
		}{
			{day: 167},
			{day: 168, mine: []string{duty.Purpose}},
			{day: 181},
			{day: 182, mine: []string{duty.Purpose}, others: []string{"contact_unconfirmed"}, overdue: true},
			{day: 300, overdue: true},
			{day: 364, overdue: true},
			{day: 365, mine: []string{duty.Purpose}, overdue: true},
			{day: 370, mine: []string{duty.Purpose}, overdue: true},
			{day: 375, mine: []string{duty.Purpose}, others: []string{"contact_unconfirmed"}, overdue: true},
			{day: 378, mine: []string{duty.Purpose}, others: []string{"contact_unconfirmed"}, overdue: true},
			{day: 380, mine: []string{duty.Purpose}, others: []string{"contact_stale"}, overdue: true, stale: true},
			{day: 500, overdue: true, stale: true},
		} {
			if c.day != 167 { // the other one confirms each time, and hears of nobody else's ladder
				y.must(duty.Confirm(t.Context(), tw.Store, other.Actor, ""))
			}
			before := tw.Store.Now()
			y.after(began.Add(c.day * day).Sub(before))
			if got := y.told(technical.Person.Person, before); !slices.Equal(got, c.mine) {
				t.Errorf("day %d: told %q, want %q", c.day, got, c.mine)
			}
			got := slices.DeleteFunc(y.told(other.Person.Person, before), func(p string) bool { return p == duty.Purpose })
			if !slices.Equal(got, c.others) {
				t.Errorf("day %d: the other is told %q, want %q", c.day, got, c.others)
			}
			if stale := holders(t, tw.Store, o)[duty.Technical].Trouble() == duty.Stale; stale != c.stale || y.overdue() != c.overdue {
				t.Errorf("day %d: stale %t, overdue %t", c.day, stale, y.overdue())
			}
		}
		y.must(duty.Confirm(t.Context(), tw.Store, technical.Actor, ""))
		y.must(duty.Confirm(t.Context(), tw.Store, other.Actor, ""))
		if h := holders(t, tw.Store, o)[duty.Technical]; h.Trouble() != duty.Fine || y.overdue() {
			t.Errorf("one press did not renew: %+v", h)
		}
		before := tw.Store.Now()
		y.after(167 * day)
		if got := y.told(technical.Person.Person, before); got != nil {
			t.Errorf("asked again too early: %q", got)
		}
	})
}

// Steps that went by while Muster was switched off are one message.
func TestBS6WhoWasNotRemindedInTimeIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw := town.New(t, mustertest.Store(t))
		o := tw.Organisation("North")
		tw.Stop()
		y := year{t, tw, o}
		y.assign(duty.Technical, o.Admin)
		before := tw.Store.Now()
		y.after(376 * day)
		if got := y.told(o.Admin.Person.Person, before); !slices.Equal(got, []string{duty.Purpose}) {
			t.Errorf("told %q", got)
		}
	})
}

// The link of a reminder confirms by a deliberate act, and only as long as the
// address it went to is that person's.
func TestBS6OnePressOnTheLinkConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tw := town.New(t, mustertest.Store(t))
		o := tw.Organisation("North")
		tw.Stop()
		y := year{t, tw, o}
		y.assign(duty.Technical, o.Admin)
		y.after(182 * day)
		all := sent(t, tw.Store, o.ID)
		last := all[len(all)-1]
		if last.Purpose != duty.Purpose || !y.overdue() {
			t.Fatalf("%+v", last)
		}
		follow := func(m id.Message) error {
			return duty.Link{Store: tw.Store, Org: o.ID, Message: m, From: netip.MustParseAddr("192.0.2.1")}.Confirm(t.Context(), "")
		}
		y.must(follow(last.ID))
		if y.overdue() {
			t.Error("the link did not confirm")
		}
		moved := "moved@good.test"
		y.must(roster.UpdatePerson(t.Context(), tw.Store, tw.Keys, o.Admin.Actor, o.Admin.Person.Person, roster.Change{Email: &moved}))
		if err := follow(last.ID); len(last.Route) == 1 && fault.From(err).Code != "link_expired" {
			t.Errorf("the link of an old address confirms: %v", err)
		}
		time.Sleep(61 * day)
		if err := follow(last.ID); fault.From(err).Code != "link_expired" {
			t.Errorf("an old link confirms: %v", err)
		}
	})
}

// Notices row 33: a mailbox that several read has somebody by name behind it,
// and whoever confirms says who they are.
func TestNoticesRow33ASharedMailboxHasANameBehindIt(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		o := tw.Organisation("North")
		y := year{t, tw, o}
		desk, kaisa := o.Monitor("Service desk"), o.Monitor("Kaisa")
		y.assign(duty.Technical, desk)
		share := func(as town.Member, behind id.Person) error {
			return duty.Share(t.Context(), s, as.Actor, desk.Person.Person, behind)
		}
		for code, err := range map[string]error{
			"refused":       share(kaisa, kaisa.Person.Person),
			"behind_same":   share(o.Admin, desk.Person.Person),
			"not_on_roster": share(o.Admin, "per_00000000000000000000000000000000"),
		} {
			if fault.From(err).Code != code {
				t.Errorf("%v, want %s", err, code)
			}
		}
		y.must(share(o.Admin, kaisa.Person.Person))
		if err := duty.Confirm(t.Context(), s, desk.Actor, " "); fault.From(err).Field != "by" {
			t.Errorf("confirmed by nobody: %v", err)
		}
		y.must(duty.Confirm(t.Context(), s, desk.Actor, "Aino"))
		y.must(s.Do(t.Context(), o.ID, func(tx *store.Tx) error { return roster.RemovePerson(tx, o.Admin.Actor, kaisa.Person.Person) }))
		stale := func() bool { return holders(t, s, o)[duty.Technical].Trouble() == duty.Stale }
		if !stale() {
			t.Error("nobody answers for the mailbox, and it is relied on")
		}
		y.must(duty.Confirm(t.Context(), s, desk.Actor, "Aino"))
		if !stale() {
			t.Error("a mailbox without anybody behind it is relied on once it is confirmed")
		}
		y.must(share(o.Admin, o.Admin.Person.Person))
		if stale() {
			t.Error("somebody answers for the mailbox again, and it is not relied on")
		}
	})
}

// Row 7: when the address of one contact dies, the other hears of it.
func TestBS6ADeadAddressIsToldToTheOtherContact(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tw := town.New(t, s)
		tw.Mail.Patience, tw.SMS.Patience = 20*time.Second, 20*time.Second
		o := tw.Organisation("North")
		y := year{t, tw, o}
		technical, other := o.Monitor("Mikko"), o.Monitor("Maija")
		y.assign(duty.Technical, technical)
		y.assign(duty.Administrative, other)
		y.must(s.Do(t.Context(), o.ID, func(tx *store.Tx) error {
			return contact.Bounced(tx, deliver.Attempt{Channel: roster.Email, Address: technical.First(roster.Email), At: tx.Now(), Code: "5.1.1"}, "unknown")
		}))
		if h := holders(t, s, o)[duty.Technical]; h.Trouble() != duty.Bounced {
			t.Errorf("%+v", h.Trouble())
		}
		tw.Mail.Phone(t, other.First(roster.Email)).Expect("come back")
		tw.SMS.Phone(t, technical.Phone()).Expect("come back") // the owner, by another way
		if err := contact.StartVerification(t.Context(), s, tw.Keys, o.Admin.Actor, technical.Person.Person, technical.Points[0].ID); err != nil {
			t.Errorf("a dead address cannot be confirmed again: %v", err)
		}
	})
}
