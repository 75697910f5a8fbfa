package deliver_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/store"
)

// slow is a carrier that says nothing until it is let, and then no.
type slow struct {
	asked chan struct{}
	let   chan struct{}
}

func (*slow) Name() string { return "sms" }

func (c *slow) Send(context.Context, deliver.Outgoing) (deliver.Receipt, error) {
	close(c.asked)
	<-c.let
	return deliver.Receipt{}, deliver.Refused("21211", "no such number")
}

// A node that cannot hold on to what it sends loses it to another one; what it
// says about it afterwards takes nothing back that is known by then.
func TestANodeThatComesTooLateTakesNothingBack(t *testing.T) {
	for name, one := range map[string]struct {
		route  []deliver.Stop
		report deliver.State // what the other node's carrier says meanwhile
		want   deliver.State
		mails  int
	}{
		"it has arrived":               {[]deliver.Stop{ring, aino}, deliver.Delivered, deliver.Delivered, 0},
		"it has arrived, the only way": {[]deliver.Stop{ring}, deliver.Delivered, deliver.Delivered, 0},
		"it went the next way":         {[]deliver.Stop{ring, aino}, deliver.Failed, deliver.HandedOver, 1},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.db")
			synctest.Test(t, func(t *testing.T) {
				var away atomic.Bool
				s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{NoSync: true, Trip: func(step string) error {
					if step == "message.hold" && away.Load() {
						return errors.New("the database does not answer")
					}
					return nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				o := open(t, s)
				other := o.stop
				synctest.Wait() // the later one to stand ready is handed what is queued
				late := &slow{make(chan struct{}), make(chan struct{})}
				o.run(map[string]deliver.Channel{"sms": late, "email": o.mail})
				synctest.Wait()

				away.Store(true)
				m := o.queue(o.org, deliver.Message{About: "alm_1", Route: one.route})
				<-late.asked
				time.Sleep(15 * time.Second) // its claim is over, and the other has looked
				if got := o.state(m).State; got != deliver.HandedOver || len(o.phone.Sent()) != 1 {
					t.Fatalf("the other node did not take it over: it is %s", got)
				}
				o.mail.Stall(1, 5*time.Second)
				report := deliver.Report{ProviderID: "sms-000001", State: one.report}
				if err := (deliver.Aftermath{}).Apply(t.Context(), s, "sms", report); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Second)
				close(late.let)
				away.Store(false)
				time.Sleep(15 * time.Second)
				if got := o.state(m); got.State != one.want || got.Stop != one.mails {
					t.Errorf("the message is %s at stop %d", got.State, got.Stop)
				}
				if err := s.View(t.Context(), o.org, func(tx *store.Tx) error {
					all, err := deliver.AttemptsAbout(tx, "alm_1", 10)
					if len(all) != 1+one.mails || all[0].State != one.report || one.report == deliver.Delivered && all[0].ProviderID != "sms-000001" {
						t.Errorf("%+v", all)
					}
					return err
				}); err != nil {
					t.Error(err)
				}
				if len(o.failed) > 0 || len(o.mail.Sent()) != one.mails {
					t.Errorf("it is taken for lost %d times, and went on %d times", len(o.failed), len(o.mail.Sent()))
				}
				other()
				o.stop()
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// broken is a channel with a bug that one message brings out.
type broken struct{ deliver.Channel }

func (broken) Send(context.Context, deliver.Outgoing) (deliver.Receipt, error) {
	panic("a bug")
}

func TestAMessageThatAChannelDoesNotBearGoesTheNextWay(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.stop()
		o.run(map[string]deliver.Channel{"sms": broken{o.phone}, "email": o.mail})
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}})
		time.Sleep(time.Minute)
		if got := o.state(m); got.State != deliver.HandedOver || len(o.mail.Sent()) != 1 {
			t.Errorf("the message is %s, and %d mails went out", got.State, len(o.mail.Sent()))
		}
	})
}
