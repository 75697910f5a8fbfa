package alarm

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/actor"
	"muster/fault"
	"muster/id"
)

var t0 = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func by(who id.Person) Act {
	return Act{By: who, Name: string(who), Door: actor.Board, At: t0.Add(time.Minute)}
}

func TestRoundsNeverEndAndNeverGetRare(t *testing.T) {
	c := rhythm{Repeat: 2 * time.Minute}
	last := time.Duration(0)
	for round := 1; round < 1000; round++ {
		p := c.pause(round)
		if p < last || p < c.Repeat || p > maxPause {
			t.Fatalf("round %d is followed after %v, the one before after %v", round, p, last)
		}
		last = p
	}
	if last != maxPause {
		t.Errorf("in the end every %v, want %v", last, maxPause)
	}
	if p := (rhythm{Repeat: time.Hour}).pause(20); p != time.Hour {
		t.Errorf("an organisation that wants an hour gets %v", p)
	}
}

func TestSomethingGraverReopensWhatSomebodyTookOver(t *testing.T) {
	a := Alarm{Kind: MissedCheckIn, State: Acknowledged, Ack: by("per_a"), Round: 3, Place: Place{At: t0, Lat: 1}}
	same, graver := a.worsen(MissedCheckIn, "", Place{At: t0.Add(time.Minute), Lat: 2})
	if graver || same.State != Acknowledged || same.Place.Lat != 2 {
		t.Errorf("the same again: %+v, graver %t", same, graver)
	}
	worse, graver := a.worsen(Help, "hurt", Place{})
	if !graver || worse.State != Raised || !worse.Ack.At.IsZero() || worse.Round != 0 || worse.Note != "hurt" || worse.Place.Lat != 1 {
		t.Errorf("help after a missed check-in: %+v, graver %t", worse, graver)
	}
}

func TestResolvingNeedsAnOutcomeAndHappensOnce(t *testing.T) {
	a := Alarm{State: Raised}
	if _, err := a.resolve(by("per_a"), "", ""); fault.From(err).Field != "outcome" {
		t.Errorf("without an outcome: %v", err)
	}
	if _, err := a.resolve(by("per_a"), Real, string(make([]byte, maxNote+1))); fault.From(err).Field != "note" {
		t.Errorf("with too long a note: %v", err)
	}
	done, err := a.resolve(by("per_a"), Drill, "ok")
	if err != nil || done.Open() {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err := done.resolve(by("per_b"), Real, ""); fault.From(err).Code != "already_resolved" {
		t.Errorf("twice: %v", err)
	}
}

// Whatever happens in whatever order, an alarm is over only by somebody's name
// and with an outcome.
func TestNoAlarmEndsWithoutANamedHuman(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Alarm{State: Raised, Kind: MissedCheckIn}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				a, _ = a.acknowledge(by(id.Person(rapid.SampledFrom([]string{"per_a", "per_b"}).Draw(t, "who"))))
			case 1:
				a, _ = a.worsen(rapid.SampledFrom([]Kind{MissedCheckIn, HighRisk, Help, Duress}).Draw(t, "kind"), "", Place{})
			case 2:
				if a.State == Acknowledged {
					a = a.forgotten()
				}
			case 3:
				if rapid.Bool().Draw(t, "really") {
					a, _ = a.resolve(by("per_a"), rapid.SampledFrom(append(Outcomes(), "")).Draw(t, "outcome"), "")
				}
			}
			if !a.Open() && (a.Closed.Name == "" || a.Closed.At.IsZero() || a.Outcome == "") {
				t.Fatalf("over without a name: %+v", a)
			}
			if a.State == Acknowledged && a.Ack.Name == "" {
				t.Fatalf("taken over by nobody: %+v", a)
			}
			if !a.Open() {
				return
			}
		}
	})
}
