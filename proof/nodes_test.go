package proof

import (
	"net/url"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/mustertest"
)

// takeOver is how soon, after one of two nodes is gone, the other one must have
// sent what the dead one had claimed: its claim ends, and then some.
const takeOver = 40 * time.Second

func TestTwoNodesShareAStormAndOneIsKilled(t *testing.T) {
	const silent = alarms / 2
	s := prepare(t, build(t), mustertest.Postgres(t), silent)
	s.serve(free(t))
	s.serve(free(t))
	first := s.due[0]
	for _, d := range s.due[:silent] {
		if d.Before(first) {
			first = d
		}
	}
	if until := time.Until(first); until > 0 {
		<-time.After(until)
	} else {
		t.Fatalf("the nodes came up %v after the first check-in was missed", -until)
	}
	done := s.press()
	s.wait("messages of the storm", alarms/3, func() int { return len(s.handed()) })
	shares := s.shares()
	s.nodes[0].kill()
	killed := time.Now()
	t.Logf("killed one of two after %d messages; until then they had sent %v", alarms/3, shares)
	for _, n := range s.nodes {
		if shares[n.listen] < alarms/3/10 {
			t.Errorf("%s sent %d of %d messages: the nodes do not share the work", n.listen, shares[n.listen], alarms/3)
		}
	}
	<-done
	s.wait("messages reached the carrier", alarms, func() int { return len(s.handed()) })
	s.wait("lane is empty", 1, s.empty)
	took := time.Since(killed)
	t.Logf("everything that the dead node left had been sent %v after it died", took.Round(time.Millisecond))
	if took > takeOver {
		t.Errorf("the other node took over after %v, want %v", took, takeOver)
	}
	s.texts.Settle()
	s.nodes[1].stop()
	latest, after := time.Duration(0), 0
	for _, a := range s.judge() {
		if a.Kind == alarm.MissedCheckIn {
			latest = max(latest, a.Late)
			if a.Due.After(killed) {
				after++
			}
		}
	}
	t.Logf("%d check-ins were missed, %d of them after the kill; the latest alarm was %v late", silent, after, latest)
	if latest > 5*time.Second {
		t.Errorf("an alarm was %v late", latest)
	}
}

// shares counts what each node sent: its messages ask for reports to itself.
func (s *storm) shares() map[string]int {
	all := map[string]int{}
	for _, m := range s.texts.Messages() {
		if back, err := url.Parse(m.Callback); err == nil && m.To == monitorsPhone {
			all[back.Host]++
		}
	}
	return all
}
