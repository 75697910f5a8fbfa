package partner_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"muster/call/alarm"
	"muster/call/partner/enrol"
	"muster/ledger"
	"muster/store"
)

func TestSS8SafeWordsAreCheckedUnseenAndEveryLookIsKept(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		p.customer.Enrol(p.aino)
		p.confirmAll()
		p.help(p.customer, p.aino)
		which := p.open(p.olga)[0].ID

		_, err := p.desk.CheckWord(t.Context(), p.olga.Actor, which, "blue heron")
		p.wants(err, "case_not_yours") // nobody has taken the case
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, which, false); err != nil {
			t.Fatal(err)
		}
		_, err = p.desk.ShowWord(t.Context(), p.otto.Actor, which)
		p.wants(err, "case_not_yours")
		_, err = p.desk.ShowWord(t.Context(), p.house.Admin.Actor, which)
		p.wants(err, "refused")
		for said, want := range map[string]bool{"blue heron": true, "BLUE-HERON ": true, "Blüe Heron!": true, "blue": false, "grey heron": false, "": false} {
			if right, err := p.desk.CheckWord(t.Context(), p.olga.Actor, which, said); err != nil || right != want {
				t.Errorf("%q: %v %v, want %v", said, right, err, want)
			}
		}
		if word, err := p.desk.ShowWord(t.Context(), p.olga.Actor, which); err != nil || word != "Blue Heron" {
			t.Errorf("shown %q %v", word, err)
		}
		var looks []ledger.Record
		err = p.Store.View(t.Context(), p.customer.ID, func(tx *store.Tx) (err error) {
			looks, err = enrol.Looks(tx, p.aino.Person.Person, 100)
			return err
		})
		if err != nil || len(looks) != 7 || looks[0].Actor.Name != "Olga (Northern Watch)" {
			t.Errorf("the worker sees %d looks, %v", len(looks), err)
		}
		for range partnerGuesses {
			if _, err = p.desk.CheckWord(t.Context(), p.olga.Actor, which, "wrong"); err != nil {
				break
			}
		}
		p.wants(err, "too_many_guesses")
		if _, err := p.desk.Close(t.Context(), p.olga.Actor, which, alarm.False, ""); err != nil {
			t.Fatal(err)
		}
		_, err = p.desk.ShowWord(t.Context(), p.olga.Actor, which)
		p.wants(err, "already_resolved")
	})
}

const partnerGuesses = 12

func TestSS8GuessesThatComeSideBySideAreCounted(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		p.customer.Enrol(p.aino)
		p.help(p.customer, p.aino)
		which := p.open(p.olga)[0].ID
		if _, err := p.desk.Accept(t.Context(), p.olga.Actor, which, false); err != nil {
			t.Fatal(err)
		}
		var heard atomic.Int32
		var wg sync.WaitGroup
		for range 4 * partnerGuesses {
			wg.Go(func() {
				if _, err := p.desk.CheckWord(t.Context(), p.olga.Actor, which, "wrong"); err == nil {
					heard.Add(1)
				}
			})
		}
		wg.Wait()
		if heard.Load() != 10 {
			t.Errorf("%d wrong words were heard, want 10", heard.Load())
		}
	})
}

func TestSS11AnAlarmCarriesTheNewestDataWithAWarning(t *testing.T) {
	inTown(t, func(t *testing.T, p *place) {
		a := p.help(p.customer, p.aino)
		c := p.open(p.olga)[0]
		if c.Warning != "missing" {
			t.Errorf("the case of somebody who was never enrolled warns of %q", c.Warning)
		}
		p.customer.Enrol(p.aino) // while the alarm is open
		s, err := p.desk.See(t.Context(), p.olga.Actor, c.ID)
		if err != nil || s.Live == nil || s.Live.Enrolment == nil || len(s.Live.Enrolment.Contacts) != 2 || s.Live.Standing.Warning() != "unconfirmed" {
			t.Fatalf("the case shows %+v %v", s.Live, err)
		}
		p.confirmAll()
		if s, err = p.desk.See(t.Context(), p.olga.Actor, c.ID); err != nil || s.Live.Standing.Warning() != "" {
			t.Errorf("once confirmed the case warns of %q %v", s.Live.Standing.Warning(), err)
		}
		if _, err := p.clerk.Put(t.Context(), p.customer.Admin.Actor, p.aino.Person.Person, enrol.Draft{
			Contacts: []enrol.Contact{{Name: "New One", Phone: "+358401119991"}, {Name: "New Two", Phone: "+358401119992"}},
		}); err != nil {
			t.Fatal(err)
		}
		s, err = p.desk.See(t.Context(), p.olga.Actor, c.ID)
		if err != nil || s.Live.Enrolment.Contacts[0].Name != "New One" || s.Live.Standing.Warning() != "stale" {
			t.Errorf("after a change the case shows %+v, %v", s.Live.Enrolment, err)
		}
		if s.Live.Alarm.ID != a.ID || s.Live.Person.Phone() == "" {
			t.Error("the alarm or the worker is missing")
		}
	})
}
