package world

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"muster/deliver"
)

func TestCarrierRemembersWhatItTook(t *testing.T) {
	c := NewCarrier("sms")
	aino := c.Phone(t, "+358401")
	send := func(to, text string) error {
		_, err := c.Send(t.Context(), deliver.Outgoing{To: to, Text: text})
		return err
	}
	broken := errors.New("line broken")
	c.Fail(1, broken)
	c.Lose(1, broken)
	for _, text := range []string{"one", "two"} {
		if err := send("+358401", text); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want the failure that was asked for", text, err)
		}
	}
	for _, to := range []string{"+358401", "+358401", "+358402"} {
		if err := send(to, "three"); err != nil {
			t.Error(err)
		}
	}
	if got := aino.Expect("t").Text; got != "two" {
		t.Errorf("first message is %q: one was refused, two was taken although it failed", got)
	}
	aino.Expect("three")
	aino.Expect("three")
	aino.ExpectNothing()
	if len(c.Sent()) != 4 || c.Tries() != 5 {
		t.Errorf("%d taken of %d tries, want 4 of 5", len(c.Sent()), c.Tries())
	}
}

func TestPhoneFailsTheTestThatExpectsTooMuch(t *testing.T) {
	c := NewCarrier("sms")
	if _, err := c.Send(t.Context(), deliver.Outgoing{To: "+1", Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]func(*Phone){
		"other words":   func(p *Phone) { p.Expect("bye") },
		"other address": func(p *Phone) { (&Phone{t: p.t, c: c, to: "+2"}).Expect() },
		"nothing":       func(p *Phone) { p.ExpectNothing() },
	} {
		probe := &probe{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			ask(&Phone{t: probe, c: c, to: "+1"})
		}()
		<-done
		if !probe.failed {
			t.Errorf("%s: the test would have passed", name)
		}
	}
}

func TestStallTakesVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCarrier("email")
		c.Stall(2, time.Hour)
		start := time.Now()
		if _, err := c.Send(t.Context(), deliver.Outgoing{}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Hour {
			t.Errorf("took %s, want 1h", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Send(ctx, deliver.Outgoing{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
	})
}
