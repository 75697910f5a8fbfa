package voice

import (
	"strings"
	"time"

	"muster/lang"
)

// How long a caller has between two digits of their PIN, and for how many PINs.
const (
	typing = 8 * time.Second
	tries  = 3
)

// emergency is what a caller presses who needs help; that needs no PIN.
const emergency = "**"

// Visit is where a call stands by which a worker calls us.
type Visit struct {
	Tag   lang.Tag `json:"tag"`
	Tries int      `json:"tries,omitempty"`
	Reply string   `json:"reply,omitempty"` // what came of it; then the call ends
}

// Turn is what the caller hears.
func (v Visit) Turn() Turn {
	switch {
	case v.Reply != "":
		return Turn{Say: []string{v.Reply, v.Tag.Text("voice.bye", nil)}, Last: true}
	case v.Tries >= tries:
		return Turn{Say: []string{v.Tag.Text("voice.visit.wrong", nil), v.Tag.Text("voice.bye", nil)}, Last: true}
	case v.Tries > 0:
		return Turn{Say: []string{v.Tag.Text("voice.visit.wrong", nil), v.Tag.Text("voice.visit.ask", nil)}, Listen: typing, Many: true}
	}
	return Turn{Say: []string{v.Tag.Text("voice.visit.ask", nil)}, Listen: typing, Many: true}
}

// Complete tells whether what has been typed so far is all there will be.
func Complete(typed string) bool {
	return strings.HasSuffix(typed, "#") || strings.HasSuffix(typed, emergency) || len(typed) >= 14
}

// typed takes apart what a caller typed.
func typed(keys string) (pin string, help bool) {
	if strings.Contains(keys, emergency) {
		return "", true
	}
	return strings.Trim(keys, "#*"), false
}
