package twiml

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"time"

	"muster/deliver/twilio"
	"muster/deliver/voice"
	"muster/lang"
)

// call answers what to do next in a call that we placed.
func (c *Channel) call(w http.ResponseWriter, r *http.Request) {
	s, err := c.opened(r)
	sid := r.PostForm.Get("CallSid")
	if err != nil || sid == "" || len(sid) > 64 {
		http.Error(w, "this is no call of ours", http.StatusBadRequest)
		return
	}
	if _, over := c.over.Load(s.Attempt); over && !s.Said {
		s.Call = s.Call.Recalled()
	}
	if s.Said {
		if keys := r.PostForm.Get("Digits"); keys != "" {
			s.Call, err = c.Desk.Press(r.Context(), s.Call, sid, s.Attempt, s.To, keys[:1], c.Now())
			if err != nil {
				c.Log.Error("a key pressed in a call could not be recorded", "attempt", s.Attempt, "err", err)
			}
		} else {
			s.Call = s.Call.Silence()
		}
		if s.Call.Over() && !s.Call.Heard {
			if err := c.Desk.Report(r.Context(), s.Call.Outcome(sid)); err != nil {
				c.Log.Error("what became of a call could not be recorded", "attempt", s.Attempt, "err", err)
			}
		}
	}
	s.Said = true
	c.say(w, CallPath, s, s.Call.Tag, s.Call.Turn())
}

// visit answers what to do next in a call that a worker placed.
func (c *Channel) visit(w http.ResponseWriter, r *http.Request) {
	from, sid := r.PostForm.Get("From"), r.PostForm.Get("CallSid")
	if !twilio.Number(from) {
		from = "" // not shown
	}
	var s state
	var err error
	if r.URL.Query().Get("s") == "" {
		s.Visit, err = c.Desk.Greet(r.Context(), from)
	} else if s, err = c.opened(r); err == nil {
		s.Visit, err = c.Desk.Enter(r.Context(), s.Visit, sid, from, r.PostForm.Get("Digits"))
	}
	if err != nil {
		c.Log.Error("a call could not be taken", "err", err)
	}
	if s.Visit.Tag == "" {
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	s.Said = true
	c.say(w, VisitPath, s, s.Visit.Tag, s.Visit.Turn())
}

// The carrier's words for what to do in a call.
type (
	response struct {
		XMLName xml.Name  `xml:"Response"`
		Gather  *gather   `xml:"Gather,omitempty"`
		Say     []say     `xml:"Say"`
		Hangup  *struct{} `xml:"Hangup,omitempty"`
	}
	gather struct {
		Input   string `xml:"input,attr"`
		Action  string `xml:"action,attr"`
		Method  string `xml:"method,attr"`
		Timeout string `xml:"timeout,attr"`
		Digits  int    `xml:"numDigits,attr"`
		Finish  string `xml:"finishOnKey,attr"`
		Empty   bool   `xml:"actionOnEmptyResult,attr"`
		Say     []say  `xml:"Say"`
	}
	say struct {
		Language string `xml:"language,attr"`
		Text     string `xml:",chardata"`
	}
)

// locales are the names that the carrier has for languages.
var locales = map[lang.Tag]string{lang.English: "en-GB", lang.Finnish: "fi-FI", lang.French: "fr-FR"}

// most is how many digits a caller may type at a time.
const most = 13

func (c *Channel) say(w http.ResponseWriter, path string, s state, tag lang.Tag, t voice.Turn) {
	var words []say
	for _, text := range t.Say {
		words = append(words, say{locales[tag], text})
	}
	out := response{Say: words, Hangup: &struct{}{}}
	if !t.Last {
		next, err := c.address(path, s)
		if err != nil {
			c.Log.Error("a call cannot go on", "err", err)
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		g := gather{Input: "dtmf", Action: next, Method: http.MethodPost, Timeout: "1", Digits: 1, Empty: true, Say: words}
		if t.Listen > 0 {
			g.Timeout = strconv.Itoa(int(t.Listen / time.Second))
		}
		if t.Many {
			g.Digits, g.Finish = most, "#"
		}
		out = response{Gather: &g}
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = xml.NewEncoder(w).Encode(out)
}
