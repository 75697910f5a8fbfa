package sip

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"

	"muster/deliver/transcript"
	"muster/deliver/voice"
	"muster/lang"
)

// longest is how long any call may last.
const longest = 5 * time.Minute

// leg is one call with somebody, placed by us or by them.
type leg struct {
	*media
	t       *Trunk
	ctx     context.Context // ends with the call, whoever ends it
	cancel  context.CancelFunc
	ours    session
	ended   atomic.Bool                               // by the other side
	visitor atomic.Pointer[sipgo.DialogServerSession] // of a call that they placed
	log     *transcript.Log                           // of a call that we placed
}

// leg opens the sound of a call and makes it known under its Call-ID.
func (t *Trunk) leg(callID string, log *transcript.Log) (*leg, error) {
	m, err := open(t.local, t.setting.low, t.setting.high, t.trusted...)
	if err != nil {
		return nil, err
	}
	at, err := netip.ParseAddr(t.seen)
	if err != nil {
		m.conn.Close()
		return nil, err
	}
	l := &leg{media: m, t: t, log: log, ours: session{to: netip.AddrPortFrom(at, m.port()), keys: payloadKeys}}
	l.ctx, l.cancel = context.WithTimeout(t.ctx, longest)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.legs[callID] != nil {
		l.cancel()
		m.conn.Close()
		return nil, errors.New("sip: this very call is under way")
	}
	t.legs[callID] = l
	return l, nil
}

// end forgets a call, whichever way it went.
func (t *Trunk) end(callID string, l *leg) {
	l.cancel()
	t.mu.Lock()
	if t.legs[callID] == l {
		delete(t.legs, callID)
	}
	t.mu.Unlock()
	l.close()
}

func (t *Trunk) find(callID string) *leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.legs[callID]
}

// sound makes the sound of all that a turn says.
func (t *Trunk) sound(ctx context.Context, tag lang.Tag, say []string) ([]int16, error) {
	var all []int16
	for _, text := range say {
		part, err := t.Say(ctx, tag, text)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		all = append(all, make([]int16, breath)...)
	}
	return all, nil
}

// breath is the pause between two things said, in samples.
const breath = 2000

// turn says one turn and waits for what comes back: a key or, where many are
// taken, all that is typed; empty when there is only silence. here is false
// when the call has ended.
func (l *leg) turn(t voice.Turn, sound []int16) (keys string, here bool) {
	said := l.tell(sound)
	timer := time.NewTimer(longest)
	defer timer.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return keys, false
		case key := <-l.keys:
			if t.Last {
				continue
			}
			l.hush()
			said = nil
			keys += key
			if !t.Many || voice.Complete(keys) {
				return keys, true
			}
			timer.Reset(t.Listen)
		case <-said:
			said = nil
			if t.Listen == 0 {
				return "", true
			}
			timer.Reset(t.Listen)
		case <-timer.C:
			return keys, true
		}
	}
}
