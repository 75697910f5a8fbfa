package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"muster/call/answer"
	"muster/call/shift"
	"muster/call/texting"
	"muster/deliver"
	"muster/deliver/twilio"
	"muster/deliver/voice"
	"muster/deliver/voice/sip"
	"muster/deliver/voice/speech"
	"muster/deliver/voice/twiml"
)

// phone is the channel of calls, as far as the program keeps an eye on it.
type phone struct {
	speech *speech.Voice // nil: the carrier speaks
	trunk  *sip.Trunk
}

// voice sets up calls: over the SIP trunk that MUSTER_SIP names, or over the
// account of MUSTER_TWILIO.
func (n *node) voice(channels map[string]deliver.Channel, routes map[string]http.Handler) error {
	desk := voice.Desk{
		Report:   n.reported(voice.Name),
		Answered: answer.Desk{Store: n.store, Keys: n.keys}.Take,
		Visited:  n.visits(),
	}
	if setting := os.Getenv(sip.Key); setting != "" {
		return n.trunk(setting, desk, channels)
	}
	setting := os.Getenv(twilio.Key)
	if setting == "" {
		n.log.Warn("nobody can be called: neither " + sip.Key + " nor " + twilio.Key + " is set")
		return nil
	}
	road, err := twiml.New(setting, twiml.Config{Desk: desk, Keys: n.keys, Public: n.url, Now: n.store.Now, Log: n.log})
	if err != nil {
		n.log.Warn("nobody can be called: " + err.Error())
		return nil
	}
	channels[road.Name()] = road
	for path, h := range road.Routes() {
		routes[path] = h
	}
	n.phone = &phone{}
	return nil
}

// trunk sets up calls over SIP. A voice that cannot speak is no reason not to
// serve, but is said loudly: every call will fail and go the next way.
func (n *node) trunk(setting string, desk voice.Desk, channels map[string]deliver.Channel) error {
	v, err := speech.New(os.Getenv(speech.Key))
	if err != nil {
		return &usageError{err.Error()}
	}
	t, err := sip.New(setting, sip.Config{Desk: desk, Say: v.Say, Now: n.store.Now, Log: n.log})
	if err != nil {
		return &usageError{err.Error()}
	}
	channels[t.Name()] = t
	n.lasting = append(n.lasting, t.Close)
	n.phone = &phone{speech: v, trunk: t}
	if err := v.Check(context.Background()); err != nil {
		n.log.Error("calls cannot be made: nothing can be spoken", "err", err)
	}
	return nil
}

// visits takes what workers type who call us.
func (n *node) visits() func(context.Context, voice.Visitor) (voice.Reception, error) {
	desk := texting.Desk{Store: n.store, Keys: n.keys, Shifts: shift.Desk{Store: n.store, Keys: n.keys}}
	return func(ctx context.Context, v voice.Visitor) (voice.Reception, error) {
		tag, text, err := desk.Hear(ctx, texting.Call{ID: v.ID, From: v.From, PIN: v.PIN, Help: v.Help})
		return voice.Reception{Tag: tag, Text: text}, err
	}
}

// health says how calls are.
func (p *phone) health(ctx context.Context, w io.Writer) {
	if p == nil {
		fmt.Fprintln(w, "voice: not set up")
		return
	}
	if p.speech != nil {
		if err := p.speech.Check(ctx); err != nil {
			fmt.Fprintln(w, "voice: FAILED, nothing can be spoken")
			return
		}
		if err := p.trunk.Health(); err != nil {
			fmt.Fprintln(w, "voice: FAILED, the trunk does not register us")
			return
		}
	}
	fmt.Fprintln(w, "voice: well")
}
