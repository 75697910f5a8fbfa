package deliver_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
	"muster/mustertest/world"
	"muster/store"
)

// report is what a carrier says of the nth message it took, from 1.
func (o *office) report(channel, n string, s deliver.State) {
	o.t.Helper()
	err := deliver.Aftermath{Failed: o.note}.Apply(o.t.Context(), o.s, channel, deliver.Report{ProviderID: channel + "-00000" + n, State: s})
	if err != nil {
		o.t.Fatal(err)
	}
	synctest.Wait()
}

func (o *office) note(tx *store.Tx, m deliver.Message) error {
	tx.AfterCommit(func() { o.failed = append(o.failed, m) })
	return nil
}

func TestASilentCarrierIsNotWaitedFor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}})
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if n := len(o.mail.Sent()); n != 0 {
			t.Fatalf("%d mails after 29 s", n)
		}
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		o.mail.Phone(t, aino.Address).Expect("test")
		if got := o.state(m); got.State != deliver.HandedOver || got.Stop != 1 {
			t.Errorf("%s at stop %d", got.State, got.Stop)
		}
		time.Sleep(time.Hour) // a mail's relay may be silent for good
		synctest.Wait()
		if len(o.mail.Sent()) != 1 || len(o.phone.Sent()) != 1 || len(o.failed) != 0 {
			t.Errorf("%d mails, %d texts, %d failures", len(o.mail.Sent()), len(o.phone.Sent()), len(o.failed))
		}
		// What the first carrier says in the end still counts.
		o.report("sms", "1", deliver.Delivered)
		if got := o.state(m).State; got != deliver.Delivered {
			t.Errorf("the message is %s", got)
		}
	})
}

func TestAReportInTimeEndsTheWait(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}})
		time.Sleep(25 * time.Second)
		o.report("sms", "1", deliver.HandedOver) // says nothing new, and ends nothing
		o.report("sms", "1", deliver.Delivered)
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(o.mail.Sent()); n != 0 || o.state(m).State != deliver.Delivered {
			t.Errorf("%d mails, %s", n, o.state(m).State)
		}
	})
}

func TestAGoodReportOfTheFirstTryStopsTheSecond(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.mail.Fail(1000, errors.New("down"))
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}})
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if got := o.state(m); got.State != deliver.Queued || got.Stop != 1 {
			t.Fatalf("%s at stop %d", got.State, got.Stop)
		}
		o.report("sms", "1", deliver.HandedOver) // old news of an old try
		if got := o.state(m); got.State != deliver.Queued {
			t.Fatalf("it is %s: the second way was given up", got.State)
		}
		o.report("sms", "1", deliver.Delivered)
		tries := o.mail.Tries()
		time.Sleep(time.Hour)
		synctest.Wait()
		if o.mail.Tries() > tries+1 || o.state(m).State != deliver.Delivered {
			t.Errorf("%d tries more, %s", o.mail.Tries()-tries, o.state(m).State)
		}
	})
}

func TestWhereNoWayIsLeftSilenceIsTold(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}})
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := o.state(m).State; len(o.failed) != 1 || o.failed[0].State != deliver.HandedOver || got != deliver.HandedOver {
			t.Fatalf("told of %v, the message is %s", o.failed, got)
		}
		o.report("sms", "1", deliver.Delivered)
		if got := o.state(m).State; got != deliver.Delivered {
			t.Errorf("a late report leaves it %s", got)
		}
		// A carrier that has it may still deliver it, whatever became of the next way.
		o.mail.Fail(1, deliver.Refused("550", "no such mailbox"))
		both := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}})
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if got := o.state(both).State; len(o.failed) != 2 || got != deliver.HandedOver {
			t.Errorf("told of %d, the message is %s", len(o.failed), got)
		}
	})
}

func TestTheWaitOutlivesTheNode(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}})
		synctest.Wait()
		o.stop()
		time.Sleep(time.Minute)
		o.start()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		o.mail.Phone(t, aino.Address).Expect("test")
	})
}

func TestNobodyWaitsForWhatIsOverOrTooOld(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, About: "alm_1"})
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, Valid: 20 * time.Second})
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, Lane: deliver.Notice})
		time.Sleep(10 * time.Second)
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error { return deliver.CancelAbout(tx, "alm_1") })
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := len(o.mail.Sent()); n != 0 || len(o.failed) != 0 {
			t.Errorf("%d mails, told of %d", n, len(o.failed))
		}
	})
}

// What a carrier has when an alarm ends may still come back. That is known
// then, and no further way is tried: nobody is to be called about what is over.
func TestWhatComesBackAfterItWasTakenBackGoesNoOtherWay(t *testing.T) {
	for name, lane := range map[string]deliver.Lane{"an alarm": deliver.SOS, "something that no report is waited for": deliver.Notice} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, o *office) {
				m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, About: "alm_1", Lane: lane})
				synctest.Wait()
				err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error { return deliver.CancelAbout(tx, "alm_1") })
				if err != nil {
					t.Fatal(err)
				}
				o.report("sms", "1", deliver.Relayed) // it is still on its way
				time.Sleep(time.Minute)
				o.report("sms", "1", deliver.Failed)
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := len(o.mail.Sent()); n != 0 {
					t.Errorf("%d mails left an hour after it was over", n)
				}
				if got := o.state(m).State; got != deliver.Failed {
					t.Errorf("the message is %s", got)
				}
			})
		})
	}
}

// deaf is a carrier that takes a message although nobody waits for it any more.
type deaf struct {
	*world.Carrier
	open chan struct{}
}

func (d deaf) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	<-d.open
	return d.Carrier.Send(context.WithoutCancel(ctx), out)
}

func TestWhatACarrierTakesWhileItIsTakenBackGoesNoOtherWay(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.stop()
		d := deaf{o.phone, make(chan struct{})}
		o.run(map[string]deliver.Channel{"email": o.mail, "sms": d})
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, About: "alm_1"})
		time.Sleep(time.Second)
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error { return deliver.CancelAbout(tx, "alm_1") })
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		close(d.open)
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := o.state(m).State; got != deliver.HandedOver || len(o.phone.Sent()) != 1 {
			t.Errorf("the message is %s, %d texts left", got, len(o.phone.Sent()))
		}
		if n := len(o.mail.Sent()); n != 0 {
			t.Errorf("%d mails left after it was over", n)
		}
	})
}

// What is queued when an alarm ends, in the database, in a lane's memory or
// with a carrier that is slow, leaves no later than 2 s after.
func TestNothingLeavesAfterItWasTakenBack(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		const n = 300
		o.phone.Stall(n, 10*time.Second)
		for range n {
			o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, About: "alm_1"})
		}
		time.Sleep(11 * time.Second) // some have left, some are under way, in line, in the database
		synctest.Wait()
		left := len(o.phone.Sent())
		if left == 0 || left == n {
			t.Fatalf("%d of %d have left", left, n)
		}
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error { return deliver.CancelAbout(tx, "alm_1") })
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		left = len(o.phone.Sent())
		time.Sleep(time.Hour)
		synctest.Wait()
		if more := len(o.phone.Sent()) - left; more != 0 || len(o.mail.Sent()) != 0 {
			t.Errorf("%d texts and %d mails left later", more, len(o.mail.Sent()))
		}
		if len(o.failed) != 0 {
			t.Errorf("told of %d failures", len(o.failed))
		}
		// What is queued anew about the same thing goes out.
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{aino}, About: "alm_1"})
		synctest.Wait()
		o.mail.Phone(t, aino.Address).Expect("test")
	})
}

func TestACallIsSaidAnewInTheUnitThatTakesTheOldOneBack(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.phone.Stall(1, 10*time.Second)
		o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}, About: "alm_1"})
		time.Sleep(time.Second)
		var next deliver.Message
		err := o.s.Do(t.Context(), o.org, func(tx *store.Tx) error {
			if err := deliver.CancelCalls(tx, "alm_1"); err != nil {
				return err
			}
			id, err := deliver.Queue(tx, deliver.Message{
				Purpose: "test", Lane: deliver.SOS, Lang: "en", About: "alm_1", Valid: time.Hour, Route: []deliver.Stop{ring},
				Facts: map[string]any{"Org": "Test"},
			})
			next.ID = id
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if all := o.phone.Sent(); len(all) != 1 || all[0].Message != next.ID {
			t.Errorf("sent %+v", all)
		}
	})
}
