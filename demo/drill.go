package demo

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/drill"
	"muster/lang"
	"muster/roster"
	"muster/store"
)

// drill holds one now, which the simulated monitors answer, and plans the next
// ones: each quarter, at ten in the morning by the organisation's clock.
func (w *World) drill(ctx context.Context, admin actor.Actor, o Org) error {
	var org roster.Organisation
	err := w.store.View(ctx, o.ID, func(tx *store.Tx) (err error) {
		org, err = roster.Get(tx)
		return err
	})
	if err != nil {
		return err
	}
	zone, err := lang.Zone(org.TimeZone)
	if err != nil {
		return err
	}
	name, about := org.Tag().Text("drill.every.quarterly", nil), o.Workers[0]
	if _, err := drill.Begin(ctx, w.store, admin, about.Person, name); err != nil {
		return err
	}
	day := w.store.Now().In(zone).AddDate(0, 3, 0)
	_, err = drill.Save(ctx, w.store, admin, drill.Plan{
		Name: name, Worker: about.Person, Every: drill.Quarterly, Announced: true,
		First: time.Date(day.Year(), day.Month(), day.Day(), 10, 0, 0, 0, zone).Format(drill.LocalTime),
	})
	return err
}
