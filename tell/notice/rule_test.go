package notice_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/fault"
	"muster/id"
	"muster/tell/notice"
)

var (
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	some = []id.Component{"cmp_1"}
)

func at(h float64) time.Time { return noon.Add(time.Duration(h * float64(time.Hour))) }

func TestBS5AnIncidentFromTheFirstWordToTheLast(t *testing.T) {
	n := notice.Notice{Kind: notice.Incident}
	var err error
	for i, w := range []notice.News{
		{State: notice.Investigating, Since: at(-0.2), Promised: at(0.5), Components: some},
		{State: notice.Identified, Promised: at(1), Components: some},
		{State: notice.Monitoring, Promised: at(2), Components: some},
		{State: notice.Resolved, Components: some},
		{State: notice.Investigating, Promised: at(4), Components: some},
	} {
		if n, err = n.Take(w, at(float64(i)/2)); err != nil || n.State != w.State || n.Said != i+1 || !n.Promised.Equal(w.Promised) {
			t.Fatalf("%d: %+v: %v", i, n, err)
		}
	}
	if !n.Since.Equal(at(-0.2)) {
		t.Errorf("it began at %s", n.Since)
	}
	if n.Overdue(at(4).Add(notice.Late-1)) || !n.Overdue(at(4).Add(notice.Late)) {
		t.Error("overdue five minutes after what was promised, and not before")
	}
}

func TestBS5MaintenanceIsMovedCancelledAndOverrun(t *testing.T) {
	n := notice.Notice{Kind: notice.Maintenance}
	take := func(w notice.News, now time.Time) {
		t.Helper()
		w.Components = some
		var err error
		if n, err = n.Take(w, now); err != nil {
			t.Fatal(err)
		}
	}
	take(notice.News{State: notice.Planned, From: at(200), Till: at(202)}, noon)
	take(notice.News{State: notice.Planned, From: at(200), Till: at(202)}, noon)
	if n.Moved != 0 || !n.Promised.Equal(at(200)) {
		t.Errorf("nothing was moved: %+v", n)
	}
	take(notice.News{State: notice.Planned, From: at(210), Till: at(212)}, noon)
	if n.Moved != 1 || !n.Promised.Equal(at(210)) {
		t.Errorf("moved: %+v", n)
	}
	cancelled, err := n.Take(notice.News{State: notice.Cancelled, Components: some}, noon)
	if err != nil || !cancelled.State.Over() || !cancelled.Promised.IsZero() || !cancelled.From.Equal(at(210)) {
		t.Errorf("%+v %v", cancelled, err)
	}
	take(notice.News{State: notice.Started}, at(210))
	if !n.Promised.Equal(at(212)) {
		t.Errorf("started: %+v", n)
	}
	take(notice.News{State: notice.Overrun, Promised: at(213)}, at(212))
	take(notice.News{State: notice.Done}, at(212.5))
	if n.Overdue(at(300)) {
		t.Error("what is done is not overdue")
	}
}

func TestBS5AWordThatMakesNoSenseNamesItsField(t *testing.T) {
	open := notice.Notice{Kind: notice.Incident, State: notice.Investigating, Since: noon, Said: 1, Last: noon}
	over := notice.Notice{Kind: notice.Incident, State: notice.Resolved, Since: noon, Said: 2, Last: noon}
	for name, c := range map[string]struct {
		n     notice.Notice
		w     notice.News
		now   time.Time
		field string
	}{
		"it began tomorrow":       {notice.Notice{Kind: notice.Incident}, notice.News{State: notice.Investigating, Since: at(24), Promised: at(1), Components: some}, noon, "since"},
		"no next word":            {open, notice.News{State: notice.Identified, Components: some}, noon, "promised"},
		"next word in the past":   {open, notice.News{State: notice.Identified, Promised: at(-1), Components: some}, noon, "promised"},
		"next word next week":     {open, notice.News{State: notice.Identified, Promised: at(170), Components: some}, noon, "promised"},
		"planned incident":        {open, notice.News{State: notice.Planned, Promised: at(1), Components: some}, noon, "state"},
		"came back after a week":  {over, notice.News{State: notice.Investigating, Promised: at(169), Components: some}, at(168), "state"},
		"about nothing":           {open, notice.News{State: notice.Identified, Promised: at(1)}, noon, "components"},
		"maintenance in the past": {notice.Notice{Kind: notice.Maintenance}, notice.News{State: notice.Planned, From: at(-1), Till: at(1), Components: some}, noon, "from"},
		"maintenance without end": {notice.Notice{Kind: notice.Maintenance}, notice.News{State: notice.Planned, From: at(1), Components: some}, noon, "till"},
		"done before it began":    {notice.Notice{Kind: notice.Maintenance, State: notice.Planned, Said: 1}, notice.News{State: notice.Done, Components: some}, noon, "state"},
	} {
		after, err := c.n.Take(c.w, c.now)
		if f := fault.From(err); err == nil || f.Kind != fault.Invalid || f.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
		if after.Said != c.n.Said || after.State != c.n.State {
			t.Errorf("%s: something was kept: %+v", name, after)
		}
	}
}

// Whatever is said in whatever order: an open notice always has a promise to
// keep, and one that is over has none.
func TestBS5AnOpenNoticeAlwaysPromisesSomething(t *testing.T) {
	states := []notice.State{
		notice.Investigating, notice.Identified, notice.Monitoring, notice.Resolved,
		notice.Planned, notice.Started, notice.Overrun, notice.Done, notice.Cancelled,
	}
	rapid.Check(t, func(t *rapid.T) {
		n, now := notice.Notice{Kind: rapid.SampledFrom([]notice.Kind{notice.Incident, notice.Maintenance}).Draw(t, "kind")}, noon
		hour := func(name string) time.Time {
			return now.Add(time.Duration(rapid.IntRange(-3, 30).Draw(t, name)) * time.Hour)
		}
		for range 12 {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "later")) * time.Minute)
			w := notice.News{State: rapid.SampledFrom(states).Draw(t, "state"), Since: hour("since"), From: hour("from"), Till: hour("till"), Promised: hour("promised"), Components: some}
			after, err := n.Take(w, now)
			if err != nil {
				continue
			}
			n = after
			if n.Promised.IsZero() != n.State.Over() {
				t.Fatalf("%+v", n)
			}
		}
	})
}

func TestBS5RemindersThatSayNothingNewAreLeftOut(t *testing.T) {
	for lead, want := range map[time.Duration]int{
		30 * 24 * time.Hour: 3, 8 * 24 * time.Hour: 2, 3 * 24 * time.Hour: 2, 26 * time.Hour: 1, 5 * time.Hour: 1, time.Hour: 0,
	} {
		if got := notice.Reminders(noon.Add(lead), noon); len(got) != want {
			t.Errorf("told %s ahead: %v", lead, got)
		}
	}
}
