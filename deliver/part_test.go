package deliver_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/mustertest"
	"muster/store"
)

// inParts is a carrier that numbers the parts of what it takes.
type inParts struct {
	n     int
	times int
}

func (*inParts) Name() string { return "sms" }

func (c *inParts) Send(context.Context, deliver.Outgoing) (deliver.Receipt, error) {
	c.times++
	r := deliver.Receipt{State: deliver.HandedOver}
	for i := range c.n {
		r.Parts = append(r.Parts, fmt.Sprintf("%d-%d", c.times, i))
	}
	r.ProviderID = fmt.Sprint(c.times)
	return r, nil
}

// Whatever the order in which the parts' reports come, and however often, a
// message has arrived when every part has, and failed when one has.
func TestALongTextHasArrivedWhenEveryPartHas(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		carrier := &inParts{}
		o := &office{t: t, s: s, keys: keys(t), org: id.New[id.Org]()}
		defer o.through(map[string]deliver.Channel{"sms": carrier})()
		rapid.Check(t, func(r *rapid.T) {
			carrier.n = rapid.IntRange(2, 5).Draw(r, "parts")
			ends := rapid.SliceOfN(rapid.SampledFrom([]deliver.State{deliver.Delivered, deliver.Delivered, deliver.Failed, ""}), carrier.n, carrier.n).Draw(r, "ends")
			m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring}})
			o.until(func() bool { return o.state(m).State == deliver.HandedOver })
			var order []int
			for i := range ends {
				order = append(order, i, i)
			}
			for _, i := range rapid.Permutation(order).Draw(r, "order") {
				if ends[i] == "" {
					continue
				}
				err := deliver.Aftermath{}.Apply(t.Context(), s, "sms", deliver.Report{ProviderID: fmt.Sprintf("%d-%d", carrier.times, i), State: ends[i]})
				if err != nil {
					r.Fatal(err)
				}
			}
			want := deliver.HandedOver
			switch {
			case slices.Contains(ends, deliver.Failed):
				want = deliver.Failed
			case !slices.Contains(ends, ""):
				want = deliver.Delivered
			}
			if got := o.state(m).State; got != want {
				r.Errorf("parts %v: the message is %s, want %s", ends, got, want)
			}
		})
		for channel, part := range map[string]string{"sms": "0-0", "email": "1-0"} {
			err := deliver.Aftermath{}.Apply(t.Context(), s, channel, deliver.Report{ProviderID: part, State: deliver.Delivered})
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("part %s, which %s does not know: %v", part, channel, err)
			}
		}
	})
}

// through sends over the channels until stop is called.
func (o *office) through(channels map[string]deliver.Channel) (stop func()) {
	u, _ := url.Parse("https://muster.example")
	e := &deliver.Engine{Store: o.s, Keys: o.keys, URL: u, Log: quiet, Channels: channels}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { e.Run(ctx) })
	return func() { cancel(); wg.Wait() }
}

// A part that is reported after its message went on to the next address does
// not take it back; one that completes the first does.
func TestAPartThatComesLateCounts(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, o *office) {
		o.stop()
		o.stop = o.through(map[string]deliver.Channel{"sms": &inParts{n: 2}, "email": o.mail})
		m := o.queue(o.org, deliver.Message{Route: []deliver.Stop{ring, aino}, Valid: time.Hour})
		synctest.Wait()
		for _, step := range []struct {
			part  string
			state deliver.State
			want  deliver.State
		}{
			{"1-0", deliver.Delivered, deliver.HandedOver},
			{"1-1", deliver.Failed, deliver.HandedOver}, // by mail now
			{"1-0", deliver.Delivered, deliver.HandedOver},
			{"1-1", deliver.Delivered, deliver.Delivered},
			{"1-1", deliver.Failed, deliver.Delivered},
		} {
			if err := (deliver.Aftermath{}).Apply(t.Context(), o.s, "sms", deliver.Report{ProviderID: step.part, State: step.state}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if got := o.state(m).State; got != step.want {
				t.Errorf("after %s %s: %s, want %s", step.part, step.state, got, step.want)
			}
		}
		o.mail.Phone(t, aino.Address).Expect("test")
	})
}
