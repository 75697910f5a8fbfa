package shift_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/shift"
	"muster/call/watch"
	"muster/ledger"
	"muster/store"
)

// report is a phone that is heard, with a position and how full it is.
func (c *team) report(s shift.Shift, battery int) {
	c.t.Helper()
	who := c.as("Aino")
	who.Door = actor.Phone
	p := shift.Place{Source: "OwnTracks"}
	p.Lat, p.Lon, p.Battery = 60.17, 24.94, battery
	err := c.s.Do(context.Background(), c.org, func(tx *store.Tx) error {
		p.At = tx.Now()
		return c.desk.Trail(tx, who, s.ID, []shift.Place{p}, battery)
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *team) now(s shift.Shift) shift.Shift {
	c.t.Helper()
	got, err := shift.Get(context.Background(), c.s, c.as("Mika"), s.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// kinds lists what the book says of the worker, oldest first.
func (c *team) kinds() (all []string) {
	c.t.Helper()
	c.view(func(tx *store.Tx) error {
		entries, err := ledger.List(tx, ledger.Filter{About: c.worker.Person, Limit: 100})
		for _, e := range entries {
			all = append([]string{e.Kind}, all...)
		}
		return err
	})
	return all
}

func (c *team) open() (a alarm.Alarm, open bool) {
	c.t.Helper()
	c.view(func(tx *store.Tx) (err error) {
		a, open, err = alarm.Of(tx, c.worker.Person)
		return err
	})
	return a, open
}

// A phone that stops sending is asked for first, then monitors are called at a
// gravity of its own; once it is heard the alarm ends by itself, and everybody
// who was called is told.
func TestSilentPhoneAsksTheWorkerThenCallsAndEndsWhenItIsHeard(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, c *team) {
		c.mail.Patience = 3 * time.Hour
		s, err := c.desk.Start(t.Context(), c.as("Aino"), c.worker.Person, "", shift.Terms{Every: 6 * time.Hour, Grace: 2 * time.Minute, Warn: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		c.report(s, 80)
		heard := c.now(s).Heard
		c.mail.Phone(t, "aino@huolto.example").Expect("has not been heard since")
		if after := c.now(s).Asked.Sub(heard); after < 30*time.Minute || after > 31*time.Minute {
			t.Errorf("asked after %v, want the organisation's half hour", after)
		}
		if _, open := c.open(); open {
			t.Error("the monitors are called before the worker had time to answer")
		}
		c.mail.Phone(t, "mika@huolto.example").Expect("Silent phone")
		if a, open := c.open(); !open || a.Kind != alarm.Silence || !c.now(s).Muted {
			t.Fatalf("%+v, open %t", a, open)
		}
		c.report(s, 80)
		if a, open := c.open(); open {
			t.Fatalf("still open: %+v", a)
		}
		out := c.mail.Phone(t, "mika@huolto.example").Expect("the alarm is over")
		if !strings.Contains(out.Text, "Aino") {
			t.Errorf("told: %s", out.Text)
		}
		if got := strings.Join(c.kinds(), " "); !strings.Contains(got, "alarm.raised alarm.resolved shift.heard") {
			t.Errorf("the book has %s", got)
		}
		if got := c.now(s); got.Muted || !got.Asked.IsZero() || got.State != shift.Active {
			t.Errorf("afterwards %+v", got)
		}
		c.mail.Phone(t, "aino@huolto.example").Expect("has not been heard since") // and again
	})
}

// Who is missed as well is in graver trouble: the phone alone does not end it.
func TestMissedCheckInIsGraverThanASilentPhone(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, c *team) {
		c.mail.Patience = 3 * time.Hour
		s, err := c.desk.Start(t.Context(), c.as("Aino"), c.worker.Person, "", shift.Terms{Every: time.Hour, Grace: 2 * time.Minute, Warn: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		c.report(s, 80)
		c.mail.Phone(t, "mika@huolto.example").Expect("Silent phone")
		c.mail.Phone(t, "mika@huolto.example").Expect("Missed check-in")
		c.report(s, 80)
		if a, open := c.open(); !open || a.Kind != alarm.MissedCheckIn {
			t.Errorf("%+v, open %t", a, open)
		}
	})
}

func TestOutOfCoverageIsNoMissedCheckInUntilItsEnd(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, c *team) {
		c.mail.Patience = 3 * time.Hour
		s, err := c.desk.Start(t.Context(), c.as("Aino"), c.worker.Person, "", shift.Terms{Every: 30 * time.Minute, Grace: 2 * time.Minute, Warn: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		c.report(s, 80)
		until := c.s.Now().Add(2 * time.Hour).UTC()
		if s, err = c.desk.Leave(t.Context(), c.as("Aino"), s.ID, until); err != nil || !s.Away.Equal(until) {
			t.Fatalf("%+v, %v", s, err)
		}
		out := c.mail.Phone(t, "mika@huolto.example").Expect("Not back in coverage")
		a, open := c.open()
		if !open || a.Kind != alarm.MissedCheckIn || !a.Back.Equal(until) {
			t.Fatalf("%+v, open %t", a, open)
		}
		if late := a.Due.Sub(until); late != 7*time.Minute {
			t.Errorf("raised %v after the plan's end, want margin and grace", late)
		}
		if !strings.Contains(out.Text, "was to be back in coverage at") {
			t.Errorf("told: %s", out.Text)
		}
		if got := strings.Join(c.kinds(), " "); !strings.Contains(got, "shift.away") {
			t.Errorf("the book has %s", got)
		}
		for _, sent := range c.mail.Sent() {
			if strings.Contains(sent.Text, "has not been heard since") {
				t.Error("the worker was asked about a phone that has no network")
			}
		}
	})
}

func TestLowBatteryTellsWorkerAndMonitorsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c *team) {
		rules := watch.Rules{Silence: time.Hour, LowBattery: 20, Away: time.Hour}
		if err := watch.Set(t.Context(), c.s, c.as("Päivi"), rules); err != nil {
			t.Fatal(err)
		}
		s := c.start()
		for _, percent := range []int{40, 19, 21, 18} {
			c.report(s, percent)
		}
		if got := c.now(s); !got.Low || got.HeardBattery != 18 {
			t.Errorf("%+v", got)
		}
		c.mail.Phone(t, "aino@huolto.example").Expect("down to 19 %")
		for _, name := range []string{"mika", "sari"} {
			c.mail.Phone(t, name+"@huolto.example").Expect("has 19 % of its battery left")
		}
		told := 0
		for _, k := range c.kinds() {
			if k == "shift.battery_low" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the book says so %d times", told)
		}
	})
}
