package carrier

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"muster/actor"
	"muster/fault"
	"muster/identity"
	"muster/ledger"
	"muster/store"
)

// Trial is a test of one carrier: a message to an address of the tester's
// choice, which says that it is a test.
type Trial struct {
	Carrier string // id, or what the environment calls it
	Name    string
	Channel string
	To      string
}

// How often one staff member may test: so often within so long.
const (
	trials    = 10
	trialTime = 10 * time.Minute
)

const longestAddress = 254

// Try puts a test into the book, before it goes out; the book has the address
// shortened. Too many of one staff member are Limited "limited".
func (o Office) Try(ctx context.Context, who actor.Actor, t Trial) error {
	rule, err := Allowed(who, "tryCarrier")
	if err != nil {
		return err
	}
	switch {
	case t.To == "":
		return fault.New(fault.Invalid, "required").At("to")
	case len(t.To) > longestAddress:
		return fault.New(fault.Invalid, "too_long").With("Max", longestAddress).At("to")
	}
	return o.Store.Do(ctx, identity.Provider, func(tx *store.Tx) error {
		before, err := ledger.List(tx, ledger.Filter{Kind: "carrier.tested"})
		if err != nil {
			return err
		}
		n := 0
		for _, r := range before {
			wait := r.At.Add(trialTime).Sub(tx.Now())
			if r.Actor.ID != who.ID() || wait <= 0 {
				continue
			}
			if n++; n == trials {
				return fault.New(fault.Limited, "limited").With("Seconds", int(wait.Seconds())+1)
			}
		}
		return ledger.Append(tx, who, ledger.Entry{
			Kind: "carrier.tested", Subject: t.Carrier, Rule: rule,
			Facts: map[string]any{"Name": t.Name, "Channel": t.Channel, "To": t.shortened()},
		})
	})
}

// shortened is the address, enough of it to know it again.
func (t Trial) shortened() string {
	if name, domain, ok := strings.Cut(t.To, "@"); ok {
		first, _ := utf8.DecodeRuneInString(name)
		return string(first) + "…@" + domain
	}
	return t.To[:min(len(t.To), 3)] + "…" + t.To[max(0, len(t.To)-3):]
}
