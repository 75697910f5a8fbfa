package demo

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/procedure"
	"muster/call/rota"
	"muster/roster"
)

// ladders are what each organisation has written down.
var ladders = map[string]struct{ name, duty, team string }{
	"fi": {"Hälytysohje", "Soita työntekijälle heti.\nKatso viimeisin sijainti.", "Sopikaa, kuka lähtee paikalle."},
	"fr": {"Procédure d’alerte", "Appelez la personne tout de suite.\nRegardez la dernière position.", "Convenez de qui se rend sur place."},
	"en": {"If somebody needs help", "Call the worker at once.\nLook at the last position.", "Agree on who goes there."},
}

// procedure switches a procedure on: whoever is on duty at once, by text
// message as well; the monitors of the workspace a minute later; then
// everybody.
func (w *World) procedure(ctx context.Context, admin actor.Actor, p plan) error {
	words := ladders[p.language]
	now := w.store.Now()
	duties, err := rota.List(ctx, w.store, admin, now, now.Add(time.Second))
	if err != nil {
		return err
	}
	var steps []procedure.Step
	for _, d := range duties {
		steps = append(steps, procedure.Step{
			Whom: procedure.OnDuty, ID: string(d.ID), Channels: []string{roster.SMS, roster.Email}, Wait: time.Minute, Do: words.duty, When: procedure.Always,
		})
	}
	steps = append(
		steps,
		procedure.Step{Whom: procedure.Monitors, Wait: time.Minute, Do: words.team, When: procedure.Always},
		procedure.Step{Whom: procedure.Everyone, Wait: 2 * time.Minute, When: procedure.Always},
	)
	made, err := procedure.Create(ctx, w.store, admin, procedure.Subject{}, procedure.Draft{Name: words.name, Steps: steps})
	if err != nil {
		return err
	}
	_, err = procedure.Switch(ctx, w.store, admin, made.ID, true)
	return err
}
