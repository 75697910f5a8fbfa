package drill_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/call/alarm"
	"muster/call/drill"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// works is an organisation with a worker, two monitors and an administrator.
type works struct {
	*town.Town
	*town.Organisation
	aino, mikko, sari town.Member
}

func open(t *testing.T) *works {
	w := &works{Town: town.New(t, mustertest.Store(t))}
	w.Organisation = w.Town.Organisation("Harbour Works")
	w.aino, w.mikko, w.sari = w.Worker("Aino Virtanen"), w.Monitor("Mikko Laine"), w.Monitor("Sari Koski")
	return w
}

func (w *works) begin(t *testing.T) drill.Run {
	t.Helper()
	r, err := drill.Begin(t.Context(), w.Store, w.Admin.Actor, w.aino.Person.Person, "new telephones")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *works) find(t *testing.T, run id.DrillRun) drill.Run {
	t.Helper()
	r, err := drill.Find(t.Context(), w.Store, w.mikko.Actor, run)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestADrillIsMarkedOnEveryChannelAndEndsAsADrill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t)
		r := w.begin(t)
		wait(2 * time.Second)
		for _, out := range append(w.Mail.Sent(), w.SMS.Sent()...) {
			if !strings.Contains(out.Subject+out.Text, "DRILL") {
				t.Errorf("%s to %s does not say that it is a drill: %s %s", r.ID, out.To, out.Subject, out.Text)
			}
		}
		w.SMS.Phone(t, w.mikko.First("sms")).Expect("DRILL", "Aino Virtanen")
		if v := w.find(t, r.ID).Verdict(); v != drill.UnderWay {
			t.Errorf("verdict %s", v)
		}
		wait(time.Minute - 2*time.Second)
		if _, err := alarm.Acknowledge(t.Context(), w.Store, w.mikko.Actor, r.Alarm.ID, ""); err != nil {
			t.Fatal(err)
		}
		a, err := alarm.Resolve(t.Context(), w.Store, w.mikko.Actor, r.Alarm.ID, alarm.Real, "all is well")
		if err != nil || a.Outcome != alarm.Drill {
			t.Fatalf("closed as %q, %v; a drill is one whatever is said", a.Outcome, err)
		}
		if got := w.find(t, r.ID); got.Verdict() != drill.Answered || got.Within() != time.Minute {
			t.Errorf("%s after %v, want answered after a minute", got.Verdict(), got.Within())
		}
		wait(time.Hour)
		if got := w.find(t, r.ID); got.Verdict() != drill.Answered {
			t.Errorf("an hour later: %s", got.Verdict())
		}
	})
}

func TestADrillThatNobodyAnswersEndsByItselfAndAdministratorsHearOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t)
		r := w.begin(t)
		wait(drill.Limit + time.Second)
		got := w.find(t, r.ID)
		if got.Verdict() != drill.Unanswered || got.Alarm.Open() {
			t.Fatalf("%s, open %v", got.Verdict(), got.Alarm.Open())
		}
		w.Mail.Phone(t, w.Admin.First("email")).Expect("Nobody answered the drill")
		sent := len(w.Mail.Sent())
		wait(24 * time.Hour)
		if n := len(w.Mail.Sent()); n != sent {
			t.Errorf("%d messages after the end of the drill", n-sent)
		}
		for _, out := range w.Mail.Sent() {
			if out.To == w.mikko.First("email") && strings.Contains(out.Subject, "Nobody answered the drill") {
				t.Error("a monitor was told what is the administrators' business")
			}
		}
	})
}

func TestRealHelpDuringADrillIsAnAlarmOfItsOwnAtOnce(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := &works{Town: town.New(t, s)}
		w.Mail.Patience, w.SMS.Patience = 10*time.Second, 10*time.Second
		w.Organisation = w.Town.Organisation("Harbour Works")
		w.aino, w.mikko = w.Worker("Aino Virtanen"), w.Monitor("Mikko Laine")
		on, err := w.Desk.Start(t.Context(), w.aino.Actor, w.aino.Person.Person, w.Workspace, shift.Terms{Every: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		r := w.begin(t)
		w.SMS.Phone(t, w.mikko.First("sms")).Expect("DRILL")
		l, err := w.Desk.Help(t.Context(), w.aino.Actor, on.ID, shift.Signal{Note: "I fell"})
		if err != nil || l.Alarm == nil {
			t.Fatalf("%+v, %v", l, err)
		}
		if a := l.Alarm; a.Drill || a.ID == r.Alarm.ID || !a.Open() {
			t.Fatalf("%+v", a)
		}
		var real bool
		for !real {
			out := w.SMS.Phone(t, w.mikko.First("sms")).Expect("Aino Virtanen")
			real = !strings.Contains(out.Text, "DRILL") && strings.Contains(out.Text, "HELP")
		}
		if got := w.find(t, r.ID); got.Verdict() != drill.BrokenOff || got.Alarm.Open() {
			t.Errorf("the drill: %s, open %v", got.Verdict(), got.Alarm.Open())
		}
		// And nothing is tried on somebody who needs help.
		if _, err := drill.Begin(t.Context(), s, w.Admin.Actor, w.aino.Person.Person, "again"); fault.From(err).Code != "alarm_open" {
			t.Errorf("a drill on an alarm: %v", err)
		}
	})
}

func TestPlannedDrillsComeBackAndAreAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t)
		first := time.Now().In(helsinki(t)).Add(48 * time.Hour)
		p, err := drill.Save(t.Context(), w.Store, w.Admin.Actor, drill.Plan{
			Name: "Weekly try", Worker: w.aino.Person.Person, Every: drill.Weekly, First: first.Format(drill.LocalTime), Announced: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		wait(24*time.Hour - time.Minute)
		if n := len(w.Mail.Sent()); n != 0 {
			t.Fatalf("%d messages before the announcement", n)
		}
		wait(2 * time.Minute)
		w.Mail.Phone(t, w.mikko.First("email")).Expect("Drill about Aino Virtanen")
		wait(24 * time.Hour)
		if n := len(held(t, w)); n != 1 {
			t.Fatalf("%d drills held, want 1", n)
		}
		wait(7 * 24 * time.Hour)
		if n := len(held(t, w)); n != 2 {
			t.Errorf("%d drills held after another week, want 2", n)
		}
		if err := drill.Remove(t.Context(), w.Store, w.Admin.Actor, p.ID); err != nil {
			t.Fatal(err)
		}
		wait(7*24*time.Hour + time.Minute)
		if n := len(held(t, w)); n != 2 {
			t.Errorf("%d drills held after the plan was taken away, want 2", n)
		}
	})
}

func TestOnlyAdministratorsHoldDrillsAndOnlyAboutTheirWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t)
		other := w.Town.Organisation("Elsewhere")
		stranger := other.Worker("Otto Berg")
		for name, c := range map[string]struct {
			by     town.Member
			worker id.Person
			reason string
			kind   fault.Kind
			field  string
		}{
			"a monitor":          {w.mikko, w.aino.Person.Person, "x", fault.Forbidden, ""},
			"the worker":         {w.aino, w.aino.Person.Person, "x", fault.Forbidden, ""},
			"a stranger":         {w.Admin, stranger.Person.Person, "x", fault.NotFound, ""},
			"somebody no worker": {w.Admin, w.mikko.Person.Person, "x", fault.Invalid, "worker_id"},
			"without a reason":   {w.Admin, w.aino.Person.Person, " ", fault.Invalid, "reason"},
		} {
			_, err := drill.Begin(t.Context(), w.Store, c.by.Actor, c.worker, c.reason)
			if f := fault.From(err); err == nil || f.Kind != c.kind || f.Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		r := w.begin(t)
		if _, err := drill.Find(t.Context(), w.Store, other.Admin.Actor, r.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another organisation's administrator: %v", err)
		}
	})
}

func held(t *testing.T, w *works) []drill.Run {
	t.Helper()
	o, err := drill.See(t.Context(), w.Store, w.mikko.Actor, "")
	if err != nil {
		t.Fatal(err)
	}
	return o.Runs
}

func helsinki(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
