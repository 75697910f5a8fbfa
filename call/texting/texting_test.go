package texting_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/call/texting"
	"muster/deliver"
	"muster/lang"
	"muster/lang/gsm"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/roster"
	"muster/store"
)

// line is a worker with a telephone.
type line struct {
	t      testing.TB
	town   *town.Town
	org    *town.Organisation
	worker town.Member
	desk   texting.Desk
	sent   int
}

func onBoth(t *testing.T, test func(t *testing.T, l *line)) {
	t.Helper()
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tn := town.New(t, s)
		org := tn.Organisation("Harbour Works")
		l := &line{t: t, town: tn, org: org, worker: org.Worker("Aino"), desk: texting.Desk{Store: s, Keys: tn.Keys, Shifts: tn.Desk}}
		org.Monitor("Mika")
		tn.SMS.Patience = 20 * time.Second
		test(t, l)
	})
}

// text sends a message from the worker's own number and returns its id.
func (l *line) text(body string) string {
	l.t.Helper()
	l.sent++
	return l.send(texting.Text{ID: fmt.Sprintf("SM%08d", l.sent), From: l.worker.Phone(), Body: body})
}

func (l *line) send(t texting.Text) string {
	l.t.Helper()
	if err := l.desk.Take(context.Background(), t); err != nil {
		l.t.Fatal(err)
	}
	return t.ID
}

func (l *line) pin(rest string) string { return l.worker.PIN + " " + rest }

// answers are what was said back about a message.
func (l *line) answers(id string) (out []string) {
	l.t.Helper()
	err := l.town.Store.View(l.t.Context(), l.org.ID, func(tx *store.Tx) error {
		all, err := deliver.About(tx, id, 10)
		for _, m := range all {
			out = append(out, m.Facts["Text"].(string))
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

func (l *line) says(id string, parts ...string) {
	l.t.Helper()
	all := l.answers(id)
	if len(all) != 1 {
		l.t.Fatalf("%d answers to %s: %q", len(all), id, all)
	}
	for _, p := range parts {
		if !strings.Contains(all[0], p) {
			l.t.Errorf("the answer %q does not say %q", all[0], p)
		}
	}
}

func (l *line) profile() shift.Profile {
	l.t.Helper()
	p, err := shift.ProfileOf(l.t.Context(), l.town.Store, l.org.Admin.Actor, l.worker.Person.Person)
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

func TestAWholeShiftByTextMessage(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		l.says(l.text(l.pin("ok")), "No shift is running")
		l.says(l.text(l.pin("start 60")), "Your shift has begun")
		began := *l.profile().Current
		if began.Every != time.Hour {
			t.Errorf("every %v", began.Every)
		}
		l.says(l.text("OK "+l.worker.PIN), "Checked in")
		if now := l.profile().Current; !now.Deadline.After(began.Deadline) {
			t.Error("the check-in did not count")
		}
		l.says(l.text(l.pin("status")), "is running")
		l.says(l.text(l.pin("high risk 10")), "High risk until")
		if l.profile().Current.HighRisk.IsZero() {
			t.Error("no countdown runs")
		}
		l.says(l.text(l.pin("start")), "High risk until") // it runs already: how things stand
		l.says(l.text(l.pin("end")), "has ended")
		if l.profile().Current != nil {
			t.Error("the shift runs on")
		}
		// It goes out by the channel that it came in by.
		l.town.SMS.Phone(t, l.worker.Phone()).Expect("has ended")
	})
}

func TestOA1HelpByTextNeedsNoPINAndNoShift(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		l.says(l.text("Help! fell from the ladder"), "Help is being called")
		a := l.profile().Alarm
		if a == nil || a.Kind != alarm.Help || !strings.Contains(a.Note, "ladder") {
			t.Fatalf("%+v", a)
		}
		if _, err := alarm.Resolve(t.Context(), l.town.Store, l.org.Admin.Actor, a.ID, alarm.False, ""); err != nil {
			t.Fatal(err)
		}
		l.text("0000 help") // a wrong PIN does not stand in the way either
		if l.profile().Alarm == nil {
			t.Error("help with a wrong PIN was not heard")
		}
	})
}

func TestACallForHelpThatFailsIsNotAnsweredAndComesAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		works := l.desk.Shifts
		l.desk.Shifts.Store = mustertest.Store(t) // where nobody knows the worker
		text := texting.Text{ID: "SM1", From: l.worker.Phone(), Body: "help"}
		if err := l.desk.Take(t.Context(), text); err == nil {
			t.Error("the carrier would not send it again")
		}
		if got := l.answers(text.ID); len(got) != 0 {
			t.Errorf("answered %q", got)
		}
		l.desk.Shifts = works
		l.says(l.send(text), "Help is being called")
	})
}

func TestOA10DuressPINByTextIsAnsweredAsTheNormalOne(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		person := l.worker.Person.Person
		duress := "9911"
		err := roster.UpdatePerson(t.Context(), l.town.Store, l.town.Keys, l.org.Admin.Actor, person, roster.Change{DuressPIN: &duress})
		if err != nil {
			t.Fatal(err)
		}
		l.text(l.pin("start 60"))
		for _, verb := range []string{"ok", "status", "high risk 10", "ok"} {
			normal := l.answers(l.text(l.pin(verb)))
			if a := l.profile().Alarm; a != nil {
				t.Fatalf("%s raised %+v", verb, a)
			}
			forced := l.answers(l.text("9911 " + verb))
			if len(normal) != 1 || len(forced) != 1 || blurred(normal[0]) != blurred(forced[0]) {
				t.Errorf("%s: %q under duress, %q without", verb, forced, normal)
			}
			a := l.profile().Alarm
			if a == nil || a.Kind != alarm.Duress {
				t.Fatalf("%s under duress raised %+v", verb, a)
			}
			if _, err := alarm.Resolve(t.Context(), l.town.Store, l.org.Admin.Actor, a.ID, alarm.Real, ""); err != nil {
				t.Fatal(err)
			}
		}
		l.says(l.text("9911 end"), "has ended")
		if a := l.profile().Alarm; a == nil || a.Kind != alarm.Duress {
			t.Errorf("ended under duress: %+v", a)
		}
	})
}

// blurred hides times of day, which may differ by the minute that has begun.
func blurred(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}, s)
}

func TestStrangersAndGuessersLearnNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		l.text(l.pin("start 60"))
		before := *l.profile().Current
		stranger := l.send(texting.Text{ID: "SMstranger", From: "+358409999999", Body: l.pin("help")})
		if all := l.answers(stranger); len(all) != 0 || l.profile().Alarm != nil {
			t.Errorf("a stranger was answered %q", all)
		}
		mumbled := l.answers(l.text("what is this number?"))[0]
		for _, guess := range []string{"Z0 ok", "Z1 end", "ok", "Z2 status"} {
			if got := l.answers(l.text(guess)); len(got) != 1 || got[0] != mumbled {
				t.Errorf("%q is answered %q, a text that says nothing %q", guess, got, mumbled)
			}
		}
		l.text("Z3 ok")
		l.says(l.text("Z4 ok"), "Too many wrong PINs")
		if got := l.answers(l.text(l.pin("end"))); len(got) != 0 {
			t.Errorf("while locked: %q", got)
		}
		now := l.profile().Current
		if now == nil || !now.Deadline.Equal(before.Deadline) {
			t.Error("a guess changed something")
		}
		l.says(l.text("help"), "Help is being called")
	})
}

// However many guesses come at a time, no more than five are weighed.
func TestGuessesThatComeSideBySideAreCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		var running sync.WaitGroup
		for i := range 20 {
			running.Go(func() {
				err := l.desk.Take(context.Background(), texting.Text{ID: fmt.Sprintf("SMburst%d", i), From: l.worker.Phone(), Body: fmt.Sprintf("Z%d ok", i)})
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		weighed := 0
		for i := range 20 {
			weighed += len(l.answers(fmt.Sprintf("SMburst%d", i)))
		}
		if weighed != 5 {
			t.Errorf("%d guesses were weighed, want 5", weighed)
		}
	})
}

func TestOA10DuressIsHeardThroughTheLock(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		duress := "9911"
		err := roster.UpdatePerson(t.Context(), l.town.Store, l.town.Keys, l.org.Admin.Actor, l.worker.Person.Person, roster.Change{DuressPIN: &duress})
		if err != nil {
			t.Fatal(err)
		}
		l.text(l.pin("start 60"))
		for i := range 5 {
			l.text(fmt.Sprintf("Z%d ok", i))
		}
		if got := l.answers(l.text("9911 ok")); len(got) != 0 {
			t.Errorf("answered %q, and the normal PIN is not", got)
		}
		if a := l.profile().Alarm; a == nil || a.Kind != alarm.Duress {
			t.Errorf("%+v", a)
		}
	})
}

func TestTheSameTextTwiceIsOne(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		l.text(l.pin("start 60"))
		once := texting.Text{ID: "SMonce", From: l.worker.Phone(), Body: l.pin("ok")}
		l.send(once)
		first := l.profile().Current.Deadline
		l.send(once)
		if again := l.profile().Current.Deadline; !again.Equal(first) {
			t.Errorf("sent again it moved the deadline by %v", again.Sub(first))
		}
		l.says("SMonce", "Checked in")
		help := texting.Text{ID: "SMhelp", From: l.worker.Phone(), Body: "help"}
		l.send(help)
		if _, err := alarm.Resolve(t.Context(), l.town.Store, l.org.Admin.Actor, l.profile().Alarm.ID, alarm.False, ""); err != nil {
			t.Fatal(err)
		}
		l.send(help)
		if l.profile().Alarm != nil {
			t.Error("the same call for help raised a second alarm")
		}
	})
}

func TestALateTextNeverReachesBeyondItsOwnTime(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		l.text(l.pin("start 60"))
		began := *l.profile().Current
		old := began.Began.Add(-20 * time.Minute)
		for i, verb := range []string{"ok", "end", "high risk 5"} {
			l.send(texting.Text{ID: fmt.Sprintf("SMlate%d", i), From: l.worker.Phone(), Body: l.pin(verb), Sent: old})
			now := l.profile().Current
			if now == nil || !now.Deadline.Equal(began.Deadline) || !now.HighRisk.IsZero() {
				t.Fatalf("a late %s changed the shift: %+v", verb, now)
			}
		}
	})
}

func TestOneNumberOfTwoPeopleIsToldApartByThePIN(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		there := l.town.Organisation("Elsewhere")
		there.Monitor("Sari")
		n := roster.NewPerson{Name: "Aino too", Email: "too@good.test", Mobile: l.worker.Phone(), Roles: l.worker.Roles}
		n.Roles[0].Workspace = there.Workspace
		other, err := roster.AddPerson(t.Context(), l.town.Store, l.town.Keys, there.Admin.Actor, n)
		if err != nil {
			t.Fatal(err)
		}
		if other.PIN == l.worker.PIN {
			t.Skip("by chance both have the same PIN")
		}
		l.text(l.pin("start 60"))
		if l.profile().Current == nil {
			t.Error("the shift did not begin")
		}
		err = l.town.Store.View(t.Context(), there.ID, func(tx *store.Tx) error {
			_, running, err := shift.ActiveOf(tx, other.Person)
			if running {
				t.Error("a shift began in the other organisation, too")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		l.text("help") // who is out
		if l.profile().Alarm == nil {
			t.Error("no alarm for the one who is out")
		}
	})
}

// Whoever puts a worker's number on a roster of their own, as often as they
// like, and has somebody with it out, keeps the worker's own people from
// nothing.
func TestNoOtherOrganisationTakesAWorkersTexts(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tn := town.New(t, s)
		evil := tn.Organisation("Elsewhere") // first in every order
		org := tn.Organisation("Harbour Works")
		org.Monitor("Mika")
		l := &line{t: t, town: tn, org: org, worker: org.Worker("Aino"), desk: texting.Desk{Store: s, Keys: tn.Keys, Shifts: tn.Desk}}
		roles := slices.Clone(l.worker.Roles)
		roles[0].Workspace = evil.Workspace
		for i := range 25 {
			n := roster.NewPerson{Name: fmt.Sprintf("Nobody %d", i), Email: fmt.Sprintf("n%d@evil.test", i), Mobile: l.worker.Phone(), Roles: roles}
			p, err := roster.AddPerson(t.Context(), s, tn.Keys, evil.Admin.Actor, n)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				who := actor.Actor{Kind: actor.Person, Org: evil.ID, Person: p.Person, Name: p.Name, Roles: p.Roles, Door: actor.App}
				if _, err := tn.Desk.Start(t.Context(), who, p.Person, "", shift.Terms{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		l.text("help")
		if l.profile().Alarm == nil {
			t.Fatal("nobody of the worker's own hears of the call for help")
		}
		l.says(l.text(l.pin("start 60")), "Your shift has begun")
	})
}

func TestAnswersFitOnePart(t *testing.T) {
	for _, tag := range lang.Supported() {
		for _, key := range []string{"usage", "locked", "help", "started", "ok", "ended", "status", "risk", "idle"} {
			text := tag.Text("texting."+key, map[string]any{"At": "23:59"})
			if size := gsm.Measure(gsm.Plain(text)); size.Parts != 1 || size.Unicode {
				t.Errorf("%s %s: %+v: %s", tag, key, size, text)
			}
		}
	}
}

func TestOA2ACodeInATextTakesCharge(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		mika := l.org.Monitor("Mari")
		l.text("help")
		heard := l.town.SMS.Phone(t, mika.Phone()).Expect("reply: OK ")
		code := heard.Text[strings.Index(heard.Text, "reply: OK ")+len("reply: OK "):][:4]
		say := func(id, body string) []string {
			l.send(texting.Text{ID: id, From: mika.Phone(), Body: body})
			return l.answers(id)
		}
		if got := say("SMa", "hello there"); len(got) != 0 {
			t.Errorf("who does not work here is answered %q", got)
		}
		if got := say("SMb", "ok A7KK"); len(got) != 1 || !strings.Contains(got[0], "Nothing was done") {
			t.Errorf("a wrong code is answered %q", got)
		}
		if l.profile().Alarm.State != alarm.Raised {
			t.Fatal("it did something")
		}
		if got := say("SMc", " ok "+strings.ToLower(code)+"!"); len(got) != 1 || !strings.Contains(got[0], "taken charge") {
			t.Errorf("the code is answered %q", got)
		}
		if got := say("SMc", "ok "+code); len(got) != 1 {
			t.Errorf("sent again it is answered %q", got)
		}
		a := l.profile().Alarm
		if a.State != alarm.Acknowledged || a.Ack.By != mika.Person.Person || a.Ack.Door != "text" {
			t.Errorf("%s by %+v", a.State, a.Ack)
		}
		say("SMd", code+" end")
		if l.profile().Alarm != nil {
			t.Error("the alarm is open still")
		}
	})
}
