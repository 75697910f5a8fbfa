package alarm

import (
	"testing"
	"time"
)

// Every state that an alarm can reach, by every act in every order, nameless
// ones included: no way leads to an end but through a name and an outcome, and
// from every open state one does.
func TestEveryWayToAnEndHasAName(t *testing.T) {
	at := time.Unix(1, 0)
	aino, mikko, none := Act{By: "per_a", Name: "Aino", At: at}, Act{By: "per_m", Name: "Mikko", At: at}, Act{At: at}
	acts := map[string]func(Alarm) Alarm{
		"forgotten": func(a Alarm) Alarm {
			if a.State == Acknowledged {
				a = a.forgotten()
			}
			return a
		},
	}
	for _, who := range []Act{aino, mikko, none} {
		acts["acknowledge by "+who.Name] = func(a Alarm) Alarm { b, _ := a.acknowledge(who); return b }
		for _, o := range append(Outcomes(), "", "over") {
			acts["resolve "+string(o)+" by "+who.Name] = func(a Alarm) Alarm { b, _ := a.resolve(who, o, ""); return b }
		}
	}
	for k := range gravity {
		acts["worsen to "+string(k)] = func(a Alarm) Alarm {
			if a.Open() { // a closed one is never looked at again: the next cause makes another
				a, _ = a.worsen(k, "", Place{})
			}
			return a
		}
	}
	seen := map[Alarm]string{}
	var todo []Alarm
	for k := range gravity {
		a := Alarm{Kind: k, State: Raised}
		seen[a], todo = "", append(todo, a)
	}
	for len(todo) > 0 {
		a := todo[0]
		todo = todo[1:]
		ends := 0
		for name, act := range acts {
			b := act(a)
			if a.Open() && !b.Open() {
				ends++
				if b.Closed != aino && b.Closed != mikko || checkOutcome(b.Outcome) != nil {
					t.Errorf("%s, %s: ended by %q with outcome %q", seen[a], name, b.Closed.Name, b.Outcome)
				}
			}
			if !a.Open() && b != a {
				t.Errorf("%s, %s: changed after its end", seen[a], name)
			}
			if _, known := seen[b]; !known {
				seen[b] = seen[a] + ", " + name
				todo = append(todo, b)
			}
		}
		if want := 2 * len(Outcomes()); a.Open() && ends != want {
			t.Errorf("%s: %d ways to an end, want %d: two people with each outcome", seen[a], ends, want)
		}
	}
	if len(seen) < 30 {
		t.Fatalf("only %d states were reached", len(seen))
	}
	t.Logf("%d states, %d acts in each", len(seen), len(acts))
}
