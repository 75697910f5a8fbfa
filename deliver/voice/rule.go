package voice

import (
	"time"

	"muster/deliver"
	"muster/lang"
)

// How long the called person has for a key once the keys were named, and how
// often the news is said: unasked, and at their wish.
const (
	listen  = 6 * time.Second
	unasked = 2
	most    = 8
	wrongs  = 2 // wrong keys, after which the call ends
)

// The parts of a call.
const (
	partNews = ""
	partKeys = "keys"
	partOver = "over"
)

// Call is where a call stands that tells somebody something. It is a value,
// and JSON, since a carrier that asks over HTTP carries it from turn to turn.
type Call struct {
	Tag   lang.Tag `json:"tag"`
	News  string   `json:"news"`
	Asks  bool     `json:"asks,omitempty"` // the digit takes charge; otherwise it only confirms
	Digit string   `json:"digit"`          // the digit to press; after a wrong key, the next one of it

	Part   string        `json:"part,omitempty"`
	Rounds int           `json:"rounds"` // how often the news has been begun
	Left   int           `json:"left"`   // how often it is still begun unasked, this one included
	Known  bool          `json:"known,omitempty"`
	Wrong  int           `json:"wrong,omitempty"`
	Heard  bool          `json:"heard,omitempty"` // a human pressed a key that means something
	State  deliver.State `json:"state,omitempty"` // once it is over: Answered, Failed or Cancelled
	Why    string        `json:"why,omitempty"`   // code of a failure
	Reply  string        `json:"reply,omitempty"` // what the answer came to
}

// Turn is what is said next, and how long a key is waited for after it.
type Turn struct {
	Say    []string
	Listen time.Duration
	Many   bool // digits up to a hash are taken, not one
	Last   bool // then the call is ended
}

// Event is what a key meant.
type Event int

// The events.
const (
	Nothing  Event = iota
	Heard          // somebody listens: they want to hear it again
	Answered       // the digit was pressed
)

// digit is the one to press now.
func (c Call) digit() string { return c.Digit[min(c.Wrong, len(c.Digit)-1):][:1] }

// Turn is what the call says where it stands. The news and the keys are turns
// of their own, so that whoever knows the news need not hear it out.
func (c Call) Turn() Turn {
	switch c.Part {
	case partNews:
		return Turn{Say: []string{c.News}}
	case partKeys:
		key := map[string]any{"Key": c.digit()}
		say := c.Tag.Text("voice.keys.heard", key)
		if c.Asks {
			say = c.Tag.Text("voice.keys.act", key)
		}
		if c.Wrong > 0 {
			return Turn{Say: []string{c.Tag.Text("voice.wrong", nil), say}, Listen: listen}
		}
		return Turn{Say: []string{say}, Listen: listen}
	}
	switch {
	case c.State == deliver.Answered && c.Reply != "":
		return Turn{Say: []string{c.Reply, c.Tag.Text("voice.bye", nil)}, Last: true}
	case c.State == deliver.Answered:
		return Turn{Say: []string{c.Tag.Text("voice.thanks", nil), c.Tag.Text("voice.bye", nil)}, Last: true}
	case c.State == deliver.Cancelled:
		return Turn{Say: []string{c.Tag.Text("voice.over", nil), c.Tag.Text("voice.bye", nil)}, Last: true}
	}
	return Turn{Say: []string{c.Tag.Text("voice.nobody", nil)}, Last: true}
}

// Key is the call after a key. The digit counts only once it has been read
// out: a machine that plays tones before has not heard it.
func (c Call) Key(key string) (Call, Event) {
	if c.Part == partOver {
		return c, Nothing
	}
	c.Known = c.Known || c.Part == partKeys
	switch {
	case key == "1" && c.Rounds < most:
		c.Part, c.Rounds, c.Left, c.Heard = partNews, c.Rounds+1, 1, true
		return c, Heard
	case key == c.digit() && c.Known:
		c.Part, c.State, c.Heard = partOver, deliver.Answered, true
		return c, Answered
	case !c.Known:
		c.Part = partKeys
		return c, Nothing
	}
	c.Wrong++
	if c.Wrong >= wrongs {
		return c.over("wrong_key"), Nothing
	}
	c.Part, c.Left = partKeys, max(c.Left, 1)
	return c, Nothing
}

// Silence is the call when its turn was said and no key came.
func (c Call) Silence() Call {
	switch c.Part {
	case partNews:
		c.Part = partKeys
	case partKeys:
		c.Known = true
		if c.Left--; c.Left <= 0 {
			return c.over("no_key")
		}
		c.Part, c.Rounds = partNews, c.Rounds+1
	}
	return c
}

// HungUp is the call when the other side ended it.
func (c Call) HungUp() Call {
	if c.Part == partOver {
		return c
	}
	return c.over("hung_up")
}

// Recalled is the call when what it is about was over before anybody answered;
// whoever does so all the same is told that.
func (c Call) Recalled() Call {
	if c.Part == partOver {
		return c
	}
	c = c.over(Withdrawn)
	c.State = deliver.Cancelled
	return c
}

// Withdrawn is the code of a call that was over before it was answered.
const Withdrawn = "withdrawn"

func (c Call) over(why string) Call {
	c.Part, c.State, c.Why = partOver, deliver.Failed, why
	return c
}

// Over tells whether nothing can be answered any more.
func (c Call) Over() bool { return c.Part == partOver }

// reasons say in words why nobody was reached, to whoever looks into it.
var reasons = map[string]string{
	"no_key":    "answered, but no key was pressed: perhaps voicemail",
	"hung_up":   "answered, and ended before a key was pressed",
	"wrong_key": "answered, but the wrong keys were pressed",
	Withdrawn:   "it was taken back before it was answered",
}

// Outcome is the report of a call that is over. One who pressed a key that
// means something has heard it; everything else has failed.
func (c Call) Outcome(providerID string) deliver.Report {
	if c.Heard {
		return deliver.Report{ProviderID: providerID, State: deliver.Delivered, Detail: "heard, and a key was pressed"}
	}
	return deliver.Report{ProviderID: providerID, State: c.State, Code: c.Why, Detail: reasons[c.Why]}
}
