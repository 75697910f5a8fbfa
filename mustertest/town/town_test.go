package town

import (
	"testing"
	"testing/synctest"
	"time"

	"muster/call/incident"
	"muster/call/shift"
	"muster/mustertest"
)

func TestATownLivesInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := New(t, mustertest.Store(t))
		harbour := town.Organisation("Harbour Works")
		mikko := harbour.Monitor("Mikko Laine")
		aino := harbour.Worker("Aino Virtanen")

		s, err := town.Desk.Start(t.Context(), aino.Actor, aino.Person.Person, harbour.Workspace, shift.Terms{Every: 30 * time.Minute, Grace: 5 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute)
		if _, err := town.Desk.CheckIn(t.Context(), aino.Actor, s.ID, shift.Signal{}); err != nil {
			t.Fatal(err)
		}
		// The check-in moved the alarm from the 35th minute to the 55th.
		time.Sleep(35*time.Minute - time.Millisecond)
		synctest.Wait()
		phone := town.SMS.Phone(t, mikko.First("sms"))
		phone.ExpectNothing()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		phone.Expect("Aino Virtanen")

		all, err := incident.List(t.Context(), town.Store, mikko.Actor, incident.Filter{})
		if err != nil || len(all) != 0 {
			t.Errorf("the alarm is still open, and must not be on file as over: %v %v", all, err)
		}
	})
}

func TestAStoppedTownCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		town := New(t, mustertest.Store(t))
		harbour := town.Organisation("Harbour Works")
		mikko := harbour.Monitor("Mikko Laine")
		aino := harbour.Worker("Aino Virtanen")
		_, err := town.Desk.Start(t.Context(), aino.Actor, aino.Person.Person, harbour.Workspace, shift.Terms{Every: 30 * time.Minute, Grace: 5 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		town.Stop()
		time.Sleep(time.Hour)
		synctest.Wait()
		phone := town.SMS.Phone(t, mikko.First("sms"))
		phone.ExpectNothing()
		town.Start()
		time.Sleep(time.Second)
		synctest.Wait()
		phone.Expect("Aino Virtanen")
	})
}
