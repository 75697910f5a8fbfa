package switchboard

import (
	"slices"
	"time"

	"muster/carrier"
)

// How a carrier is used by a channel.
const (
	InUse    = "in_use"
	StandsBy = "stands_by"
	Spare    = "spare"  // two others are used
	Broken   = "broken" // it could not be opened
)

// State is how one carrier is, seen from this node.
type State struct {
	ID, Kind, Name string
	Fixed          bool
	Use            string
	Sort           string    // what is wrong, in our words; empty: nothing that is known
	Detail         string    // and in the carrier's, where they are about its setting; never a secret
	Since          time.Time // for how long; zero: it has not been tried yet
}

// States tells how the carriers of a channel are, in their order.
func (b *Board) States(channel string) (all []State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lines[channel]
	if l == nil {
		return nil
	}
	r := l.now.Load()
	second := false
	if r != nil && r.pair != nil {
		second = r.pair.Standing().Second
	}
	for _, s := range b.order {
		one := State{ID: s.ID, Kind: s.Kind, Name: s.Name, Fixed: s.Fixed, Use: Spare}
		if t, ok := b.broken[s.ID]; ok {
			if k, _ := carrier.KindOf(s.Kind); slices.Contains(k.Channels, channel) {
				one.Use, one.Sort, one.Detail, one.Since = Broken, sortOf(t.err), t.err.Error(), t.since
				all = append(all, one)
			}
			continue
		}
		st := b.stations[s.ID]
		if st == nil || st.posts[channel] == nil {
			continue
		}
		p := st.posts[channel]
		if r != nil {
			if at := slices.Index(r.posts, p); at >= 0 {
				one.Use = StandsBy
				if (at == 1) == second {
					one.Use = InUse
				}
			}
		}
		pulse, _ := b.meter.pulse(p)
		one.Sort, one.Since = pulse.sort, pulse.since
		if st.opened.Health != nil {
			if err := st.opened.Health(); err != nil {
				one.Sort, one.Detail = sortOf(err), err.Error()
			}
		}
		all = append(all, one)
	}
	return all
}
