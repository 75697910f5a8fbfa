// Package paper tells the record of an incident in a reader's language, and
// draws it as a PDF that can be checked against the book.
package paper

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/call/incident"
	"muster/deliver"
	"muster/lang"
	"muster/ledger"
)

// Reader is for whom something is worded.
type Reader struct {
	Tag  lang.Tag
	Zone *time.Location
}

// Sentence says what an entry of the book says.
func Sentence(tag lang.Tag, e ledger.Record) string {
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

// Call says who was told over which channel, and how that went: "Text message
// to Maija Virtanen: handed over 03:12:08, delivered 03:12:11".
func (rd Reader) Call(c incident.Call) string {
	name := rd.Somebody(c.Name)
	if c.Person == "" {
		name = rd.Tag.Text("incident.receiver", nil)
	}
	if len(c.Tries) == 0 {
		return rd.Tag.Text("incident.call", map[string]any{
			"Channel": rd.channel(c), "Name": name, "Fate": rd.Tag.Text("incident.message."+string(c.State), nil),
		})
	}
	var parts []string
	for i, t := range c.Tries {
		fate := rd.fate(t)
		if i > 0 && t.Channel == c.Tries[i-1].Channel && t.Address == c.Tries[i-1].Address {
			parts = append(parts, rd.Tag.Text("incident.again", map[string]any{"Fate": fate}))
			continue
		}
		said := rd.Tag.Text("incident.call", map[string]any{"Channel": rd.Channel(t.Channel), "Name": name, "Fate": fate})
		parts = append(parts, said)
	}
	return strings.Join(parts, "; ")
}

// channel is the one that a message without a try would have taken.
func (rd Reader) channel(c incident.Call) string {
	if c.Stop < len(c.Route) {
		return rd.Channel(c.Route[c.Stop].Channel)
	}
	return rd.Tag.Text("incident.message", nil)
}

// Channel is a channel's name.
func (rd Reader) Channel(name string) string {
	if key := "web.contact." + name; rd.Tag.Has(key) {
		return rd.Tag.Text(key, nil)
	}
	return name
}

// Channels are the names of several.
func (rd Reader) Channels(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = rd.Channel(n)
	}
	return cmp.Or(strings.Join(all, ", "), "–")
}

// Somebody is a name, or what stands for one that nobody knows any more.
func (rd Reader) Somebody(name string) string {
	return cmp.Or(name, rd.Tag.Text("incident.somebody", nil))
}

// State is what is known of a try, without its times.
func (rd Reader) State(s deliver.State) string { return rd.Tag.Text("incident.state."+string(s), nil) }

func (rd Reader) fate(t deliver.Attempt) string {
	return rd.Tag.Text("incident.fate."+string(t.State), map[string]any{
		"At": rd.at(t.At, lang.Seconds), "Then": rd.at(t.Updated, lang.Seconds), "Detail": detail(t),
	})
}

// detail is why a try failed, in brackets.
func detail(t deliver.Attempt) string {
	text := strings.TrimSpace(t.Code + " " + t.Detail)
	if t.State != deliver.Failed || text == "" {
		return ""
	}
	return " (" + text + ")"
}

// Addresses are where the tries of a call went, each once.
func Addresses(c incident.Call) string {
	var all []string
	for _, t := range c.Tries {
		if len(all) == 0 || all[len(all)-1] != t.Address {
			all = append(all, t.Address)
		}
	}
	return strings.Join(all, ", ")
}

func (rd Reader) at(t time.Time, style lang.Style) string { return rd.Tag.Time(t, rd.Zone, style) }

// Kind is what raised an alarm.
func (rd Reader) Kind(k alarm.Kind) string { return rd.Tag.Text("incident.kind."+string(k), nil) }

// Outcome is what an alarm turned out to be, or that it is open.
func (rd Reader) Outcome(o alarm.Outcome) string {
	if o == "" {
		return rd.Tag.Text("web.outcome.open", nil)
	}
	return rd.Tag.Text("web.outcome."+string(o), nil)
}

// after is how long after the alarm something came, to the second.
func (rd Reader) after(r incident.Record, t time.Time) string {
	if t.IsZero() {
		return rd.Tag.Text("web.never", nil)
	}
	return rd.Tag.Duration(t.Sub(r.Alarm.Raised))
}

func place(lat, lon float64) string { return fmt.Sprintf("%.5f, %.5f", lat, lon) }
