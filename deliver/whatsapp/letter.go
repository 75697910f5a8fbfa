package whatsapp

import (
	"encoding/base64"
	"strings"

	"muster/deliver"
	"muster/id"
)

// letter is one message as the Cloud API takes it.
type letter struct {
	Product     string       `json:"messaging_product"`
	Recipient   string       `json:"recipient_type"`
	To          string       `json:"to"`
	Type        string       `json:"type"`
	Text        *plain       `json:"text,omitempty"`
	Interactive *interactive `json:"interactive,omitempty"`
	Template    *filled      `json:"template,omitempty"`
	Opaque      string       `json:"biz_opaque_callback_data"` // comes back with every status
}

type plain struct {
	Body    string `json:"body"`
	Preview bool   `json:"preview_url"` // false: nobody but the reader may fetch the link
}

type interactive struct {
	Type   string `json:"type"`
	Body   body   `json:"body"`
	Action struct {
		Buttons []button `json:"buttons"`
	} `json:"action"`
}

type body struct {
	Text string `json:"text"`
}

type button struct {
	Type  string `json:"type"`
	Reply struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	} `json:"reply"`
}

type filled struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []component `json:"components"`
}

type component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type    string `json:"type"`
	Text    string `json:"text,omitempty"`
	Payload string `json:"payload,omitempty"`
}

func to(out deliver.Outgoing, kind string) letter {
	return letter{Product: "whatsapp", Recipient: "individual", To: strings.TrimPrefix(out.To, "+"), Type: kind, Opaque: string(out.Attempt)}
}

// free is the message as a text of a conversation.
func (c *Channel) free(out deliver.Outgoing) letter {
	t := out.Template
	if t.Take == "" {
		m := to(out, "text")
		m.Text = &plain{Body: t.Text}
		return m
	}
	m := to(out, "interactive")
	m.Interactive = &interactive{Type: "button", Body: body{t.Text}}
	for _, b := range c.acts(out) {
		one := button{Type: "reply"}
		one.Reply.ID, one.Reply.Title = b.payload, b.title
		m.Interactive.Action.Buttons = append(m.Interactive.Action.Buttons, one)
	}
	return m
}

// approved is the message as a template with its values.
func (c *Channel) approved(out deliver.Outgoing, t *deliver.Template) letter {
	m := to(out, "template")
	m.Template = &filled{Name: t.Name}
	m.Template.Language.Code = string(t.Lang)
	values := component{Type: "body"}
	for _, v := range t.Values {
		values.Parameters = append(values.Parameters, parameter{Type: "text", Text: v})
	}
	m.Template.Components = append(m.Template.Components, values)
	n := 0
	at := func(kind string, p parameter) {
		m.Template.Components = append(m.Template.Components, component{Type: "button", SubType: kind, Index: string(rune('0' + n)), Parameters: []parameter{p}})
		n++
	}
	if t.Take != "" {
		for _, b := range c.acts(out) {
			at("quick_reply", parameter{Type: "payload", Payload: b.payload})
		}
	}
	at("url", parameter{Type: "text", Text: c.rest(t.Link)})
	return m
}

// rest is what follows the address with which the templates' links begin.
func (c *Channel) rest(link string) string {
	if path, ours := strings.CutPrefix(link, c.Home+"/"); ours && path != "" {
		return path
	}
	return "board"
}

type act struct{ title, payload string }

// acts are the buttons of an alarm, in the order in which the templates have
// them.
func (c *Channel) acts(out deliver.Outgoing) []act {
	return []act{
		{out.Template.Take, c.payload(deliver.Acknowledge, out.Message, out.To)},
		{out.Template.Close, c.payload(deliver.Resolve, out.Message, out.To)},
	}
}

const (
	payloadPurpose = "whatsapp.button"
	payloadMAC     = 13 // one byte says which key
)

// payload is what comes back when a button is tapped: what to do, about which
// message, and the proof that we sent it to this number. It has fewer than the
// 128 characters that Meta allows.
func (c *Channel) payload(a deliver.Act, m id.Message, number string) string {
	mac := c.Keys.MAC(payloadPurpose, string(a), string(m), number)[:payloadMAC]
	return string(a) + "." + string(m) + "." + base64.RawURLEncoding.EncodeToString(mac)
}

// tapped reads a payload; ok is false for one that we did not send there.
func (c *Channel) tapped(payload, number string) (a deliver.Act, m id.Message, ok bool) {
	parts := strings.Split(payload, ".")
	if len(payload) > 128 || len(parts) != 3 {
		return "", "", false
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(mac) != payloadMAC || !c.Keys.CheckPrefix(mac, payloadPurpose, parts[0], parts[1], number) {
		return "", "", false
	}
	return deliver.Act(parts[0]), id.Message(parts[1]), true
}
