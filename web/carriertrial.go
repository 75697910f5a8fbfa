package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/carrier/switchboard"
	"muster/deliver"
	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/lang"
)

// trialView tests one carrier, and shows what was said.
type trialView struct {
	Frame
	ID, Name  string
	To        string
	Channels  []choice
	Languages []choice
	Done      bool // a test was sent
	Taken     bool
	Outcome   string // in words
	Detail    string // and in the carrier's
	Lines     []talkLine
}

// talkLine is what one side said without a break.
type talkLine struct {
	At   time.Time
	Out  bool
	Text string
}

func (s *site) trial(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.trialView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "carrier-test", view)
}

// trialView finds the carrier on the board, for the environment's can be
// tested too.
func (s *site) trialView(w http.ResponseWriter, r *http.Request, v *visit) (*trialView, error) {
	view := &trialView{Frame: s.provided(w, r, v, "web.carrier.test", carriersPage), ID: r.PathValue("carrier"), To: strings.TrimSpace(r.PostFormValue("to"))}
	for _, channel := range carried {
		for _, st := range s.Carriers.States(channel) {
			if st.ID == view.ID && st.Use != switchboard.Broken {
				view.Name = st.Name
				view.Channels = append(view.Channels, choice{Value: channel, Text: v.tag.Text("carrier.channel."+channel, nil), Chosen: channel == r.PostFormValue("channel")})
			}
		}
	}
	if len(view.Channels) == 0 {
		return nil, fault.New(fault.NotFound, "not_found")
	}
	view.Languages = languageChoices(string(v.tag))
	if r.PostFormValue("language") != "" {
		view.Languages = languageChoices(r.PostFormValue("language"))
	}
	return view, nil
}

// sendTrial answers with the page itself and not 303: what was said is kept
// nowhere else.
func (s *site) sendTrial(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.trialView(w, r, v)
	if err != nil {
		return err
	}
	channel := r.PostFormValue("channel")
	if !slices.ContainsFunc(view.Channels, func(c choice) bool { return c.Value == channel }) {
		channel = view.Channels[0].Value
	}
	out, err := s.trialMessage(lang.Match(r.PostFormValue("language")), channel, view.To)
	if err != nil {
		return err
	}
	o, err := s.Carriers.Try(r.Context(), v.who, view.ID, out, channel)
	if err != nil {
		return s.again(w, r, "carrier-test", view, err)
	}
	view.tell(v.tag, o)
	return s.show(w, r, "carrier-test", view)
}

func (view *trialView) tell(tag lang.Tag, o switchboard.Outcome) {
	view.Done, view.Taken, view.Detail = true, o.Err == nil, o.Receipt.Detail
	view.Outcome = tag.Text("web.carrier.test_taken", nil)
	if o.Err != nil {
		view.Outcome, view.Detail = tag.Text("web.carrier.test_refused", nil), o.Err.Error()
	}
	for _, l := range o.Lines {
		text := strings.TrimRight(l.Text, "\n")
		if n := len(view.Lines); n > 0 && view.Lines[n-1].Out == l.Out && l.At.Sub(view.Lines[n-1].At) < 10*time.Millisecond {
			view.Lines[n-1].Text += "\n" + text
			continue
		}
		view.Lines = append(view.Lines, talkLine{l.At, l.Out, text})
	}
}

// trialMessage is the message that only says that it is a test.
func (s *site) trialMessage(tag lang.Tag, channel, to string) (deliver.Outgoing, error) {
	facts := map[string]any{"Org": "Muster", "Zone": "UTC", "Link": s.URL}
	out := deliver.Outgoing{
		Message: id.New[id.Message](), Attempt: id.New[id.Attempt](), To: to, Lang: tag, Link: s.URL, Urgent: true, Valid: time.Hour,
	}
	var err error
	out.Subject, out.Text, out.HTML, err = wording.Render(tag, "test", facts, channel)
	if channel == "whatsapp" {
		out.Template = wording.WhatsApp(tag, "test", facts)
	}
	return out, err
}
