package outage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"muster/deliver"
)

// hands is how many letters are under way at once, and sendTime the longest
// that one try may take.
const (
	hands    = 16
	sendTime = 60 * time.Second
)

// Sender hands over what a journal says.
type Sender struct {
	Channels map[string]deliver.Channel
	Compose  func(deliver.Message, deliver.Stop) (deliver.Outgoing, error)
	Now      func() time.Time
	Progress func(Tally) // after each try
}

// Tally is how far a run is.
type Tally struct {
	Letters int
	Out     int // a carrier has them
	Lost    int // no way was left, or their time passed
	Waiting int
	Twice   int // may have come twice
	Missing int // people without an address that counts
	Silent  int // organisations of which nobody is told
}

// Count is how far the journal says it is.
func (j *Journal) Count() (t Tally) {
	for _, h := range j.Run.Houses {
		t.Missing += len(h.Missing)
		if len(h.Letters) == 0 {
			t.Silent++
		}
		for _, l := range h.Letters {
			t.Letters++
			now, _, _ := j.Now(l.Message)
			switch now.State {
			case deliver.Queued:
				t.Waiting++
			case deliver.Failed, deliver.Expired, deliver.Cancelled:
				t.Lost++
			default:
				t.Out++
			}
			if j.twice(l) {
				t.Twice++
			}
		}
	}
	return t
}

func (j *Journal) twice(l Letter) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, t := range j.tries[l.ID] {
		if t.Twice {
			return true
		}
	}
	return false
}

// Send goes on until everything has an end, or ctx does: what waits then can be
// gone on with, by another process as well.
func (s Sender) Send(ctx context.Context, j *Journal) (t Tally, err error) {
	if !j.Given.IsZero() {
		return t, errors.New("this journal was taken into the books; what it left goes on from there")
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	t = j.Count()
	hand := make(chan struct{}, hands)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	after := func(before, now deliver.Message, twice bool) {
		mu.Lock()
		defer mu.Unlock()
		if now.State != deliver.Queued {
			t.Waiting--
			if now.State == deliver.Failed || now.State == deliver.Expired {
				t.Lost++
			} else {
				t.Out++
			}
		}
		if twice {
			t.Twice++
		}
		if s.Progress != nil {
			s.Progress(t)
		}
	}
	for _, h := range j.Run.Houses {
		for _, l := range h.Letters {
			m, due, unsure := j.Now(l.Message)
			if m.State != deliver.Queued {
				continue
			}
			wg.Go(func() {
				if err := s.letter(ctx, j, m, due, unsure, hand, after); err != nil && ctx.Err() == nil {
					cancel(err)
				}
			})
		}
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return j.Count(), err
	}
	end := s.Now()
	return j.Count(), j.add(record{Over: &end}, true)
}

// letter tries one message until it has an end.
func (s Sender) letter(ctx context.Context, j *Journal, m deliver.Message, due time.Time, unsure bool, hand chan struct{}, after func(before, now deliver.Message, twice bool)) error {
	for m.State == deliver.Queued {
		if wait := due.Sub(s.Now()); wait > 0 {
			tick := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				tick.Stop()
				return ctx.Err()
			case <-tick.C:
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case hand <- struct{}{}:
		}
		next, at, err := s.try(ctx, j, m, unsure)
		<-hand
		if err != nil {
			return err
		}
		after(m, next, unsure)
		m, due, unsure = next, at, false
	}
	return nil
}

// try makes one attempt: on the disk before it leaves, and in the journal when
// the carrier has answered.
func (s Sender) try(ctx context.Context, j *Journal, m deliver.Message, unsure bool) (next deliver.Message, due time.Time, err error) {
	if ctx.Err() != nil {
		return m, due, ctx.Err()
	}
	if err := j.add(record{Begun: &begun{m.ID, m.Stop, m.Tries, unsure}}, true); err != nil {
		return m, due, fmt.Errorf("nothing leaves that cannot be written down first: %w", err)
	}
	receipt, failed := s.hand(ctx, m)
	next, due, a, why := m.Tried(receipt, failed, s.Now())
	if unsure {
		a.Detail = "possibly twice; " + a.Detail
	}
	err = j.add(record{Came: &attempt{
		Attempt: a, Stop: m.Stop, Tries: m.Tries, After: next.State, NextStop: next.Stop, NextTries: next.Tries, Due: due, Dead: why, Twice: unsure,
	}}, false)
	return next, due, err
}

func (s Sender) hand(ctx context.Context, m deliver.Message) (r deliver.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	left := m.Expires.Sub(s.Now())
	if left <= 0 {
		return r, errors.New("its validity passed before it could leave")
	}
	stop := m.Route[min(m.Stop, len(m.Route)-1)]
	ch := s.Channels[stop.Channel]
	if ch == nil {
		return r, deliver.Refused("no_channel", "no "+stop.Channel+" channel is set up for outages")
	}
	out, err := s.Compose(m, stop)
	if err != nil {
		return r, err
	}
	out.Valid = left
	// What has begun is finished when the program is told to stop: what a
	// carrier said is worth writing down.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(sendTime, left))
	defer cancel()
	return ch.Send(ctx, out)
}
