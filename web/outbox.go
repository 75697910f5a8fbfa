package web

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"muster/lang/gsm"
	"muster/roster"
)

// outboxView shows, in the demo, every message that would have gone out.
type outboxView struct {
	Frame
	Query    string
	Messages []outboxMessage
}

type outboxMessage struct {
	ID, Channel, To, Subject string
	Size                     string // of a text message: its parts and alphabet
	At                       time.Time
	Parts                    []textPart
}

// textPart is a stretch of text, or a link when Href is set.
type textPart struct{ Text, Href string }

// outboxMost is how many messages one page shows.
const outboxMost = 200

// outbox is for demonstrations only: whoever can reach the demo can read what
// it would have sent, sign-in codes with it.
func (s *site) outbox(w http.ResponseWriter, r *http.Request, v *visit) error {
	f := s.bare(r, v, "")
	// Without a session the page stands alone; with one it has its place in
	// the console.
	if err := s.recognise(r, v); err == nil && v.who.Org != "" && watches(v.who) {
		if f, err = s.framed(w, r, v, "web.outbox.title", "/outbox"); err != nil {
			return err
		}
	}
	f.Lang, f.Zone, f.Title = v.tag, v.zone, v.tag.Text("web.outbox.title", nil)
	view := &outboxView{Frame: f, Query: r.URL.Query().Get("q")}
	text := fold(view.Query)
	for _, m := range s.Outbox() {
		if text != "" && !strings.Contains(fold(m.To+" "+m.Subject+" "+m.Text), text) {
			continue
		}
		one := outboxMessage{ID: m.ID, Channel: m.Channel, To: m.To, Subject: m.Subject, At: m.At, Parts: parts(m.Text, s.URL)}
		if m.Channel == roster.SMS {
			one.Size = gsm.Measure(m.Text).String()
		}
		view.Messages = append(view.Messages, one)
		if len(view.Messages) == outboxMost {
			break
		}
	}
	return s.show(w, r, "outbox", view)
}

var links = regexp.MustCompile(`https?://[^\s<>"]+`)

// parts finds the links in a text that lead to this installation; others stay
// text.
func parts(text, home string) []textPart {
	var out []textPart
	at := 0
	for _, m := range links.FindAllStringIndex(text, -1) {
		link := strings.TrimRight(text[m[0]:m[1]], ".,;)")
		if !strings.HasPrefix(link, home+"/") {
			continue
		}
		out = append(out, textPart{Text: text[at:m[0]]}, textPart{Text: link, Href: strings.TrimPrefix(link, home)})
		at = m[0] + len(link)
	}
	return append(out, textPart{Text: text[at:]})
}
