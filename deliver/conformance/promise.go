package conformance

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/store"
)

// ended are the states that a message may stay in.
var ended = []deliver.State{
	deliver.HandedOver, deliver.Relayed, deliver.Delivered, deliver.Answered, deliver.Failed, deliver.Expired, deliver.Cancelled,
}

func comesToAnEnd(x *trial) {
	const n = 5
	var all []id.Message
	for i := range n {
		all = append(all, x.send(time.Hour, x.here(i)))
	}
	for i, m := range all {
		x.until("the message leaves the queue", func() bool { return slices.Contains(ended, x.state(m)) })
		if s := x.state(m); s == deliver.Expired || s == deliver.Cancelled {
			x.Errorf("message %d is %s", i, s)
		}
		if got := x.at(x.Address(i)); len(got) != 1 || got[0].Attempt == "" && !x.Nameless {
			x.Errorf("the peer has %+v for address %d, want one message with its attempt's id", got, i)
		}
	}
	if x.Refused == "" {
		return
	}
	m := x.send(time.Hour, deliver.Stop{Channel: x.Channel.Name(), Address: x.Refused})
	x.until("a refused message fails", func() bool { return x.state(m) == deliver.Failed })
}

func goesTheNextWay(x *trial) {
	if x.Refused == "" {
		x.Skip("this peer refuses no address when it is asked")
	}
	next := deliver.Stop{Channel: x.spare.name, Address: "spare"}
	m := x.send(time.Hour, deliver.Stop{Channel: x.Channel.Name(), Address: x.Refused}, next)
	x.until("the message takes the next way", func() bool { return x.spare.count() == 1 && x.state(m) == deliver.HandedOver })
}

func deadIsSaid(x *trial) {
	well := x.send(time.Hour, x.here(5))
	x.until("the message leaves", func() bool { return x.state(well) != deliver.Queued })
	if x.Refused == "" && x.Died == nil {
		x.Skip("this peer never says that an address is dead")
	}
	if x.Refused != "" {
		m := x.send(time.Hour, deliver.Stop{Channel: x.Channel.Name(), Address: x.Refused})
		x.until("a refused message fails", func() bool { return x.state(m) == deliver.Failed })
		if n := x.dead(x.Refused); n != 1 {
			x.Errorf("the address that was refused is called dead %d times", n)
		}
	}
	if x.Died != nil {
		m := x.send(time.Hour, x.here(6))
		x.until("the message is handed over", func() bool { return x.state(m) != deliver.Queued && len(x.at(x.Address(6))) == 1 })
		for range 2 {
			x.Died(x.T, x.at(x.Address(6))[0])
		}
		x.until("the address is called dead", func() bool { return x.state(m) == deliver.Failed && x.dead(x.Address(6)) > 0 })
	}
	if n := x.dead(x.Address(5)); n != 0 {
		x.Errorf("an address that works is called dead")
	}
}

func doesNotLeaveLate(x *trial) {
	x.Stop()
	m := x.send(3*time.Second, x.here(1))
	x.until("the message expires", func() bool { s := x.state(m); return s == deliver.Expired || s == deliver.Failed })
	x.Start()
	if x.within(2*time.Second, func() bool { return len(x.at(x.Address(1))) > 0 }) {
		x.Error("it left after its time")
	}
}

func doesNotLeaveCancelled(x *trial) {
	x.Stop()
	m := x.send(time.Hour, x.here(2))
	x.until("a try fails", func() bool { return x.read(x.store, m).Tries > 0 })
	x.do(func(tx *store.Tx) error { return deliver.CancelAbout(tx, string(x.about)) })
	// What was under way at this moment may still arrive, for 2 s.
	x.within(2*time.Second, func() bool { return false })
	x.Start()
	if x.within(5*time.Second, func() bool { return len(x.at(x.Address(2))) > 0 }) {
		x.Error("it left although it had been taken back")
	}
	if s := x.state(m); s != deliver.Cancelled {
		x.Errorf("the message is %s", s)
	}
}

func comesBack(x *trial) {
	x.Stop()
	m := x.send(time.Hour, x.here(3))
	x.until("a try fails", func() bool { return x.read(x.store, m).Tries > 0 })
	x.Start()
	x.until("the message arrives", func() bool { return len(x.at(x.Address(3))) > 0 && x.state(m) != deliver.Queued })
}

// keepsTheAttempt sends, and goes on from the database as it was before the
// sending was recorded.
func keepsTheAttempt(x *trial) {
	x.stop()
	crashed := filepath.Join(x.TempDir(), "crashed.db")
	imaged := &imaged{Channel: x.Channel, after: sync.OnceValue(func() error { return x.image(crashed) })}
	x.start(x.store, imaged)
	m := x.send(time.Hour, x.here(4))
	x.until("the message is sent", func() bool { return x.state(m) != deliver.Queued })
	x.stop()
	if err := imaged.after(); err != nil {
		x.Fatal(err)
	}
	again := x.open(crashed)
	if s := x.read(again, m).State; s != deliver.Queued {
		x.Fatalf("after the crash the message is %s, so nothing is tried", s)
	}
	x.start(again, x.Channel)
	x.until("the message is sent again", func() bool { return x.read(again, m).State != deliver.Queued })
	got := x.at(x.Address(4)) // one, where the peer itself knows a double
	if len(got) == 0 || !x.Nameless && (got[0].Attempt != got[len(got)-1].Attempt || got[0].Attempt != x.read(again, m).AttemptID()) {
		x.Errorf("the peer has %+v", got)
	}
}

// overtakes has the peer report between the sending and its record.
func overtakes(x *trial) {
	if !x.reports(deliver.Delivered) {
		x.Skip("after hand-over this peer reports no delivery")
	}
	x.stop()
	var reported sync.WaitGroup
	hasty := &imaged{Channel: x.Channel, after: sync.OnceValue(func() error {
		of := x.at(x.Address(5))
		if len(of) == 0 {
			return errors.New("the peer has nothing")
		}
		reported.Go(func() { x.Report(x.T, of[0], deliver.Delivered) })
		x.within(200*time.Millisecond, func() bool { return false }) // the report is at the door
		return nil
	})}
	x.start(x.store, hasty)
	m := x.send(time.Hour, x.here(5))
	x.until("the report counts", func() bool { return x.state(m) == deliver.Delivered })
	reported.Wait()
}

// reports tells whether the peer can report a state.
func (x *trial) reports(s deliver.State) bool {
	return x.Report != nil && (x.Reports == nil || slices.Contains(x.Reports, s))
}

// imaged is a channel behind which the node dies.
type imaged struct {
	deliver.Channel
	after func() error
}

func (c *imaged) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	receipt, err := c.Channel.Send(ctx, out)
	if err == nil {
		err = c.after()
	}
	return receipt, err
}

// how strong a state is, as the suite understands it.
var strength = map[deliver.State]int{deliver.Queued: 0, deliver.Failed: 1, deliver.HandedOver: 2, deliver.Relayed: 3, deliver.Delivered: 4}

func reports(x *trial) {
	if x.Report == nil {
		x.Skip("after hand-over this peer reports nothing")
	}
	for i, order := range [][]deliver.State{
		{deliver.HandedOver, deliver.Delivered},
		{deliver.Delivered, deliver.HandedOver, deliver.Delivered},
		{deliver.Delivered, deliver.Failed, deliver.HandedOver},
		{deliver.HandedOver, deliver.Failed, deliver.Delivered},
		{deliver.Failed, deliver.Failed, deliver.Delivered, deliver.Delivered, deliver.Failed},
	} {
		n := 10 + i
		m := x.send(time.Hour, x.here(n))
		x.until("the message is handed over", func() bool { return x.state(m) != deliver.Queued && len(x.at(x.Address(n))) == 1 })
		best := x.state(m)
		for _, s := range order {
			if !x.reports(s) {
				continue
			}
			x.Report(x.T, x.at(x.Address(n))[0], s)
			now := x.state(m)
			if strength[now] < strength[best] && now != deliver.Failed || best == deliver.Delivered && now != best {
				x.Errorf("order %v: after the report %s the message went from %s to %s", order, s, best, now)
			}
			best = now
		}
		if best != deliver.Delivered && best != deliver.Relayed {
			x.Errorf("order %v: the message ends %s", order, best)
		}
	}
	if !x.reports(deliver.Failed) {
		return
	}
	m := x.send(time.Hour, x.here(20))
	x.until("the message is handed over", func() bool { return x.state(m) != deliver.Queued && len(x.at(x.Address(20))) == 1 })
	x.Report(x.T, x.at(x.Address(20))[0], deliver.Failed)
	x.until("a failure that is reported later ends it", func() bool { return x.state(m) == deliver.Failed })
}
