package web

import (
	"slices"
	"strings"
	"time"

	"muster/actor"
	"muster/call/incident"
	"muster/deliver"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/roster"
)

// moment is one line of a timeline.
type moment struct {
	At           time.Time
	Icon         string
	Kind         string // raise, answer, message, fail, note, position
	Text, Detail string
}

// timeline puts the book's entries and the fate of each message in one line,
// newest first.
func (s *site) timeline(v *visit, story incident.Record, names map[id.Person]string) []moment {
	var out []moment
	for _, e := range story.Entries {
		icon, kind := lookOf(e.Kind)
		m := moment{At: e.At, Icon: icon, Kind: kind, Text: entrySentence(v.tag, e), Detail: e.Actor.IP}
		out = append(out, m)
	}
	to := map[id.Message]string{}
	for _, m := range story.Messages {
		to[m.ID] = names[m.Person]
	}
	for _, at := range story.Attempts {
		out = append(out, attemptMoment(v.tag, at, to[at.Message]))
	}
	slices.SortStableFunc(out, func(a, b moment) int { return b.At.Compare(a.At) })
	return out
}

func lookOf(kind string) (icon, look string) {
	switch kind {
	case "alarm.raised", "alarm.again", "alarm.graver", "alarm.reopened":
		return "urgent", "raise"
	case "alarm.acknowledged":
		return "user-check", "answer"
	case "alarm.resolved":
		return "flag", "answer"
	case "alarm.noted":
		return "note", "note"
	case "alarm.unheard":
		return "alert-triangle", "fail"
	}
	return "refresh", "message"
}

func attemptMoment(tag lang.Tag, at deliver.Attempt, to string) moment {
	m := moment{At: at.Updated, Icon: "mail", Kind: "message", Detail: strings.TrimSpace(at.Address + " " + at.Detail)}
	if at.Channel == roster.SMS {
		m.Icon = "message-2"
	}
	if m.At.IsZero() {
		m.At = at.At
	}
	if at.State == deliver.Failed || at.State == deliver.Expired {
		m.Icon, m.Kind = "alert-triangle", "fail"
	}
	m.Text = tag.Text("web.attempt."+string(at.State), map[string]any{"Channel": tag.Text("web.contact."+at.Channel, nil), "Name": to})
	return m
}

// entrySentence says what an entry of the book says.
func entrySentence(tag lang.Tag, e ledger.Record) string {
	args := e.Args()
	if e.Actor.Name == "" && e.Actor.Kind == actor.System {
		args["Actor"] = tag.Text("web.book.system", nil)
	}
	for _, key := range e.Sentences() {
		if tag.Has(key) {
			return tag.Text(key, args)
		}
	}
	return e.Kind
}
