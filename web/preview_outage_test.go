package web

import (
	"time"

	"muster/id"
	"muster/lang"
	"muster/tell/outage"
)

// outageSamples are the page of our own outage: nothing kept, all well, and old
// with a trouble.
func outageSamples(tag lang.Tag) (out []sample) {
	add := func(name string, state outage.State) {
		v := &outageView{Frame: frameFor(tag, "outage"), CanDrill: len(state.Kept) > 0}
		v.fill(state)
		out = append(out, sample{name, "outage", v})
	}
	add("outage-none", outage.State{})
	well := outage.State{
		Kept: []outage.Kept{{Place: "muster-1:/var/lib/muster/outage", Taken: sampleNow.Add(-4 * time.Minute), Organisations: 1212, People: 3480, Tried: sampleNow.Add(-4 * time.Minute)}},
		Held: []outage.Held{
			{Drill: true, Began: sampleNow.AddDate(0, -1, 0), By: "Olga Salo", Tally: outage.Tally{Letters: 2, Out: 2}, Would: 3478, WouldOrgs: 1212},
			{Notice: id.Notice("ntc_1"), Began: sampleNow.AddDate(0, -3, 0), By: "Olga Salo", Second: "Paula Jean-Baptiste Grandjean-Lévesque", Tally: outage.Tally{Letters: 3478, Out: 3471, Lost: 7, Twice: 16}},
		},
	}
	add("outage", well)
	old := outage.State{Kept: []outage.Kept{well.Kept[0]}, Held: well.Held[1:]}
	old.Kept[0].Taken, old.Kept[0].Trouble = sampleNow.Add(-3*time.Hour), "open /var/lib/muster/outage/.new-1: no space left on device"
	add("outage-old", old)
	return out
}
