package desk

import (
	"maps"
	"slices"
	"strings"
	"time"

	"muster/lang"
	"muster/roster"
	"muster/store"
)

// Templates are the names of the answers that agents begin with (FL15), in the
// order in which they are offered: those together that have something in common,
// which is called by the first of them, "request.shelf.<name>". What each says
// stands in the catalogue under "request.template.<name>".
func Templates() [][]string {
	return [][]string{
		{"access", "configure", "consent"},
		{"not_registered", "phone", "confirm"},
		{"high", "call", "secret", "data", "own_hand"},
		{"test_data", "real_data"},
		{"second_line", "head", "found", "done"},
	}
}

// Needs tells whether an answer of this template needs something of the customer
// before the request goes on.
func (a Answer) Needs() bool {
	return slices.ContainsFunc(strings.Fields(a.Template), func(name string) bool {
		return slices.Contains([]string{"access", "configure", "consent", "not_registered", "phone", "confirm", "high", "call", "test_data", "real_data"}, name)
	})
}

// Language is that in which whoever asks is written to; of somebody whom the
// roster does not know, the organisation's.
func (q Request) Language(tx *store.Tx) lang.Tag {
	org, err := roster.Get(tx)
	if err != nil {
		return lang.English
	}
	if q.Sender.Person != "" {
		if p, err := roster.Reach(tx, q.Sender.Person); err == nil {
			return lang.Match(string(p.Language))
		}
	}
	return org.Tag()
}

// Zone is the customer's time zone.
func (q Request) Zone(tx *store.Tx) *time.Location {
	if org, err := roster.Get(tx); err == nil {
		if place, err := lang.Zone(org.TimeZone); err == nil {
			return place
		}
	}
	return time.UTC
}

// Draft is what an answer of a template, or of several with a space between
// them, says about this request, for the agent to change before it is sent;
// empty for a template that there is not. more are facts that only some
// templates have.
func (q Request) Draft(tag lang.Tag, template, agent string, more map[string]any) string {
	about := q.Subject
	if q.Kind == Setting && q.Setting != "" {
		about = q.Setting
	}
	facts := map[string]any{
		"Name": q.Sender.Name, "Org": q.OrgName, "Reference": q.Reference(), "Setting": about, "Agent": agent, "Director": "",
	}
	maps.Copy(facts, more)
	var parts []string
	for name := range strings.FieldsSeq(template) {
		if lang.English.Has("request.template." + name) {
			parts = append(parts, tag.Text("request.template."+name, facts))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	hello := "request.template.hello"
	if q.Sender.Name == "" {
		hello += "_nobody"
	}
	return tag.Text(hello, facts) + "\n\n" + strings.Join(parts, "\n\n") + "\n\n" + tag.Text("request.template.bye", facts)
}
