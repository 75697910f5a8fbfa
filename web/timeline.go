package web

import (
	"slices"
	"time"

	"muster/call/incident"
	"muster/call/incident/paper"
	"muster/lang"
)

// moment is one step of a timeline: what the book says, and what became of the
// messages that went out by it.
type moment struct {
	At           time.Time
	Icon         string
	Kind         string // raise, answer, message, fail, note, position
	Text, Detail string
	Number       string // of the entry, where the page shows it
	Calls        []callLine
}

// callLine is one message and its fate.
type callLine struct {
	Text, Detail string
	Failed       bool
}

// timeline tells the story newest first, as whoever follows it wants it.
func (s *site) timeline(v *visit, story incident.Record) []moment {
	all := storyOf(v.reader(), story)
	slices.Reverse(all)
	return all
}

// reader is for whom things are worded.
func (v *visit) reader() paper.Reader {
	zone, err := lang.Zone(v.zone)
	if err != nil {
		zone = time.UTC
	}
	return paper.Reader{Tag: v.tag, Zone: zone}
}

// storyOf tells it from the beginning.
func storyOf(rd paper.Reader, story incident.Record) []moment {
	var out []moment
	for _, c := range story.Chapters() {
		m := moment{At: c.At, Icon: "mail", Kind: "message", Text: rd.Tag.Text("incident.also_sent", nil)}
		if e := c.Entry; e != nil {
			m.Icon, m.Kind = lookOf(e.Kind)
			m.Text, m.Detail, m.Number = paper.Sentence(rd.Tag, *e), e.Actor.IP, rd.Tag.Number(int(e.Seq))
		}
		for _, call := range c.Calls {
			m.Calls = append(m.Calls, callLine{Text: rd.Call(call), Detail: paper.Addresses(call), Failed: call.Failed()})
		}
		out = append(out, m)
	}
	return out
}

func lookOf(kind string) (icon, look string) {
	switch kind {
	case "alarm.raised", "alarm.again", "alarm.graver", "alarm.reopened":
		return "urgent", "raise"
	case "alarm.acknowledged", "shift.checked_in_for":
		return "user-check", "answer"
	case "alarm.resolved", "shift.ended_for":
		return "flag", "answer"
	case "alarm.noted":
		return "note", "note"
	case "alarm.ticked":
		return "check", "answer"
	case "alarm.unticked":
		return "x", "note"
	case "alarm.unheard":
		return "alert-triangle", "fail"
	case "position.looked":
		return "eye", "position"
	case "incident.printed":
		return "printer", "note"
	}
	return "refresh", "message"
}
