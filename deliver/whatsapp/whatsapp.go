// Package whatsapp sends messages over the WhatsApp Cloud API, and takes what
// Meta posts: how they fared, and what people write or tap in reply.
//
// Meta lets any text go to whoever has written within the last 24 hours; to
// everybody else only texts that it has approved, so called templates. Which
// of both a message is, is decided when it is sent. A template that is not
// approved, or was paused, is tried in English; if that is not to be had
// either the message is refused, and its route goes on.
//
// An alarm carries buttons. A tap is a message from the person's own number,
// signed by Meta, and names the message by a code that only we can make.
package whatsapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"muster/deliver"
	"muster/deliver/dead"
	"muster/deliver/transcript"
	"muster/seal"
	"muster/store"
)

const (
	sendTime = 20 * time.Second
	maxReply = 64 << 10

	// keptConnections lets a storm go out without a new handshake for each
	// message; Meta takes 80 a second from one number.
	keptConnections = 64
)

// Deps is what the channel works with.
type Deps struct {
	Store *store.Store
	Keys  *seal.Keys
	Home  string // public address of this installation, which the templates' links begin with
	// Reported takes how a message fared. It must bear the same report twice
	// and reports out of order; one about no message of ours is NotFound.
	Reported func(context.Context, deliver.Report) error
	// Answered takes what a person did by a button, and says what to say back.
	Answered func(context.Context, deliver.Answer) (deliver.Said, error)
	// Written takes what a person wrote. It must bear the same one twice.
	Written func(context.Context, Text) error
}

// Channel is deliver's channel "whatsapp". Safe for use from many sides.
type Channel struct {
	Deps
	config config
	client *http.Client
}

var _ deliver.Channel = (*Channel)(nil)

// New makes a channel from the value of MUSTER_WHATSAPP:
// https://PHONE_NUMBER_ID:TOKEN@graph.facebook.com/v23.0?secret=APP_SECRET&verify=WORD;
// http:// is for this machine only.
func New(raw string, d Deps) (*Channel, error) {
	c, err := parse(raw)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = keptConnections, keptConnections, keptConnections
	d.Home = strings.TrimSuffix(d.Home, "/")
	return &Channel{Deps: d, config: c, client: &http.Client{
		Transport: transcript.Tap(t),
		Timeout:   sendTime,
		// Whoever answers with another address is not Meta.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name is "whatsapp".
func (*Channel) Name() string { return "whatsapp" }

// Close ends the connections that are not in use.
func (c *Channel) Close() { c.client.CloseIdleConnections() }

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Send gives one message to Meta. Where no template is to be had, and where
// the number has no WhatsApp, it is deliver.Refused.
func (c *Channel) Send(ctx context.Context, out deliver.Outgoing) (deliver.Receipt, error) {
	if !e164.MatchString(out.To) {
		return deliver.Receipt{}, deliver.Refused("bad_number", "this is not a number in international form", dead.Unknown)
	}
	if out.Template == nil {
		return deliver.Receipt{}, deliver.Refused("no_text", "there is no text for WhatsApp")
	}
	k, err := c.know(ctx, out.To, out.Template)
	if err != nil {
		return deliver.Receipt{}, err
	}
	if k.talking {
		receipt, err := c.post(ctx, c.free(out))
		p, said := errors.AsType[problem](err)
		if !said || sortOf(p.Code) != closed {
			return receipt, judged(err)
		}
		if err := c.over(ctx, out.To); err != nil {
			return deliver.Receipt{}, err
		}
	}
	return c.sendTemplate(ctx, out, k)
}

// sendTemplate tries the reader's language, and then English.
func (c *Channel) sendTemplate(ctx context.Context, out deliver.Outgoing, k known) (deliver.Receipt, error) {
	why := deliver.Refused("no_template", "there is no template for this, and the person has not written within a day")
	for t := out.Template; t != nil; t = t.Instead {
		if t.Name == "" {
			continue
		}
		if state, rests := k.resting[t.Lang]; rests {
			why = deliver.Refused("no_template", clip(t.Name+" "+string(t.Lang)+": "+state))
			continue
		}
		receipt, err := c.post(ctx, c.approved(out, t))
		p, said := errors.AsType[problem](err)
		if !said || sortOf(p.Code) != template {
			return receipt, judged(err)
		}
		if err := c.judge(ctx, t.Name, t.Lang, p.words(), false); err != nil {
			return deliver.Receipt{}, err
		}
		why = judged(err)
	}
	return deliver.Receipt{}, why
}

// judged turns what Meta says is wrong into what package deliver goes by.
func judged(err error) error {
	if p, said := errors.AsType[problem](err); said {
		return p.verdict()
	}
	return err
}

// post makes one request. What Meta says is wrong comes as a problem.
func (c *Channel) post(ctx context.Context, m letter) (deliver.Receipt, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("whatsapp: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.endpoint, bytes.NewReader(body))
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("whatsapp: %w", err)
	}
	transcript.From(ctx).Hide(c.config.token, c.config.secret)
	req.Header.Set("Authorization", "Bearer "+c.config.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return deliver.Receipt{}, fmt.Errorf("whatsapp: %w", err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return deliver.Receipt{}, fmt.Errorf("whatsapp: read Meta's answer: %w", err)
	}
	return receipt(resp.StatusCode, said)
}

// receipt reads Meta's answer to a message.
func receipt(status int, body []byte) (deliver.Receipt, error) {
	var a struct {
		Messages []struct {
			ID     string `json:"id"`
			Status string `json:"message_status"`
		} `json:"messages"`
		Error *problem `json:"error"`
	}
	readable := json.Unmarshal(body, &a) == nil
	switch {
	case readable && a.Error != nil && status != http.StatusOK:
		return deliver.Receipt{}, *a.Error
	case status != http.StatusOK:
		return deliver.Receipt{}, fmt.Errorf("whatsapp: Meta answers %d", status)
	case !readable || len(a.Messages) != 1 || a.Messages[0].ID == "":
		return deliver.Receipt{}, errors.New("whatsapp: Meta answers without an id for the message")
	}
	one := a.Messages[0]
	detail := "taken"
	if one.Status != "" {
		detail = clip(one.Status)
	}
	return deliver.Receipt{State: deliver.HandedOver, ProviderID: one.ID, Detail: detail}, nil
}
