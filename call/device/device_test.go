package device_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"testing"
	"time"

	"muster/call/alarm"
	"muster/call/device"
	"muster/call/shift"
	"muster/fault"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/store"
)

// crew is an organisation with a worker who carries a phone.
type crew struct {
	t      testing.TB
	town   *town.Town
	org    *town.Organisation
	worker town.Member
	desk   device.Desk
}

func onBoth(t *testing.T, test func(t *testing.T, c *crew)) {
	t.Helper()
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		tn := town.New(t, s)
		org := tn.Organisation("Harbour Works")
		c := &crew{t: t, town: tn, org: org, worker: org.Worker("Aino"), desk: device.Desk{Store: s, Shifts: tn.Desk}}
		org.Monitor("Mika")
		test(t, c)
	})
}

func (c *crew) add(spec device.Spec) (device.Device, string) {
	c.t.Helper()
	d, token, err := c.desk.Add(c.t.Context(), c.worker.Actor, c.worker.Person.Person, spec)
	if err != nil {
		c.t.Fatal(err)
	}
	return d, token
}

func (c *crew) start(every time.Duration) shift.Shift {
	c.t.Helper()
	s, err := c.town.Desk.Start(c.t.Context(), c.worker.Actor, c.worker.Person.Person, "", shift.Terms{Every: every})
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c *crew) send(token string, app device.App, body any) {
	c.t.Helper()
	if err := c.try(token, app, body); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crew) try(token string, app device.App, body any) error {
	r := device.Request{Token: token, App: app}
	switch b := body.(type) {
	case url.Values:
		r.Query = b
	default:
		r.Body, _ = json.Marshal(b)
	}
	return c.desk.Take(context.Background(), r)
}

func (c *crew) profile() shift.Profile {
	c.t.Helper()
	p, err := shift.ProfileOf(c.t.Context(), c.town.Store, c.org.Admin.Actor, c.worker.Person.Person)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

func (c *crew) now() time.Time { return c.town.Store.Now() }

func own(lat, lon float64, at time.Time, more ...any) map[string]any {
	m := map[string]any{"_type": "location", "lat": lat, "lon": lon, "tst": at.Unix(), "acc": 9, "batt": 71, "tid": "AI"}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

func TestOA7PositionFromAnAppPeopleHaveStandsOnTheBoard(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		_, token := c.add(device.Spec{App: device.OwnTracks})
		s := c.start(time.Hour)
		c.send(token, device.OwnTracks, own(60.17, 24.94, c.now().Add(time.Second)))
		v, err := shift.Board(t.Context(), c.town.Store, c.org.Admin.Actor, "")
		if err != nil || len(v.Lines) != 1 {
			t.Fatalf("%+v, %v", v, err)
		}
		p := v.Lines[0].Place
		if p.Lat != 60.17 || p.Lon != 24.94 || p.Accuracy != 9 || p.Battery != 71 || p.Source != "OwnTracks" {
			t.Errorf("%+v", p)
		}
		if l := v.Lines[0]; l.Heard.IsZero() || l.HeardBattery != 71 {
			t.Errorf("heard at %v with %d %%", l.Heard, l.HeardBattery)
		}
		if v.Lines[0].Deadline != s.Deadline {
			t.Error("a position moved the deadline: it is no sign of life")
		}
	})
}

func (c *crew) see(fn func(tx *store.Tx) error) {
	c.t.Helper()
	if err := c.town.Store.View(c.t.Context(), c.org.ID, fn); err != nil {
		c.t.Fatal(err)
	}
}

func TestNothingIsKeptOffShiftAndTheAppIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		d, token := c.add(device.Spec{App: device.OwnTracks})
		c.send(token, device.OwnTracks, own(60.17, 24.94, c.now()))
		s := c.start(time.Hour)
		c.send(token, device.OwnTracks, own(61, 25, c.now().Add(-time.Hour))) // from before the shift
		if _, err := c.town.Desk.Finish(t.Context(), c.worker.Actor, s.ID, shift.Signal{}); err != nil {
			t.Fatal(err)
		}
		c.send(token, device.OwnTracks, own(62, 26, c.now()))
		if p := c.profile(); len(p.Trail) != 0 {
			t.Errorf("kept %+v", p.Trail)
		}
		c.see(func(tx *store.Tx) error {
			all, err := device.Of(tx, c.worker.Actor, c.worker.Person.Person)
			if len(all) != 1 || all[0].ID != d.ID || all[0].Heard.IsZero() || all[0].Battery != 71 {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

// A thousand positions, doubled, shuffled and in pieces, are the same as once
// and in order.
func TestBatchesMayComeTwiceAndInAnyOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		_, token := c.add(device.Spec{App: device.Overland})
		s := c.start(time.Hour)
		const n = 1000
		var all []any
		for i := range n {
			at := s.Began.Add(time.Duration(i) * time.Microsecond)
			all = append(all, map[string]any{
				"type": "Feature", "geometry": map[string]any{"type": "Point", "coordinates": []float64{24 + float64(i)/1000, 60}},
				"properties": map[string]any{"timestamp": at.Format(time.RFC3339Nano), "horizontal_accuracy": 5, "battery_level": 0.5},
			})
		}
		for c.now().Before(s.Began.Add(n * time.Microsecond)) {
			continue // all of them must lie in the past
		}
		c.send(token, device.Overland, map[string]any{"locations": all})
		rnd := rand.New(rand.NewPCG(7, 7))
		for range 3 {
			rnd.Shuffle(n, func(i, j int) { all[i], all[j] = all[j], all[i] })
			c.send(token, device.Overland, map[string]any{"locations": all[:n/2]})
		}
		p := c.profile()
		if p.Current.Place.Lon != 24.999 {
			t.Errorf("the last position is %v", p.Current.Place.Lon)
		}
		for i, place := range p.Trail { // the latest ones, newest first
			if want := 24 + float64(n-1-i)/1000; place.Lon != want || len(p.Trail) < 20 {
				t.Fatalf("%d of %d in the trail is at %v, want %v", i, len(p.Trail), place.Lon, want)
			}
		}
	})
}

func TestOldCheckInFromAPhoneNeverExtendsADeadline(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		_, token := c.add(device.Spec{App: device.Other, CheckIn: true})
		s := c.start(time.Hour)
		ok := func(at time.Time) url.Values {
			return url.Values{"lat": {"60.1"}, "lon": {"24.9"}, "timestamp": {strconv.FormatInt(at.UnixMilli(), 10)}, "checkin": {"1"}}
		}
		c.send(token, device.Other, ok(s.Began.Add(-10*time.Minute)))
		if got := c.profile().Current; !got.Deadline.Equal(s.Deadline) {
			t.Errorf("a check-in from before the shift moved the deadline by %v", got.Deadline.Sub(s.Deadline))
		}
		c.send(token, device.Other, ok(c.now().Add(time.Hour))) // by a clock that runs fast
		got := c.profile().Current
		if !got.Deadline.After(s.Deadline) || got.Deadline.After(c.now().Add(time.Hour)) {
			t.Errorf("deadline %v after %v", got.Deadline, s.Deadline)
		}
	})
}

func TestDeliberateReportCountsOnlyWhereItsOwnerAllowedIt(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		_, plain := c.add(device.Spec{App: device.OwnTracks})
		_, may := c.add(device.Spec{App: device.OwnTracks, CheckIn: true})
		s := c.start(time.Hour)
		c.send(plain, device.OwnTracks, own(60, 24, c.now(), "t", "u"))
		if got := c.profile().Current; !got.Deadline.Equal(s.Deadline) {
			t.Error("a report by hand checked in without its owner's leave")
		}
		c.send(may, device.OwnTracks, own(60, 24, c.now().Add(time.Second), "t", "p"))
		if got := c.profile().Current; !got.Deadline.Equal(s.Deadline) {
			t.Error("a report by itself checked in")
		}
		c.send(may, device.OwnTracks, own(60, 24, c.now().Add(time.Second), "t", "u"))
		if got := c.profile().Current; !got.Deadline.After(s.Deadline) {
			t.Error("a report by hand did not check in")
		}
	})
}

func sos(at time.Time) map[string]any {
	return map[string]any{"device_id": "x", "location": map[string]any{
		"timestamp": at.Format(time.RFC3339Nano), "coords": map[string]any{"latitude": 60.2, "longitude": 24.7, "accuracy": 4},
		"battery": map[string]any{"level": 0.12}, "extras": map[string]any{"alarm": "sos"},
	}}
}

func TestOA1SOSOfAnAppIsACallForHelpOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		_, token := c.add(device.Spec{App: device.Traccar})
		c.start(time.Hour)
		at := c.now()
		c.send(token, device.Traccar, sos(at))
		a := c.profile().Alarm
		if a == nil || a.Kind != alarm.Help || a.Place.Lat != 60.2 || a.Place.Battery != 12 {
			t.Fatalf("%+v", a)
		}
		if _, err := alarm.Resolve(t.Context(), c.town.Store, c.org.Admin.Actor, a.ID, alarm.False, ""); err != nil {
			t.Fatal(err)
		}
		c.send(token, device.Traccar, sos(at)) // the phone did not hear our answer
		if c.profile().Alarm != nil {
			t.Error("the same call raised a second alarm")
		}
		c.send(token, device.Traccar, sos(at.Add(time.Millisecond)))
		if c.profile().Alarm == nil {
			t.Error("another call did not")
		}
	})
}

func TestSOSOffShiftIsHeardWithItsPosition(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		_, token := c.add(device.Spec{App: device.Traccar})
		c.send(token, device.Traccar, sos(c.now()))
		a := c.profile().Alarm
		if a == nil || a.Kind != alarm.Help || a.Place.Lat != 60.2 {
			t.Fatalf("%+v", a)
		}
	})
}

func TestTokenEndsWithTheDeviceAndWithItsOwner(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		d, token := c.add(device.Spec{App: device.OwnTracks})
		_, other := c.add(device.Spec{App: device.OwnTracks})
		refused := fault.New(fault.Unauthenticated, "device_refused")
		for _, wrong := range []string{"", "mdv_", token + "x", token[:len(token)-1] + "0", "mst_" + token[4:]} {
			if err := c.try(wrong, device.OwnTracks, own(60, 24, c.now())); !errors.Is(err, refused) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if err := c.desk.Revoke(t.Context(), c.worker.Actor, d.ID); err != nil {
			t.Fatal(err)
		}
		if err := c.try(token, device.OwnTracks, own(60, 24, c.now())); !errors.Is(err, refused) {
			t.Errorf("revoked: %v", err)
		}
		if err := shift.RemovePerson(t.Context(), c.town.Store, c.org.Admin.Actor, c.worker.Person.Person); err != nil {
			t.Fatal(err)
		}
		if err := c.try(other, device.OwnTracks, own(60, 24, c.now())); !errors.Is(err, refused) {
			t.Errorf("the owner has left: %v", err)
		}
	})
}

func TestDevicesAreTheirOwnersAndTheAdministrators(t *testing.T) {
	onBoth(t, func(t *testing.T, c *crew) {
		d, _ := c.add(device.Spec{App: device.GPSLogger, Name: "  Pixel 9 "})
		if d.Name != "Pixel 9" {
			t.Errorf("name %q", d.Name)
		}
		colleague, monitor := c.org.Worker("Veikko"), c.org.Monitor("Sari")
		for _, m := range []town.Member{colleague, monitor} {
			if err := c.desk.Revoke(t.Context(), m.Actor, d.ID); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", m.Name, err)
			}
			if _, _, err := c.desk.Add(t.Context(), m.Actor, c.worker.Person.Person, device.Spec{App: device.Other}); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
		for m, may := range map[*town.Member]bool{&colleague: false, &monitor: true, &c.org.Admin: true} {
			err := c.town.Store.View(t.Context(), c.org.ID, func(tx *store.Tx) error {
				_, err := device.Of(tx, m.Actor, c.worker.Person.Person)
				return err
			})
			if (err == nil) != may {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
		stranger := c.town.Organisation("Elsewhere")
		if err := c.desk.Revoke(t.Context(), stranger.Admin.Actor, d.ID); !errors.Is(err, fault.New(fault.NotFound, "not_found")) {
			t.Errorf("another organisation: %v", err)
		}
		if _, _, err := c.desk.Add(t.Context(), c.org.Admin.Actor, monitor.Person.Person, device.Spec{App: device.Other}); fault.From(err).Code != "not_a_worker" {
			t.Errorf("a device for a monitor: %v", err)
		}
		for i := range 9 {
			c.add(device.Spec{App: device.Other, Name: fmt.Sprint(i)})
		}
		_, _, err := c.desk.Add(t.Context(), c.worker.Actor, c.worker.Person.Person, device.Spec{App: device.Other})
		if fault.From(err).Code != "devices_full" {
			t.Errorf("an eleventh: %v", err)
		}
	})
}
