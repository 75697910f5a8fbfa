package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"

	"muster/carrier"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/email"
	"muster/deliver/smpp"
	"muster/deliver/sms"
	"muster/deliver/twilio"
	"muster/deliver/voice/sip"
	"muster/deliver/voice/twiml"
	"muster/deliver/whatsapp"
)

// carried are the channels that carriers serve.
var carried = []string{"email", "sms", "whatsapp", "voice"}

// carriers sets up the channels, over the carriers that staff entered and those
// that the environment names.
func (n *node) carriers(ctx context.Context) (map[string]deliver.Channel, error) {
	if err := n.mail(ctx); err != nil {
		return nil, err
	}
	n.board = switchboard.New(switchboard.Config{
		Office: carrier.Office{Store: n.store, Keys: n.keys}, Environment: environment(), Channels: carried,
		Open: n.openCarrier, Log: n.log,
		Reports: func(ctx context.Context, channel string, r deliver.Report) error {
			return n.reported(channel)(ctx, r)
		},
	})
	n.lasting = append(n.lasting, n.board.Close)
	if err := n.board.Start(ctx); err != nil {
		return nil, &usageError{err.Error()}
	}
	for _, channel := range carried {
		if len(n.board.States(channel)) == 0 {
			n.log.Warn("nothing can leave on this channel: no carrier is set up", "channel", channel)
		}
	}
	return n.board.Lines(), nil
}

// has tells whether messages can leave on a channel now: staff may set up a
// carrier for it, or take one away, at any time.
func (n *node) has(channels map[string]deliver.Channel) func(string) bool {
	return func(channel string) bool {
		if n.board != nil && slices.Contains(carried, channel) {
			return len(n.board.States(channel)) > 0
		}
		return channels[channel] != nil
	}
}

// environment is the carriers that the environment names, in their order.
func environment() (all []switchboard.Source) {
	for _, s := range []switchboard.Source{
		{Kind: carrier.SMTP, Name: email.Key},
		{Kind: carrier.SMPP, Name: smpp.Key},
		{Kind: carrier.SIP, Name: sip.Key},
		{Kind: carrier.Twilio, Name: twilio.Key},
		{Kind: carrier.WhatsApp, Name: whatsapp.Key},
	} {
		if s.Setting = os.Getenv(s.Name); s.Setting != "" {
			s.ID, s.Fixed = s.Kind, true
			all = append(all, s)
		}
	}
	return all
}

// openCarrier puts one carrier to work.
func (n *node) openCarrier(ctx context.Context, s switchboard.Source, report switchboard.Reports) (*switchboard.Opened, error) {
	switch s.Kind {
	case carrier.SMTP:
		out, err := email.New(s.Setting, n.url.Hostname(), n.mailing...)
		if err != nil {
			return nil, err
		}
		return &switchboard.Opened{Channels: []deliver.Channel{out}, Close: out.Close}, nil
	case carrier.Twilio:
		return n.twilio(s, report)
	case carrier.SMPP:
		return n.messageCentre(s.Setting, report)
	case carrier.SIP:
		return n.trunk(ctx, s.Setting, report)
	case carrier.WhatsApp:
		return n.whatsapp(s.Setting, report)
	}
	return nil, fmt.Errorf("there is no kind of carrier %q", s.Kind)
}

// Where Twilio says how messages fared, and brings what people send to our
// number; below the carrier's own path.
const (
	twilioReports = "status"
	twilioTexts   = "text"
)

// twilio opens an account for texts and, where it has a number, for calls.
func (n *node) twilio(s switchboard.Source, report switchboard.Reports) (*switchboard.Opened, error) {
	at := n.url.JoinPath("carrier", s.ID)
	text, err := sms.New(s.Setting, at.JoinPath(twilioReports).String())
	if err != nil {
		return nil, err
	}
	open := &switchboard.Opened{
		Channels: []deliver.Channel{text}, Close: text.Close,
		Doors: map[string]http.Handler{
			twilioTexts: text.Texts(at.JoinPath(twilioTexts).String(), n.texts()),
			twilioReports: text.Reports(func(ctx context.Context, r deliver.Report) error {
				return report(ctx, text.Name(), r)
			}),
		},
	}
	calls, err := twiml.New(s.Setting, twiml.Config{Desk: n.calls(report), Keys: n.keys, Public: at, Now: n.store.Now, Log: n.log})
	if err != nil {
		n.log.Warn("nobody can be called over this account", "carrier", s.Name, "why", err)
		return open, nil
	}
	open.Channels = append(open.Channels, calls)
	open.Close = func() { text.Close(); calls.Close() }
	for path, h := range calls.Routes() {
		open.Doors[path[1:]] = h
	}
	return open, nil
}

// messageCentre sends and takes in text messages by SMPP until it is closed.
func (n *node) messageCentre(setting string, report switchboard.Reports) (*switchboard.Opened, error) {
	texts := n.texts()
	centre, err := smpp.New(setting, smpp.Doors{
		Store: n.store, Keys: n.keys, Log: n.log,
		Reported: func(ctx context.Context, r deliver.Report) error { return report(ctx, "sms", r) },
		Heard: func(ctx context.Context, t smpp.Text) error {
			return texts(ctx, sms.Text{ID: t.ID, From: t.From, Body: t.Body})
		},
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { centre.Run(ctx) })
	return &switchboard.Opened{
		Channels: []deliver.Channel{centre}, Health: centre.Health,
		Close: func() { cancel(); running.Wait() },
	}, nil
}

// carried says how the channels are that carriers serve.
func (n *node) carried(w io.Writer) {
	if n.board == nil {
		return
	}
	for _, channel := range carried {
		all, well := n.board.States(channel), false
		for _, s := range all {
			well = well || s.Use != switchboard.Broken && s.Sort == ""
		}
		switch {
		case len(all) == 0:
			fmt.Fprintf(w, "%s: not set up\n", channel)
		case !well:
			fmt.Fprintf(w, "%s: FAILED, %s\n", channel, all[0].Sort)
		default:
			fmt.Fprintf(w, "%s: well\n", channel)
		}
	}
}
