package partner_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/partner"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// codes are the faults of an error, as "field code".
func codes(err error) (out []string) {
	for _, f := range fault.All(err) {
		out = append(out, f.Field+" "+f.Code)
	}
	slices.Sort(out)
	return out
}

func two() []enrol.Contact {
	return []enrol.Contact{{Name: "Veikko Salo", Phone: "040 111 0001"}, {Name: "Liisa Salo", Phone: "+358 40 111 0002"}}
}

func (p *place) put(worker town.Member, d enrol.Draft) (enrol.Enrolment, error) {
	return p.clerk.Put(p.t.Context(), p.customer.Admin.Actor, worker.Person.Person, d)
}

func (p *place) word(worker town.Member) (w enrol.Word) {
	p.t.Helper()
	err := p.Store.View(p.t.Context(), p.customer.ID, func(tx *store.Tx) error {
		all, tied, err := enrol.Standings(tx)
		if w = all[worker.Person.Person]; w == "" && tied {
			w = enrol.Missing
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return w
}

func (p *place) inbox() []enrol.Waiting {
	p.t.Helper()
	list, err := p.clerk.Inbox(p.t.Context(), p.olga.Actor)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func TestSS3NameEmailAndMobileAreRequired(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		org := p.customer
		n := roster.NewPerson{Name: "No Reach", Email: "no.reach@good.test", Roles: []actor.Membership{{Role: actor.Monitor}}}
		who, err := roster.AddPerson(t.Context(), p.Store, p.Keys, org.Admin.Actor, n)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.clerk.Put(t.Context(), org.Admin.Actor, who.Person, enrol.Draft{Contacts: two()})
		if got := codes(err); !slices.Equal(got, []string{"mobile phone_missing", "roles enrol_not_worker"}) {
			t.Errorf("got %v", got)
		}
		e, err := p.put(p.aino, enrol.Draft{Contacts: two()})
		if err != nil || e.Facts.Name == "" || e.Facts.Email == "" || e.Facts.Mobile == "" {
			t.Errorf("enrolled as %+v, %v", e.Facts, err)
		}
	})
}

func TestSS4OnlyThoseWhoNeedItAreEnrolled(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		_, err := p.put(p.customer.Monitor("Only Monitor"), enrol.Draft{Contacts: two()})
		if got := codes(err); !slices.Equal(got, []string{"roles enrol_not_worker"}) {
			t.Errorf("a monitor: %v", got)
		}
		e, err := p.put(p.aino, enrol.Draft{Contacts: two()})
		if err != nil || !slices.Equal(e.Facts.Roles, []string{"worker"}) {
			t.Errorf("roles %v, %v", e.Facts.Roles, err)
		}
	})
}

func TestSS5TwoDistinctReachableContactsOtherThanTheWorker(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		good := two()
		own := enrol.Contact{Name: "Aino herself", Phone: p.aino.Phone()}
		for what, c := range map[string]struct {
			contacts []enrol.Contact
			want     []string
		}{
			"none":         {nil, []string{"contacts contacts_few"}},
			"one":          {good[:1], []string{"contacts contacts_few"}},
			"one and rows": {append(slices.Clone(good[:1]), enrol.Contact{}), []string{"contacts contacts_few"}},
			"the worker":   {append(slices.Clone(good[:1]), own), []string{"contacts.1.phone contact_is_worker"}},
			"twice":        {[]enrol.Contact{good[0], {Name: "Other", Phone: "+358401110001"}}, []string{"contacts.1.phone contacts_same"}},
			"no number":    {append(slices.Clone(good[:1]), enrol.Contact{Name: "Other"}), []string{"contacts.1.phone phone_missing"}},
			"no name":      {append(slices.Clone(good[:1]), enrol.Contact{Phone: "+358401110009"}), []string{"contacts.1.name name_missing"}},
		} {
			_, err := p.put(p.aino, enrol.Draft{Contacts: c.contacts})
			if got := codes(err); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", what, got, c.want)
			}
		}
		if e, err := p.put(p.aino, enrol.Draft{Contacts: good}); err != nil || e.Facts.Contacts[0].Phone != "+358401110001" {
			t.Errorf("two good ones: %+v %v", e.Facts.Contacts, err)
		}
	})
}

func TestSS6TheOrganisationAddsItsOwnFacts(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		form := []enrol.Field{{Label: "Registration plate", Required: true}, {Label: "Vehicle", Choices: []string{"Car", "Bicycle"}}, {Label: "Password"}}
		if err := p.clerk.SetForm(t.Context(), p.customer.Admin.Actor, form); err != nil {
			t.Fatal(err)
		}
		_, err := p.put(p.aino, enrol.Draft{Contacts: two(), Fields: map[string]string{"vehicle": "Tractor"}})
		if got := codes(err); !slices.Equal(got, []string{"fields.registrationplate required", "fields.vehicle not_a_choice"}) {
			t.Errorf("got %v", got)
		}
		if _, err := p.put(p.aino, enrol.Draft{Contacts: two(), Fields: map[string]string{
			"registrationplate": "ABC-123", "vehicle": "bicycle", "password": "heron", "unknown": "x",
		}}); err != nil {
			t.Fatal(err)
		}
		list := p.inbox()
		if f := list[0].Facts.Fields; len(list) != 1 || len(f) != 3 || f["vehicle"] != "Bicycle" || f["registrationplate"] != "ABC-123" {
			t.Errorf("the partner is shown %v", f)
		}
	})
}

func TestSS7ARotaStandsInAndALateChangeIsFlaggedAndPassedOn(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		if _, err := p.put(p.aino, enrol.Draft{Rota: "rot_1"}); err != nil { // no fixed contacts needed
			t.Fatal(err)
		}
		p.confirmAll()
		for _, c := range []struct {
			rota id.Rota
			from time.Duration
			late bool
		}{{"rot_2", 71 * time.Hour, true}, {"rot_3", 73 * time.Hour, false}} {
			if _, err := p.put(p.aino, enrol.Draft{Rota: c.rota, From: p.Store.Now().Add(c.from)}); err != nil {
				t.Fatal(err)
			}
			list := p.inbox()
			if got := list[len(list)-1]; got.Late != c.late || !slices.Contains(got.Fields, "rota") || got.Facts.Rota != c.rota {
				t.Errorf("%s ahead: late %v, %v", c.from, got.Late, got.Fields)
			}
		}
	})
}

func TestSS9OtherContactsOutOfOfficeHours(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		out := []enrol.Contact{{Phone: "0800 123456"}}
		if _, err := p.put(p.aino, enrol.Draft{Contacts: two(), Out: out}); err != nil {
			t.Fatal(err)
		}
		p.help(p.customer, p.aino)
		s, err := p.desk.See(t.Context(), p.olga.Actor, p.open(p.olga)[0].ID)
		if err != nil || len(s.Live.Enrolment.Out) != 1 || s.Live.Enrolment.Out[0].Phone == "" {
			t.Fatalf("the case shows %+v %v", s.Live, err)
		}
		_, err = p.put(p.aino, enrol.Draft{Contacts: two(), Out: []enrol.Contact{{Phone: p.aino.Phone()}}})
		if got := codes(err); !slices.Equal(got, []string{"out.0.phone contact_is_worker"}) {
			t.Errorf("got %v", got)
		}
	})
}

func TestSS10EveryChangeIsNumberedAndConfirmedRowByRow(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		bea := p.customer.Worker("Bea")
		for _, w := range []town.Member{p.aino, bea} {
			if _, err := p.put(w, enrol.Draft{Contacts: two()}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.put(bea, enrol.Draft{Contacts: two()}); err != nil || len(p.inbox()) != 2 {
			t.Fatalf("what is the same made a change: %d, %v", len(p.inbox()), err)
		}
		list := p.inbox()
		if list[0].Number != 1 || list[1].Number != 2 || list[0].Kind != enrol.Add {
			t.Fatalf("numbered %d, %d", list[0].Number, list[1].Number)
		}
		settle := func(who town.Member, n int64, to enrol.State, why string) error {
			return p.clerk.Settle(t.Context(), who.Actor, p.link, n, to, why)
		}
		p.wants(settle(p.olga, 2, enrol.Rejected, ""), "required")
		p.wants(settle(p.customer.Admin, 1, enrol.Confirmed, ""), "not_found") // nobody confirms to themselves
		p.wants(settle(town.Member{Actor: p.otherDesk.Admin.Actor}, 1, enrol.Confirmed, ""), "not_found")
		if err := settle(p.olga, 1, enrol.Confirmed, ""); err != nil {
			t.Fatal(err)
		}
		if err := settle(p.olga, 2, enrol.Rejected, "Number does not answer"); err != nil {
			t.Fatal(err)
		}
		p.wants(settle(p.olga, 1, enrol.Rejected, "Too late"), "change_settled")
		if a, b := p.word(p.aino), p.word(bea); a != enrol.Good || b != enrol.Refused {
			t.Errorf("after the answers %s and %s", a, b)
		}
		// Somebody changes on the roster, and somebody leaves it.
		phone := "+358409990001"
		if err := roster.UpdatePerson(t.Context(), p.Store, p.Keys, p.customer.Admin.Actor, p.aino.Person.Person, roster.Change{Mobile: &phone}); err != nil {
			t.Fatal(err)
		}
		err := p.Store.Do(t.Context(), p.customer.ID, func(tx *store.Tx) error {
			return roster.RemovePerson(tx, p.customer.Admin.Actor, bea.Person.Person)
		})
		if err != nil {
			t.Fatal(err)
		}
		p.settle()
		list = p.inbox()
		if len(list) != 2 || list[0].Kind != enrol.Alter || list[0].Facts.Mobile != phone && list[1].Facts.Mobile != phone {
			t.Fatalf("the roster made %+v", list)
		}
		if w := p.word(p.aino); w != enrol.Stale {
			t.Errorf("changed after it was confirmed: %s", w)
		}
		p.confirmAll()
		if a, b := p.word(p.aino), p.word(bea); a != enrol.Good || b != enrol.Gone {
			t.Errorf("in the end %s and %s", a, b)
		}
		o, err := p.clerk.Look(t.Context(), p.customer.Admin.Actor)
		if err != nil || len(o.Changes) != 4 || o.Changes[3].SettledBy != "Olga (Northern Watch)" {
			t.Errorf("the customer sees %+v %v", o.Changes, err)
		}
	})
}

func TestSS11LagIsRemindedAndEscalated(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		if _, err := p.put(p.aino, enrol.Draft{Contacts: two()}); err != nil {
			t.Fatal(err)
		}
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		operator := p.Mail.Phone(t, p.olga.First(roster.Email))
		theirs, ours := p.Mail.Phone(t, p.house.Admin.First(roster.Email)), p.Mail.Phone(t, p.customer.Admin.First(roster.Email))
		wait(3*time.Hour + 59*time.Minute)
		operator.ExpectNothing()
		wait(2 * time.Minute)
		operator.Expect("Harbour Works", "wait for your confirmation")
		theirs.Expect("wait for your confirmation")
		ours.ExpectNothing()
		wait(20 * time.Hour)
		ours.Expect("Unconfirmed for more than a day", "Northern Watch")
		theirs.Expect("Unconfirmed for more than a day", "Harbour Works")
		wait(24 * time.Hour)
		ours.Expect("Unconfirmed for more than a day")
		p.confirmAll()
		wait(72 * time.Hour)
		theirs.Expect("Unconfirmed") // of the second day
		ours.ExpectNothing()
		theirs.ExpectNothing()
	})
}

func TestSS12GapsAreShown(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		bea := p.customer.Worker("Bea")
		for _, w := range []town.Member{bea, p.aino} {
			if _, err := p.put(w, enrol.Draft{Contacts: two()}); err != nil {
				t.Fatal(err)
			}
		}
		p.customer.Worker("Cara")
		roles := []actor.Membership{{Role: actor.Monitor}}
		if err := roster.UpdatePerson(t.Context(), p.Store, p.Keys, p.customer.Admin.Actor, bea.Person.Person, roster.Change{Roles: &roles}); err != nil {
			t.Fatal(err)
		}
		p.settle()
		o, err := p.clerk.Look(t.Context(), p.customer.Admin.Actor)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, r := range o.Rows {
			got[r.Name] = fmt.Sprint(r.Gap, " ", r.Word)
		}
		want := map[string]string{"Cara": enrol.GapMissing + " missing", "Bea": enrol.GapGone + " unconfirmed", "Aino": " unconfirmed"}
		for name, gap := range want {
			if got[name] != gap {
				t.Errorf("%s: %q, want %q", name, got[name], gap)
			}
		}
		if p.word(p.aino).Monitored() || len(o.Rows) != 3 {
			t.Error("somebody whom nobody has confirmed counts as monitored")
		}
	})
}

func TestSS13OutOfHoursNumbersAndWishesReachTheDesk(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		terms := connection.Terms{Every: true, Phones: "Gate: +358 40 111 2222", Wishes: "Never ring the reception."}
		if err := connection.Settle(t.Context(), p.Store, p.customer.Admin.Actor, p.link, terms); err != nil {
			t.Fatal(err)
		}
		p.wants(connection.Settle(t.Context(), p.Store, p.house.Admin.Actor, p.link, terms), "connection_customers")
		p.wants(connection.Settle(t.Context(), p.Store, p.aino.Actor, p.link, terms), "refused")
		p.help(p.customer, p.aino)
		s, err := p.desk.See(t.Context(), p.olga.Actor, p.open(p.olga)[0].ID)
		if err != nil || s.Live.Link.Phones != terms.Phones || s.Live.Link.Wishes != terms.Wishes {
			t.Errorf("the case shows %+v %v", s.Live, err)
		}
	})
}

// The same on both databases: a customer and a partner, once around.
func TestSS1OnBothDatabases(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		p := build(t, s)
		p.customer.Enrol(p.aino)
		p.confirmAll()
		d, err := p.Desk.Start(t.Context(), p.aino.Actor, p.aino.Person.Person, p.customer.Workspace, shift.Terms{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Desk.Help(t.Context(), p.aino.Actor, d.ID, shift.Signal{}); err != nil {
			t.Fatal(err)
		}
		p.Mail.Patience = 20 * time.Second
		p.Mail.Phone(t, p.olga.First(roster.Email)).Expect("Harbour Works")
		which := p.open(p.olga)[0].ID
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, which, false); err != nil {
			t.Fatal(err)
		}
		if right, err := p.desk.CheckWord(t.Context(), p.olga.Actor, which, "blue heron"); err != nil || !right {
			t.Errorf("the safe word: %v %v", right, err)
		}
		if c, err := p.desk.Close(t.Context(), p.olga.Actor, which, alarm.False, "Fine"); err != nil || c.State != partner.Closed {
			t.Errorf("closed: %+v %v", c, err)
		}
		if len(p.open(p.olga)) != 0 {
			t.Error("the desk is not clear")
		}
	})
}
