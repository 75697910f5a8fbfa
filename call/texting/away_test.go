package texting_test

import (
	"testing"
	"time"
)

func TestOutOfCoverageByTextMessage(t *testing.T) {
	onBoth(t, func(t *testing.T, l *line) {
		l.says(l.text(l.pin("away 30")), "No shift is running")
		l.text(l.pin("start 60"))
		l.says(l.text(l.pin("no signal 90")), "Out of coverage until")
		s := *l.profile().Current
		if left := s.Away.Sub(l.town.Store.Now()); left > 90*time.Minute || left < 89*time.Minute || !s.Deadline.After(s.Away) {
			t.Errorf("away for %v more, due %v", left, s.Deadline)
		}
		l.says(l.text(l.pin("away 720")), "Not understood") // beyond what the organisation lets anybody
		l.says(l.text(l.pin("ok")), "Checked in")
		if s := l.profile().Current; !s.Away.IsZero() {
			t.Errorf("back, and still away until %v", s.Away)
		}
		l.text(l.pin("away"))
		if left := l.profile().Current.Away.Sub(l.town.Store.Now()); left > time.Hour || left < 59*time.Minute {
			t.Errorf("without a length away for %v", left)
		}
	})
}
