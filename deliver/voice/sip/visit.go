package sip

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"muster/deliver/voice"
)

// serve sets up what the trunk may ask of us.
func (t *Trunk) serve(s *sipgo.Server) {
	s.OnInvite(t.onInvite)
	s.OnAck(func(req *sip.Request, tx sip.ServerTransaction) {
		if l := t.call(req); l != nil {
			if v := l.visitor.Load(); v != nil {
				_ = v.ReadAck(req, tx) // an ACK of another INVITE is not waited for
			}
		}
	})
	s.OnBye(func(req *sip.Request, tx sip.ServerTransaction) {
		l := t.call(req)
		if l == nil {
			respond(req, tx, sip.StatusCallTransactionDoesNotExists, nil)
			return
		}
		l.gone(req, tx)
	})
	s.OnInfo(func(req *sip.Request, tx sip.ServerTransaction) {
		l := t.call(req)
		if l == nil {
			respond(req, tx, sip.StatusCallTransactionDoesNotExists, nil)
			return
		}
		respond(req, tx, sip.StatusOK, nil)
		if key, ok := signal(req.Body()); ok {
			l.press(key)
		}
	})
	alive := func(req *sip.Request, tx sip.ServerTransaction) { respond(req, tx, sip.StatusOK, nil) }
	s.OnOptions(alive)
	s.OnNotify(alive)
}

func respond(req *sip.Request, tx sip.ServerTransaction, status int, body []byte) {
	reasons := map[int]string{200: "OK", 403: "Forbidden", 480: "Temporarily Unavailable", 481: "Call Does Not Exist", 486: "Busy Here", 488: "Not Acceptable Here"}
	_ = tx.Respond(sip.NewResponseFromRequest(req, status, reasons[status], body)) // the other side asks again if it is lost
}

// call finds the call that a request belongs to, if it comes from the trunk.
func (t *Trunk) call(req *sip.Request) *leg {
	if id := req.CallID(); id != nil && t.trusts(req.Source()) {
		return t.find(id.Value())
	}
	return nil
}

// trusts tells whether a request comes from the trunk itself. Only the trunk
// knows whose number a caller has.
func (t *Trunk) trusts(source string) bool {
	at, err := netip.ParseAddrPort(source)
	return err == nil && slices.Contains(t.trusted, at.Addr().Unmap())
}

// gone is the other side's BYE.
func (l *leg) gone(req *sip.Request, tx sip.ServerTransaction) {
	if l.log != nil {
		l.log.Heard(words(req))
	}
	respond(req, tx, sip.StatusOK, nil)
	l.ended.Store(true)
	l.cancel()
}

// signal reads a key from the body of an INFO: "Signal=5", or the key alone.
func signal(body []byte) (key string, ok bool) {
	if len(body) > 200 {
		return "", false
	}
	text := strings.TrimSpace(string(body))
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(line, "=")
		if found && strings.EqualFold(strings.TrimSpace(name), "signal") {
			text = strings.TrimSpace(value)
		}
	}
	return text, len(text) == 1 && strings.Contains("0123456789*#", text)
}

// onInvite takes a call, or a change to one.
func (t *Trunk) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if to := req.To(); to != nil && to.Params.Has("tag") {
		t.change(req, tx)
		return
	}
	switch {
	case !t.trusts(req.Source()) || req.CallID() == nil || t.find(req.CallID().Value()) != nil:
		respond(req, tx, sip.StatusForbidden, nil)
		return
	case t.Desk.Visited == nil:
		respond(req, tx, sip.StatusTemporarilyUnavailable, nil)
		return
	}
	select {
	case t.visits <- struct{}{}:
		defer func() { <-t.visits }()
	default:
		respond(req, tx, sip.StatusBusyHere, nil)
		return
	}
	them, err := read(req.Body())
	if err != nil {
		respond(req, tx, sip.StatusNotAcceptableHere, nil)
		return
	}
	l, err := t.leg(req.CallID().Value(), nil)
	if err != nil {
		t.Log.Error("a call could not be taken", "err", err)
		respond(req, tx, sip.StatusTemporarilyUnavailable, nil)
		return
	}
	defer t.end(req.CallID().Value(), l)
	if err := l.take(req, tx, them); err != nil {
		t.Log.Error("a call could not be taken", "err", err)
	}
}

// change follows the trunk when it moves the sound of a call elsewhere.
func (t *Trunk) change(req *sip.Request, tx sip.ServerTransaction) {
	l := t.call(req)
	if l == nil {
		respond(req, tx, sip.StatusCallTransactionDoesNotExists, nil)
		return
	}
	ours := l.ours
	codec := uint8(payloadALaw)
	if len(req.Body()) > 0 {
		them, err := read(req.Body())
		if err != nil {
			respond(req, tx, sip.StatusNotAcceptableHere, nil)
			return
		}
		l.move(them)
		codec, ours.keys = them.codec, them.keys
	}
	res := sip.NewSDPResponseFromRequest(req, ours.write(codec))
	res.AppendHeader(sip.HeaderClone(&t.ua.ContactHDR))
	_ = tx.Respond(res)
}

// take answers a call and hears what the caller wants.
func (l *leg) take(req *sip.Request, tx sip.ServerTransaction, them session) error {
	from := caller(req)
	v, err := l.t.Desk.Greet(l.ctx, from)
	if err != nil {
		respond(req, tx, sip.StatusTemporarilyUnavailable, nil)
		return err
	}
	if _, err := l.t.sound(l.ctx, v.Tag, v.Turn().Say); err != nil {
		respond(req, tx, sip.StatusTemporarilyUnavailable, nil)
		return err
	}
	dialog, err := l.t.ua.ReadInvite(req, tx)
	if err != nil {
		return err
	}
	l.visitor.Store(dialog)
	ours := l.ours
	ours.keys = them.keys
	if err := dialog.RespondSDP(ours.write(them.codec)); err != nil {
		return err
	}
	l.start(them)
	err = l.receive(v, req.CallID().Value(), from)
	if !l.ended.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		_ = dialog.Bye(ctx)
	}
	return err
}

// receive goes through a visit's turns until it is over.
func (l *leg) receive(v voice.Visit, call, from string) error {
	for turn := v.Turn(); ; turn = v.Turn() {
		sound, err := l.t.sound(l.ctx, v.Tag, turn.Say)
		if err != nil {
			return err
		}
		keys, here := l.turn(turn, sound)
		if turn.Last || !here && !voice.Complete(keys) {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), silent)
		v, err = l.t.Desk.Enter(ctx, v, call, from, keys)
		cancel()
		if err != nil {
			l.t.Log.Error("what a caller typed could not be taken", "err", err)
		}
	}
}

// asserted is the number in what the trunk says of a caller: one or two
// addresses, sip: or tel:. The name in front of one is often the caller's own,
// and may look like an address.
func asserted(all []sip.Header) string {
	for _, h := range all {
		var u sip.Uri
		text := h.Value()
		if at := strings.LastIndexByte(text, '<'); at >= 0 {
			text, _, _ = strings.Cut(text[at+1:], ">")
		}
		if rest, ok := strings.CutPrefix(text, "tel:"); ok {
			number, _, _ := strings.Cut(rest, ";")
			return strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(number)
		}
		if sip.ParseUri(text, &u) == nil && u.User != "" {
			return u.User
		}
	}
	return ""
}

// caller is the number of whoever calls, in E.164 form; empty when it is not
// shown. What the trunk asserts (RFC 3325) goes before what the caller says.
func caller(req *sip.Request) string {
	user := ""
	if from := req.From(); from != nil {
		user = from.Address.User
	}
	if all := req.GetHeaders("P-Asserted-Identity"); len(all) > 0 {
		user = asserted(all)
	}
	switch rest, abroad := strings.CutPrefix(user, "00"); {
	case abroad:
		user = "+" + rest
	case user != "" && user[0] >= '1' && user[0] <= '9':
		user = "+" + user
	}
	if !e164.MatchString(user) {
		return ""
	}
	return user
}
