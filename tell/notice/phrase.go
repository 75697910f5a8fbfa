package notice

import (
	"slices"
	"strings"

	"muster/id"
	"muster/lang"
	"muster/tell/component"
)

// Phrases are the approved sentences for a state of a kind of notice, by the
// end of their keys, in the order in which forms offer them. Each stands in
// every language under phrase.<kind>.<state>.<name>.
var phrases = map[State][]string{
	Investigating: {"unreachable", "slow", "partly", "delayed"},
	Identified:    {"known", "supplier"},
	Monitoring:    {"mended", "around"},
	Resolved:      {"works", "report"},
	Planned:       {"off", "short", "unnoticed", moved},
	Started:       {"begun"},
	Overrun:       {"longer"},
	Done:          {"done"},
	Cancelled:     {"cancelled"},
}

// moved is what is said of maintenance that was planned before. What a notice
// says by itself is not offered: "reminder" and "time".
const moved = "moved"

// Phrases lists the approved sentences for a state that may follow.
func (n Notice) Phrases(s State) []string {
	all := slices.Clone(phrases[s])
	if n.State == "" {
		all = slices.DeleteFunc(all, func(p string) bool { return p == moved })
	}
	return all
}

// Said is one word of a notice as a reader reads it.
type Said struct {
	Phrase string
	Words  string // what was written beside it, in whatever language
	Parts  []string
}

// Said is the word as a reader reads it whom these of the components concern.
func (w Word) Said(known []component.Component, which []id.Component) Said {
	return Said{Phrase: w.Phrase, Words: w.Words, Parts: nameOf(known, which)}
}

// Text is the sentence in a language.
func (s Said) Text(tag lang.Tag, kind Kind, state State) string {
	return tag.Text("phrase."+string(kind)+"."+string(state)+"."+s.Phrase, map[string]any{"Parts": s.Names()})
}

// Names are the parts in one line.
func (s Said) Names() string { return strings.Join(s.Parts, ", ") }
