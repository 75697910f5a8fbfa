package sip

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/transcript"
	"muster/deliver/voice"
	"muster/id"
)

const (
	lineWait = time.Second
	quick    = 4 * time.Second  // a trunk that has taken a call and says no more has handed it on
	silent   = 12 * time.Second // a trunk that says nothing at all in this time is out of order
	closing  = 5 * time.Second
)

// placed is a call that we place.
type placed struct {
	*leg
	dialog  *sipgo.DialogClientSession
	attempt id.Attempt
	to      string
	call    voice.Call
	first   []int16      // sound of the first turn
	answer  chan<- error // to Send, once: nil when the trunk has taken the call
	told    bool
	over    chan struct{} // closed when the call was taken back
}

// Send places one call, and returns when the trunk rings or refuses. What
// becomes of it then is reported to the desk. The call has the attempt's own
// id, so that one placed again after a crash can be told.
func (t *Trunk) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !e164.MatchString(out.To) {
		return deliver.Receipt{}, deliver.Refused("bad_number", "this is not a number in international form", dead.Unknown)
	}
	if t.find(string(out.Attempt)) != nil {
		return taken(out), nil // this very call is under way
	}
	select {
	case t.lines <- struct{}{}:
	case <-time.After(lineWait): // whoever waits here keeps another message of the lane from leaving
		return deliver.Receipt{}, fmt.Errorf("sip: all %d lines are busy", t.setting.lines)
	case <-t.ctx.Done():
		return deliver.Receipt{}, errors.New("sip: the trunk is closing")
	}
	p, err := t.prepare(ctx, out)
	if err != nil {
		<-t.lines
		return deliver.Receipt{}, err
	}
	answer := make(chan error, 1)
	p.answer = answer
	forget := func() {}
	if out.Recalled != nil {
		forget = out.Recalled.Watch(func() { close(p.over) })
	}
	t.wg.Go(func() {
		defer forget()
		defer func() { <-t.lines }()
		defer t.end(string(out.Attempt), p.leg)
		p.run()
	})
	select {
	case err = <-answer:
	case <-ctx.Done():
		p.cancel()
		err = <-answer // it was taken in this very moment, or is withdrawn
	}
	if err != nil {
		return deliver.Receipt{}, err
	}
	return taken(out), nil
}

func taken(out deliver.Outgoing) deliver.Receipt {
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: string(out.Attempt), Detail: "the trunk has taken the call"}
}

// prepare makes the sound before anybody is called: a call that says nothing
// would be worse than none.
func (t *Trunk) prepare(ctx context.Context, out deliver.Outgoing) (*placed, error) {
	p := &placed{attempt: out.Attempt, to: out.To, call: voice.Begin(out), over: make(chan struct{})}
	var err error
	if p.first, err = t.sound(ctx, out.Lang, p.call.Turn().Say); err != nil {
		return nil, err
	}
	if _, err = t.sound(ctx, out.Lang, p.call.Silence().Turn().Say); err != nil {
		return nil, err
	}
	log := transcript.From(ctx)
	log.Hide(t.setting.pass)
	p.leg, err = t.leg(string(out.Attempt), log)
	return p, err
}

// run carries the call from its first ring to its report.
func (p *placed) run() {
	err := p.dial()
	if err != nil {
		p.failed(err)
		return
	}
	p.tell(nil)
	defer p.bye()
	them, err := read(p.dialog.InviteResponse.Body())
	if err != nil {
		p.report(deliver.Report{State: deliver.Failed, Code: "no_codec", Detail: err.Error()})
		return
	}
	p.start(them)
	select {
	case <-p.over: // the other side was faster
		p.call, p.first = p.call.Recalled(), nil
		p.report(p.call.Outcome(""))
	default:
	}
	p.talk()
}

// tell says to Send, once, what came of placing the call.
func (p *placed) tell(err error) {
	if !p.told {
		p.told = true
		p.answer <- err
	}
}

// dial invites, and waits until somebody answers.
func (p *placed) dial() error {
	req := sip.NewRequest(sip.INVITE, p.t.to(p.to))
	from := &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: p.t.setting.from, Host: p.t.seen}, Params: sip.NewParams()}
	from.Params.Add("tag", sip.GenerateTagN(16))
	callID, kind := sip.CallIDHeader(p.attempt), sip.ContentTypeHeader("application/sdp")
	to := &sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: p.to, Host: p.t.setting.host}, Params: sip.NewParams()}
	for _, h := range []sip.Header{from, to, &callID, &kind, sip.NewHeader("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO")} {
		req.AppendHeader(h)
	}
	req.SetTransport(sip.NetworkToUpper(p.t.setting.transport))
	req.SetBody(p.ours.write(payloadALaw, payloadULaw))
	dialog, err := p.t.ua.WriteInvite(p.ctx, req)
	if err != nil {
		p.log.Note("the trunk cannot be reached: " + err.Error())
		return fmt.Errorf("sip: the trunk cannot be reached: %w", err)
	}
	p.dialog = dialog
	if p.log != nil {
		p.log.Said(words(dialog.InviteRequest))
	}
	ring, stop := context.WithCancelCause(context.WithoutCancel(p.ctx)) // how it ends is for listen to say
	defer stop(nil)
	answered, gone, words := make(chan error), make(chan struct{}), make(chan int, 64)
	p.t.wg.Go(func() {
		err := p.wait(ring, words)
		select {
		case answered <- err:
		case <-gone: // nobody listens any more; a call that is up all the same ends here
			if err == nil {
				p.bye()
			}
		}
	})
	defer close(gone)
	return p.listen(answered, words, stop)
}

// wait waits for the answer, and acknowledges it: a call for which it gives no
// error is up, in whatever moment it was answered. The library counts responses
// and gives up at ten; a phone that rings for long has more.
func (p *placed) wait(ring context.Context, words chan<- int) error {
	for {
		n := 0
		err := p.dialog.WaitAnswer(ring, sipgo.AnswerOptions{
			Username: p.t.setting.user, Password: p.t.setting.pass,
			OnResponse: func(r *sip.Response) error {
				n++
				heardOf(p.log, r, p.t.setting.pass != "")
				select {
				case words <- r.StatusCode:
				default:
				}
				return nil
			},
		})
		if last := p.dialog.InviteResponse; err != nil && n > 9 && last != nil && last.IsProvisional() && ring.Err() == nil {
			continue
		}
		if last := p.dialog.InviteResponse; last != nil && last.IsSuccess() {
			err = p.acknowledge()
		}
		return err
	}
}

// acknowledge says that the answer was heard, whatever was decided meanwhile:
// without that it is said again and again, and the call cannot be ended either.
func (p *placed) acknowledge() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	p.log.Said("ACK")
	return p.dialog.Ack(ctx)
}

var (
	errRang = errors.New("it rang, and nobody answered")
	errMute = errors.New("sip: the trunk says nothing")
	errOver = errors.New("it was taken back before it was answered")
)

// listen follows what the trunk says while the call is being placed, and gives
// up in time. A call that is given up is withdrawn in the background: whoever
// is next is not to wait for that.
func (p *placed) listen(answered <-chan error, words <-chan int, stop context.CancelCauseFunc) error {
	ring, mute := time.NewTimer(p.t.setting.ring), time.NewTimer(silent)
	defer ring.Stop()
	defer mute.Stop()
	var soon <-chan time.Time
	over := p.over
	giveUp := func(err error) error {
		if soon == nil && !p.told { // it has not said a word: there is nothing to withdraw, and it is not to be asked again
			stop(sipgo.WaitAnswerForceCancelErr)
		} else {
			p.log.Said("CANCEL")
		}
		p.log.Note(strings.TrimPrefix(err.Error(), "sip: "))
		stop(nil)
		return err
	}
	for {
		select {
		case code := <-words:
			mute.Stop()
			switch {
			case code == sip.StatusTrying:
				soon = time.After(quick)
			case code < 200:
				p.tell(nil)
			}
		case <-soon:
			p.tell(nil)
		case err := <-answered:
			if over == nil && err != nil {
				return errOver
			}
			return err
		case <-over: // it is withdrawn, but may be answered meanwhile
			over = nil
			ring.Stop()
			mute.Stop()
			p.log.Said("CANCEL")
			stop(errOver)
		case <-mute.C:
			return giveUp(errMute)
		case <-ring.C:
			return giveUp(errRang)
		case <-p.ctx.Done():
			return giveUp(errors.New("sip: the call was given up while it was being placed"))
		}
	}
}

// failed says why a call did not come about: to Send if that waits still,
// otherwise in a report.
func (p *placed) failed(err error) {
	state, code, detail := deliver.Failed, "failed", err.Error()
	switch {
	case errors.Is(err, errRang):
		code = "no_answer"
	case errors.Is(err, errOver):
		state, code = deliver.Cancelled, voice.Withdrawn
	}
	status := 0
	if r, ok := errors.AsType[*sipgo.ErrDialogResponse](err); ok {
		status = r.Res.StatusCode
		code, detail = meaning(status), strings.TrimSpace(strconv.Itoa(status)+" "+r.Res.Reason)
	}
	if !p.told {
		switch {
		case code == "no_such_number":
			p.tell(deliver.Refused(strconv.Itoa(status), detail, dead.SIP(status)))
			return
		case code == "failed":
			p.tell(fmt.Errorf("sip: %s", strings.TrimPrefix(detail, "sip: ")))
			return
		}
		p.tell(nil)
	}
	p.report(deliver.Report{State: state, Code: code, Detail: detail, Dead: dead.SIP(status)})
}

// meaning classifies a final answer to a call (RFC 3261 §21). What is not
// about the called person is "failed".
func meaning(status int) string {
	switch status {
	case 486, 600:
		return "busy"
	case 408, 480, 487:
		return "no_answer"
	case 603, 607, 608:
		return "declined"
	case 404, 410, 484, 604:
		return "no_such_number"
	}
	return "failed"
}

// talk goes through the call's turns until it is over.
func (p *placed) talk() {
	sound, reported := p.first, false
	for turn := p.call.Turn(); ; turn = p.call.Turn() {
		if sound == nil {
			var err error
			if sound, err = p.t.sound(p.ctx, p.call.Tag, turn.Say); err != nil {
				if !p.call.Heard && !reported {
					p.report(deliver.Report{State: deliver.Failed, Code: "speech", Detail: err.Error()})
				}
				return
			}
		}
		p.spoken(turn.Say)
		keys, here := p.turn(turn, sound)
		p.typed(keys, here)
		sound = nil
		switch {
		case turn.Last:
			return
		case !here:
			p.call = p.call.HungUp()
		case keys == "":
			p.call = p.call.Silence()
		default:
			p.press(keys)
		}
		if p.call.Over() && !p.call.Heard && !reported {
			reported = true
			p.report(p.call.Outcome(""))
		}
		if !here {
			return
		}
	}
}

func (p *placed) press(key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), silent)
	defer cancel()
	var err error
	p.call, err = p.t.Desk.Press(ctx, p.call, string(p.attempt), p.attempt, p.to, key, p.t.Now())
	if err != nil {
		p.t.Log.Error("a key pressed in a call could not be recorded", "attempt", p.attempt, "err", err)
	}
}

// report tells what became of the call, also while the trunk is closing.
func (p *placed) report(r deliver.Report) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), silent)
	defer cancel()
	r.ProviderID = string(p.attempt)
	if err := p.t.Desk.Report(ctx, r); err != nil {
		p.t.Log.Error("what became of a call could not be recorded", "attempt", p.attempt, "state", r.State, "err", err)
	}
}

// bye ends the call at the other side.
func (p *placed) bye() {
	if p.ended.Load() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	p.log.Said("BYE")
	_ = p.dialog.Bye(ctx) // it has ended already, or will by itself
}
