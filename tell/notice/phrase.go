package notice

import (
	"strings"

	"muster/id"
	"muster/lang"
)

// Phrases are the approved sentences for a state of a kind of notice, by the
// end of their keys, in the order in which forms offer them. Each stands in
// every language under phrase.<kind>.<state>.<name>.
var phrases = map[State][]string{
	Investigating: {"unreachable", "slow", "partly", "delayed"},
	Identified:    {"known", "supplier"},
	Monitoring:    {"mended", "around"},
	Resolved:      {"works", "report"},
	Planned:       {"off", "short", "unnoticed"},
	Started:       {"begun"},
	Overrun:       {"longer"},
	Done:          {"done"},
	Cancelled:     {"cancelled"},
}

// Phrases lists the approved sentences for a state.
func (s State) Phrases() []string { return phrases[s] }

// Said is one word of a notice as a reader reads it.
type Said struct {
	Phrase string
	Words  string // what was written beside it, in whatever language
	Parts  []string
}

// Text is the sentence in a language.
func (s Said) Text(tag lang.Tag, kind Kind, state State) string {
	return tag.Text("phrase."+string(kind)+"."+string(state)+"."+s.Phrase, map[string]any{"Parts": strings.Join(s.Parts, ", ")})
}

// Address is where readers of an organisation follow a notice.
func Address(n id.Notice) string { return "/news/" + string(n) }
