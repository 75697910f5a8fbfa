package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"muster/call/answer"
	"muster/call/texting"
	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/whatsapp"
	"muster/deliver/wording"
	"muster/lang"
)

// whatsapp opens a number of WhatsApp.
func (n *node) whatsapp(setting string, report switchboard.Reports) (*switchboard.Opened, error) {
	answers, texts := answer.Desk{Store: n.store, Keys: n.keys}, n.texting()
	c, err := whatsapp.New(setting, whatsapp.Deps{
		Store: n.store, Keys: n.keys, Home: n.url.String(), Answered: answers.Take,
		Reported: func(ctx context.Context, r deliver.Report) error { return report(ctx, "whatsapp", r) },
		Written: func(ctx context.Context, t whatsapp.Text) error {
			return texts.Take(ctx, texting.Text{ID: t.ID, From: t.From, Body: t.Body, Sent: t.At, Channel: "whatsapp"})
		},
	})
	if err != nil {
		return nil, err
	}
	return &switchboard.Opened{
		Channels: []deliver.Channel{c}, Close: c.Close,
		// Where Meta asks whether the address is ours, and posts what happens.
		Doors: map[string]http.Handler{"": c.Events()},
	}, nil
}

type templatesCmd struct {
	URL      string   `name:"url" env:"MUSTER_URL" required:"" help:"Public address of the installation, which the templates' links begin with."`
	Language []string `help:"Languages; all without it." placeholder:"TAG"`
}

// Run prints the templates as Meta takes them, one JSON array.
func (c *templatesCmd) Run(s *streams) error {
	home, err := url.Parse(c.URL)
	if err != nil || home.Host == "" || home.Scheme != "https" && home.Scheme != "http" {
		return wrong("--url", "must be an address such as https://muster.example.org")
	}
	tags := lang.Supported()
	if len(c.Language) > 0 {
		tags = nil
		for _, l := range c.Language {
			if string(lang.Match(l)) != l {
				return wrong("--language", "must be among %v", lang.Supported())
			}
			tags = append(tags, lang.Tag(l))
		}
	}
	var all []json.RawMessage
	for _, tag := range tags {
		for _, t := range wording.Templates(tag) {
			one, err := whatsapp.Submission(t, c.URL)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s\n", text)
	return err
}
