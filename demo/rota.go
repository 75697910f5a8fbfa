package demo

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/rota"
	"muster/call/rota/civil"
	duty "muster/call/rota/plan"
	"muster/lang"
)

// duties names each organisation's rota, and why somebody stands in.
var duties = map[string]struct{ name, why, leave string }{
	"fi": {"Iltapäivystys", "Lääkäriaika", "Koulutus"},
	"fr": {"Astreinte", "Rendez-vous médical", "Formation"},
	"en": {"On call", "Dentist", "Training day"},
}

// rota lets the monitors take turns by the week. Somebody stands in for an
// evening, and one evening to come has nobody yet, so that a visitor sees what
// that looks like.
func (w *World) rota(ctx context.Context, admin actor.Actor, o Org, p plan) error {
	zone, err := lang.Zone(p.zone)
	if err != nil {
		return err
	}
	today := civil.Of(w.store.Now(), zone)
	monday := today - civil.Day((int(today.Weekday())+6)%7)
	words := duties[p.language]
	r := rota.Rota{Name: words.name, Pattern: duty.Pattern{Kind: duty.Rotating, Start: monday - 7, Handover: 8 * 60, Days: 7}}
	for _, m := range o.Monitors {
		r.Order = append(r.Order, duty.Team{m})
	}
	if r, err = rota.Create(ctx, w.store, admin, r); err != nil {
		return err
	}
	evening := func(days civil.Day, hours int) duty.Cover {
		from := civil.At(today+days, 17*60, zone)
		return duty.Cover{From: from, To: from.Add(time.Duration(hours) * time.Hour), Out: duty.Everyone}
	}
	standIn, leave := evening(2, 4), evening(6, 3)
	turn := int(today+2-r.Start) / r.Days
	standIn.In, standIn.Why = o.Monitors[(turn+1)%len(o.Monitors)], words.why
	leave.Why = words.leave
	for _, c := range []duty.Cover{standIn, leave} {
		if _, err := rota.AddCover(ctx, w.store, admin, r.ID, c); err != nil {
			return err
		}
	}
	return nil
}
