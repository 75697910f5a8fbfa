package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"muster/call/answer"
	"muster/call/texting"
	"muster/deliver"
	"muster/deliver/whatsapp"
	"muster/deliver/wording"
	"muster/lang"
)

// whatsappEvents is where Meta asks whether the address is ours, and posts
// what happens.
const whatsappEvents = "/carrier/whatsapp"

// whatsapp sets up the channel if the environment names it.
func (n *node) whatsapp(channels map[string]deliver.Channel, routes map[string]http.Handler) error {
	setting := os.Getenv(whatsapp.Key)
	if setting == "" {
		return nil
	}
	answers, texts := answer.Desk{Store: n.store, Keys: n.keys}, n.texting()
	c, err := whatsapp.New(setting, whatsapp.Deps{
		Store: n.store, Keys: n.keys, Home: n.url.String(), Answered: answers.Take,
		Reported: n.reported("whatsapp"),
		Written: func(ctx context.Context, t whatsapp.Text) error {
			return texts.Take(ctx, texting.Text{ID: t.ID, From: t.From, Body: t.Body, Sent: t.At, Channel: "whatsapp"})
		},
	})
	if err != nil {
		return &usageError{err.Error()}
	}
	channels[c.Name()] = c
	routes["GET "+whatsappEvents], routes["POST "+whatsappEvents] = c.Events(), c.Events()
	return nil
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
