package voice

import (
	"context"
	"math/rand/v2"
	"time"

	"muster/deliver"
	"muster/id"
	"muster/lang"
)

// Name is the name of the channel, on whichever road.
const Name = "voice"

// Desk is to whom calls lead.
type Desk struct {
	Report   func(context.Context, deliver.Report) error // bears doubles and disorder
	Answered func(context.Context, deliver.Answer) (deliver.Said, error)
	Visited  func(context.Context, Visitor) (Reception, error) // nil: nobody can call us
}

// Visitor is a worker who calls us: from which number, and with which PIN.
type Visitor struct {
	ID   string // of the call and the try in it: the same when it is asked again
	From string // E.164
	PIN  string // empty: only the language is asked for
	Help bool   // they need help, PIN or not
}

// Reception is what a visitor is told; Text is empty when the PIN was not
// understood.
type Reception struct {
	Tag  lang.Tag
	Text string
}

// Begin is a call that has just been answered. The digits are drawn from 2 to
// 9: 1 repeats, and nought has too many names.
func Begin(out deliver.Outgoing) Call {
	digits := []byte("23456789")
	rand.Shuffle(len(digits), func(i, j int) { digits[i], digits[j] = digits[j], digits[i] })
	return Call{Tag: out.Lang, News: out.Text, Asks: out.Asks, Digit: string(digits[:wrongs]), Rounds: 1, Left: unasked}
}

// Press is the call after a key, with whatever the key brings about done. It
// comes with an error when that could not be put on record; the called person
// is told so.
func (d Desk) Press(ctx context.Context, c Call, providerID string, out id.Attempt, to, key string, at time.Time) (Call, error) {
	c, event := c.Key(key)
	if event == Nothing {
		return c, nil
	}
	err := d.Report(ctx, c.Outcome(providerID))
	if event != Answered || !c.Asks {
		return c, err
	}
	said, failed := d.Answered(ctx, deliver.Answer{Attempt: out, Channel: Name, From: to, Act: deliver.Acknowledge, At: at})
	c.Reply = said.Text
	if failed != nil || said.Text == "" {
		c.Reply = c.Tag.Text("voice.trouble", nil)
	}
	if failed != nil {
		return c, failed
	}
	return c, err
}

// Greet is a visit that has just begun.
func (d Desk) Greet(ctx context.Context, from string) (Visit, error) {
	r, err := d.Visited(ctx, Visitor{From: from})
	return Visit{Tag: r.Tag}, err
}

// Enter is the visit after a caller has typed something. Nothing is not a try.
func (d Desk) Enter(ctx context.Context, v Visit, call, from, keys string) (Visit, error) {
	pin, help := typed(keys)
	v.Tries++
	if pin == "" && !help {
		return v, nil
	}
	r, err := d.Visited(ctx, Visitor{ID: call + "/" + string(rune('0'+v.Tries)), From: from, PIN: pin, Help: help})
	if err != nil {
		v.Reply = v.Tag.Text("voice.trouble", nil)
		return v, err
	}
	v.Reply = r.Text
	return v, nil
}
