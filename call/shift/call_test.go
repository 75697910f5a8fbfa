package shift_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/mustertest"
	"muster/store"
)

func onBoth(t *testing.T, fn func(t *testing.T, c *team)) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		c := newTeam(t, s)
		defer c.engines()()
		fn(t, c)
	})
}

// inVirtualTime is for what takes its time.
func inVirtualTime(t *testing.T, fn func(t *testing.T, c *team)) {
	path := filepath.Join(t.TempDir(), "m.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		c := newTeam(t, s)
		stop := c.engines()
		fn(t, c)
		stop()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOA1HelpReachesTheWorkersMonitorsAndNobodyElse(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		c.help(c.start())
		for _, name := range []string{"mika", "sari"} {
			out := c.mail.Phone(t, name+"@huolto.example").Expect("Aino")
			if !out.Urgent || !strings.Contains(out.Text, "ladder") || !strings.Contains(out.Text, "https://muster.example/a/") {
				t.Errorf("mail to %s: %q", name, out.Text)
			}
		}
		c.text.Phone(t, "+358401230001").Expect("Aino")
		for _, out := range c.mail.Sent() {
			if out.To == "jukka@huolto.example" || out.To == "aino@huolto.example" {
				t.Errorf("%s was told", out.To)
			}
		}
	})
}

func TestOA1MissedCheckInReachesTheMonitorsAfterTheWorkerWasAsked(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, c *team) {
		_, err := c.desk.Start(t.Context(), c.as("Aino"), c.worker.Person, "",
			shift.Terms{Every: shift.MinEvery, Grace: time.Second, Warn: shift.MinEvery - time.Second})
		if err != nil {
			t.Fatal(err)
		}
		c.mail.Phone(t, "aino@huolto.example").Expect("check in by")
		c.mail.Phone(t, "mika@huolto.example").Expect("Missed check-in")
		var story incident.Record
		c.view(func(tx *store.Tx) error {
			a, open, err := alarm.Of(tx, c.worker.Person)
			if err != nil || !open {
				t.Fatalf("no alarm is open (%v)", err)
			}
			if a.Late < 0 || a.Late > 5*time.Second {
				t.Errorf("raised %v after its time", a.Late)
			}
			story.Alarm = a
			return nil
		})
	})
}

func TestOA2AcknowledgingRecordsWhoWhenAndFromWhere(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		a := c.help(c.start())
		c.mail.Phone(t, "sari@huolto.example").Expect("HELP")
		who := c.as("Mika")
		who.Door = actor.Link
		got, err := alarm.Acknowledge(t.Context(), c.s, who, a.ID, "on my way")
		if err != nil || got.State != alarm.Acknowledged || got.Ack.Name != "Mika" || got.Ack.Door != actor.Link {
			t.Fatalf("%+v, %v", got.Ack, err)
		}
		if again, err := alarm.Acknowledge(t.Context(), c.s, who, a.ID, ""); err != nil || !again.Ack.At.Equal(got.Ack.At) {
			t.Errorf("said again: %v, %v; want the first time to count", again.Ack.At, err)
		}
		if _, err := alarm.Acknowledge(t.Context(), c.s, c.as("Sari"), a.ID, ""); fault.From(err).Code != "already_acknowledged" {
			t.Errorf("a second person: %v, want already_acknowledged", err)
		}
		c.mail.Phone(t, "sari@huolto.example").Expect("Mika", "taken charge")
		story, err := incident.Story(t.Context(), c.s, who, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := story.Entries[len(story.Entries)-1]
		if last.Kind != "alarm.acknowledged" || last.Actor.Name != "Mika" || last.Actor.Door != actor.Link || last.Personal["Note"] != "on my way" {
			t.Errorf("the book says %+v", last)
		}
	})
}

func TestOA3ResolvingTellsTheOthersAndFilesTheIncident(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		a := c.help(c.start())
		c.mail.Phone(t, "sari@huolto.example").Expect("HELP")
		if _, err := alarm.Resolve(t.Context(), c.s, c.as("Mika"), a.ID, "nonsense", ""); fault.From(err).Field != "outcome" {
			t.Errorf("unknown outcome: %v", err)
		}
		if _, err := alarm.Resolve(t.Context(), c.s, c.as("Mika"), a.ID, alarm.Real, "taken to hospital"); err != nil {
			t.Fatal(err)
		}
		c.mail.Phone(t, "sari@huolto.example").Expect("Over", "Aino")
		list, err := incident.List(t.Context(), c.s, c.as("Sari"), incident.Filter{Outcome: alarm.Real})
		if err != nil || len(list) != 1 || list[0].Closed.Name != "Mika" || list[0].Closing != "taken to hospital" {
			t.Fatalf("incidents %+v, %v", list, err)
		}
		if _, err := alarm.Resolve(t.Context(), c.s, c.as("Sari"), a.ID, alarm.Real, ""); fault.From(err).Code != "already_resolved" {
			t.Errorf("resolved twice: %v", err)
		}
	})
}

func TestWorkerCannotCloseTheirOwnAlarmByTheMonitorsDoors(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		a := c.help(c.start())
		for _, roles := range [][]actor.Membership{c.worker.Roles, {{Role: actor.Monitor}}, {{Role: actor.Administrator}}} {
			who := c.as("Aino")
			who.Roles = roles
			_, err1 := alarm.Acknowledge(t.Context(), c.s, who, a.ID, "")
			_, err2 := alarm.Resolve(t.Context(), c.s, who, a.ID, alarm.False, "")
			if fault.KindOf(err1) != fault.Forbidden || fault.KindOf(err2) != fault.Forbidden {
				t.Errorf("as %v: %v, %v; want both forbidden", roles, err1, err2)
			}
		}
		if _, err := alarm.Acknowledge(t.Context(), c.s, c.as("Jukka"), a.ID, ""); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor of another workspace: %v", err)
		}
	})
}

func TestUnansweredAlarmWidensToEverybodyAndTheyMayAnswer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, c *team) {
		a := c.help(c.start())
		c.mail.Phone(t, "mika@huolto.example").Expect("HELP")
		c.mail.Patience = 60 * time.Second // the first pause is half a minute
		c.mail.Phone(t, "jukka@huolto.example").Expect("Aino")
		c.mail.Phone(t, "paivi@huolto.example").Expect("Aino")
		got, err := alarm.Acknowledge(t.Context(), c.s, c.as("Jukka"), a.ID, "")
		if err != nil || got.Ack.Name != "Jukka" {
			t.Errorf("a monitor who was called may not answer: %v", err)
		}
	})
}

func TestOA9MonitorChecksInForTheWorkerAndItIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		a := c.help(s)
		c.mail.Phone(t, "sari@huolto.example").Expect("HELP")
		_, err := c.desk.CheckIn(t.Context(), c.as("Mika"), s.ID, shift.Signal{})
		if fault.From(err).Field != "outcome" {
			t.Fatalf("a help call was closed without saying what it was: %v", err)
		}
		if _, err := c.desk.CheckIn(t.Context(), c.as("Mika"), s.ID, shift.Signal{Outcome: alarm.Precautionary}); err != nil {
			t.Fatal(err)
		}
		c.mail.Phone(t, "sari@huolto.example").Expect("Over")
		c.mail.Phone(t, "aino@huolto.example").Expect("Mika", "checked in for you")
		got, err := alarm.Get(t.Context(), c.s, c.as("Sari"), a.ID)
		if err != nil || got.State != alarm.Resolved {
			t.Errorf("state %s, %v", got.State, err)
		}
		if ended, err := c.desk.Finish(t.Context(), c.as("Mika"), s.ID, shift.Signal{}); err != nil || ended.EndedName != "Mika" {
			t.Errorf("ended by %q, %v", ended.EndedName, err)
		}
		c.mail.Phone(t, "aino@huolto.example").Expect("Mika", "ended your shift")
	})
}

func TestOA10DuressPINLooksLikeANormalCheckIn(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		normal, err := c.desk.CheckIn(t.Context(), c.as("Aino"), s.ID, shift.Signal{PIN: c.worker.PIN})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.CheckIn(t.Context(), c.as("Aino"), s.ID, shift.Signal{PIN: "0000000"}); fault.From(err).Field != "pin" {
			t.Errorf("a wrong PIN: %v", err)
		}
		forced, err := c.desk.CheckIn(t.Context(), c.as("Aino"), s.ID, shift.Signal{PIN: "9911"})
		if err != nil || forced.State != normal.State || !forced.Deadline.After(normal.Deadline) {
			t.Errorf("under duress: %+v, %v; want what a normal check-in gives", forced, err)
		}
		c.mail.Phone(t, "mika@huolto.example").Expect("DURESS", "Aino")
		own, err := shift.ProfileOf(t.Context(), c.s, c.as("Aino"), c.worker.Person)
		if err != nil || own.Alarm != nil {
			t.Errorf("the worker's own view shows the silent alarm (%v)", err)
		}
		seen, err := shift.ProfileOf(t.Context(), c.s, c.as("Mika"), c.worker.Person)
		if err != nil || seen.Alarm == nil || seen.Alarm.Kind != alarm.Duress {
			t.Errorf("the monitor's view does not (%v)", err)
		}
	})
}

func TestOA7BoardShowsWhoIsInAlertFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		if v, err := shift.Board(t.Context(), c.s, c.as("Jukka"), ""); err != nil || len(v.Lines) != 0 {
			t.Fatalf("a monitor of another workspace sees %+v, %v", v.Lines, err)
		}
		if _, err := shift.Board(t.Context(), c.s, c.as("Jukka"), c.ws); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor of another workspace asked for this one: %v", err)
		}
		if _, err := shift.Board(t.Context(), c.s, c.as("Aino"), ""); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a worker asked for the board: %v", err)
		}
		v, err := shift.Board(t.Context(), c.s, c.as("Mika"), "")
		if err != nil || len(v.Lines) != 1 || v.Lines[0].Status != shift.Well {
			t.Fatalf("%+v, %v", v.Lines, err)
		}
		place := shift.Place{Place: alarm.Place{Lat: 60.17, Lon: 24.94, Accuracy: 12, Battery: 31}, Source: "test"}
		if _, err := c.desk.Help(t.Context(), c.as("Aino"), s.ID, shift.Signal{Place: &place}); err != nil {
			t.Fatal(err)
		}
		v, err = shift.Board(t.Context(), c.s, c.as("Mika"), c.ws)
		if err != nil || v.Lines[0].Status != shift.InAlarm || len(v.Alarms) != 1 || v.Alarms[0].Place.Lat != 60.17 || v.Lines[0].PIN != c.worker.PIN {
			t.Fatalf("%+v, %v", v, err)
		}
	})
}

func TestHelpPressedTwiceIsOneAlarmAndWorksAfterTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		if _, err := c.desk.Finish(t.Context(), c.as("Aino"), s.ID, shift.Signal{}); err != nil {
			t.Fatal(err)
		}
		first := c.help(s)
		if second := c.help(s); second.ID != first.ID {
			t.Error("pressing twice made two alarms")
		}
	})
}

func TestHelpPressedAgainIsHeardByWhoeverIsInCharge(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		a := c.help(s)
		c.mail.Phone(t, "mika@huolto.example").Expect("HELP")
		if _, err := alarm.Acknowledge(t.Context(), c.s, c.as("Mika"), a.ID, ""); err != nil {
			t.Fatal(err)
		}
		for range 3 { // of which only the first is told
			if again := c.help(s); again.ID != a.ID {
				t.Fatal("pressing again made another alarm")
			}
		}
		out := c.mail.Phone(t, "mika@huolto.example").Expect("HELP again", "Aino")
		if !out.Urgent {
			t.Error("it went by a lane that waits")
		}
		story, err := incident.Story(t.Context(), c.s, c.as("Sari"), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]int{}
		for _, m := range story.Messages {
			if m.Purpose == "alarm_again" {
				told[string(m.Person)]++
			}
		}
		if in := string(c.people["Mika"].Person); len(told) != 1 || told[in] != 2 {
			t.Errorf("told %v; want %s alone, by mail and by text", told, in)
		}
	})
}

// A partner's operator is on no roster of the customer's.
func TestHelpAgainIsTakenInWhileAPartnerIsInCharge(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		a := c.help(s)
		c.mail.Phone(t, "mika@huolto.example").Expect("HELP")
		operator := actor.Actor{Kind: actor.Partner, Org: s.Org, Person: id.New[id.Person](), Name: "Olga (Centre)", Door: actor.Board}
		if _, err := alarm.Acknowledge(t.Context(), c.s, operator, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		if again := c.help(s); again.ID != a.ID {
			t.Fatal("pressing again made another alarm")
		}
		c.mail.Phone(t, "mika@huolto.example").Expect("HELP again", "Aino")
	})
}

func TestHelpIsNeverRefusedForWhatComesWithIt(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		nowhere := shift.Place{Place: alarm.Place{Lat: 900, Battery: -1}}
		if _, err := c.desk.CheckIn(t.Context(), c.as("Aino"), s.ID, shift.Signal{Place: &nowhere}); fault.From(err).Code != "not_on_earth" {
			t.Errorf("a check-in from nowhere: %v", err)
		}
		l, err := c.desk.Help(t.Context(), c.as("Aino"), s.ID, shift.Signal{PIN: "0000000", Place: &nowhere})
		if err != nil || l.Alarm.Kind != alarm.Help || !l.Alarm.Place.At.IsZero() {
			t.Errorf("help with a mistyped PIN from nowhere: %+v, %v; want an alarm without a place", l, err)
		}
	})
}

func TestWhoIsOnShiftStaysOnTheRoster(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		if err := shift.RemovePerson(t.Context(), c.s, c.as("Mika"), c.worker.Person); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("a monitor took somebody off the roster: %v", err)
		}
		if err := shift.RemovePerson(t.Context(), c.s, c.as("Päivi"), c.worker.Person); !errors.Is(err, fault.New(fault.Conflict, "on_shift")) {
			t.Errorf("a worker on shift was taken off the roster: %v", err)
		}
		if _, err := c.desk.Finish(t.Context(), c.as("Aino"), s.ID, shift.Signal{}); err != nil {
			t.Fatal(err)
		}
		if err := shift.RemovePerson(t.Context(), c.s, c.as("Päivi"), c.worker.Person); err != nil {
			t.Errorf("after the shift: %v", err)
		}
	})
}

func TestAnotherOrganisationsShiftAndAlarmAreNotFound(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		a, b := newTeam(t, s), newTeam(t, s)
		sh := a.start()
		al := a.help(sh)
		_, err1 := b.desk.CheckIn(t.Context(), b.as("Mika"), sh.ID, shift.Signal{})
		_, err2 := alarm.Resolve(t.Context(), s, b.as("Mika"), al.ID, alarm.Real, "")
		_, err3 := alarm.Get(t.Context(), s, b.as("Päivi"), al.ID)
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
				t.Errorf("got %v, want not found", err)
			}
		}
	})
}

func TestPositionsAndCheckInsAreProvedByTheShiftsLastEntry(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		s := c.start()
		place := shift.Place{Place: alarm.Place{Lat: 60.17, Lon: 24.94, Accuracy: 12, Battery: 31}, Source: "test"}
		if _, err := c.desk.CheckIn(t.Context(), c.as("Aino"), s.ID, shift.Signal{Place: &place}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Finish(t.Context(), c.as("Aino"), s.ID, shift.Signal{}); err != nil {
			t.Fatal(err)
		}
		if err := c.desk.Move(t.Context(), c.as("Aino"), s.ID, place); err != nil {
			t.Errorf("a position after the end is no error for the sender: %v", err)
		}
		p, err := shift.ProfileOf(t.Context(), c.s, c.as("Mika"), c.worker.Person)
		if err != nil || len(p.Trail) != 1 || len(p.Signs) != 1 {
			t.Fatalf("%d positions, %d check-ins (%v), want one each", len(p.Trail), len(p.Signs), err)
		}
		c.view(func(tx *store.Tx) error {
			list, err := ledger.List(tx, ledger.Filter{Subject: string(s.ID), Limit: 1})
			if err == nil && (list[0].Kind != "shift.finished" || len(list[0].Facts["Digest"].(string)) != 64) {
				t.Errorf("the book says %+v", list[0])
			}
			return err
		})
	})
}
