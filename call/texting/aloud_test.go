package texting_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/call/alarm"
	"muster/call/texting"
	"muster/roster"
)

// aloud is what a call from the worker's own number hears.
func (l *line) aloud(pin string, help bool) string {
	l.t.Helper()
	l.sent++
	_, text, err := l.desk.Hear(l.t.Context(), texting.Call{ID: fmt.Sprintf("CA%08d/1", l.sent), From: l.worker.Phone(), PIN: pin, Help: help})
	if err != nil {
		l.t.Fatal(err)
	}
	return text
}

func TestAWorkerChecksInByTelephone(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		if tag, text, err := l.desk.Hear(t.Context(), texting.Call{From: l.worker.Phone()}); err != nil || tag != l.worker.Language || text != "" {
			t.Errorf("greeted in %s with %q, %v", tag, text, err)
		}
		if got := l.aloud(l.worker.PIN, false); !strings.Contains(got, "No shift is running") {
			t.Errorf("%q", got)
		}
		l.text(l.pin("start 60"))
		began := l.profile().Current.Deadline
		if got := l.aloud(l.worker.PIN, false); !strings.Contains(got, "You are checked in") || strings.Contains(got, ":") {
			t.Errorf("%q", got)
		}
		if now := l.profile().Current; !now.Deadline.After(began) {
			t.Error("the check-in did not count")
		}
		if got := l.aloud("Z0", false); got != "" {
			t.Errorf("a wrong PIN is answered %q", got)
		}
		stranger := texting.Call{ID: "CAstranger/1", From: "+358409999999", PIN: l.worker.PIN, Help: true}
		if _, text, err := l.desk.Hear(t.Context(), stranger); err != nil || text != "" || l.profile().Alarm != nil {
			t.Errorf("a stranger is answered %q, %v", text, err)
		}
		if got := l.aloud("", true); !strings.Contains(got, "Help is being called") || l.profile().Alarm == nil {
			t.Errorf("%q", got)
		}
	})
}

func TestOA10DuressPINByTelephoneIsAnsweredAsTheNormalOne(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		duress := "9911"
		err := roster.UpdatePerson(t.Context(), l.town.Store, l.town.Keys, l.org.Admin.Actor, l.worker.Person.Person, roster.Change{DuressPIN: &duress})
		if err != nil {
			t.Fatal(err)
		}
		l.text(l.pin("start 60"))
		normal := l.aloud(l.worker.PIN, false)
		if l.profile().Alarm != nil {
			t.Fatal("the normal PIN raises an alarm")
		}
		forced := l.aloud(duress, false)
		if normal == "" || blurred(normal) != blurred(forced) {
			t.Errorf("%q under duress, %q without", forced, normal)
		}
		if a := l.profile().Alarm; a == nil || a.Kind != alarm.Duress {
			t.Errorf("%+v", a)
		}
	})
}
