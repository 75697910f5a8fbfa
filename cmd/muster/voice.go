package main

import (
	"context"
	"os"

	"muster/call/answer"
	"muster/call/shift"
	"muster/call/texting"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/voice"
	"muster/deliver/voice/sip"
	"muster/deliver/voice/speech"
)

// calls is where calls lead.
func (n *node) calls(report switchboard.Reports) voice.Desk {
	return voice.Desk{
		Report: func(ctx context.Context, r deliver.Report) error {
			return report(ctx, voice.Name, r)
		},
		Answered: answer.Desk{Store: n.store, Keys: n.keys}.Take,
		Visited:  n.visits(),
	}
}

// trunk opens calls over SIP. A voice that cannot speak is no reason not to
// serve, but is said loudly: every call will fail and go the next way.
func (n *node) trunk(ctx context.Context, setting string, report switchboard.Reports) (*switchboard.Opened, error) {
	v, err := speech.New(os.Getenv(speech.Key))
	if err != nil {
		return nil, err
	}
	t, err := sip.New(setting, sip.Config{Desk: n.calls(report), Say: v.Say, Now: n.store.Now, Log: n.log})
	if err != nil {
		return nil, err
	}
	if err := v.Check(ctx); err != nil {
		n.log.Error("calls cannot be made: nothing can be spoken", "err", err)
	}
	return &switchboard.Opened{
		Channels: []deliver.Channel{t}, Busy: t.Busy, Close: t.Close,
		Health: func() error {
			if err := v.Check(context.Background()); err != nil {
				return err
			}
			return t.Health()
		},
	}, nil
}

// visits takes what workers type who call us.
func (n *node) visits() func(context.Context, voice.Visitor) (voice.Reception, error) {
	desk := texting.Desk{Store: n.store, Keys: n.keys, Shifts: shift.Desk{Store: n.store, Keys: n.keys}}
	return func(ctx context.Context, v voice.Visitor) (voice.Reception, error) {
		tag, text, err := desk.Hear(ctx, texting.Call{ID: v.ID, From: v.From, PIN: v.PIN, Help: v.Help})
		return voice.Reception{Tag: tag, Text: text}, err
	}
}
