package office

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"muster/actor"
	"muster/fault"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Get reads when the unit's organisation's office is staffed; set tells
// whether it has said so itself.
func Get(tx *store.Tx) (o Office, set bool, err error) {
	var hours, days string
	_, err = store.One(tx, get, func(r store.Row) (bool, error) { return true, r.Scan(&hours, &o.Calendar, &days) })
	if fault.KindOf(err) == fault.NotFound {
		org, err := roster.Get(tx)
		return Usual(org.Country), false, err
	}
	if err != nil {
		return o, false, err
	}
	return o, true, errors.Join(json.Unmarshal([]byte(hours), &o.Hours), json.Unmarshal([]byte(days), &o.Days))
}

// Open tells whether the office of the unit's organisation is staffed at an
// instant.
func Open(tx *store.Tx, at time.Time) (bool, error) {
	o, _, err := Get(tx)
	if err != nil {
		return false, err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return false, err
	}
	zone, err := lang.Zone(org.TimeZone)
	return err == nil && o.open(at, zone), err
}

// Set says when the office is staffed. Faults are at hours, calendar and days.
func Set(ctx context.Context, s *store.Store, who actor.Actor, o Office) (Office, error) {
	for i := range o.Days {
		o.Days[i].Name = strings.TrimSpace(o.Days[i].Name)
	}
	err := s.Do(ctx, who.Org, func(tx *store.Tx) (err error) {
		rule, err := policy.Check(who, "manageOffice", policy.Resource{Type: "Office", ID: string(tx.Org()), Org: tx.Org()})
		if err != nil {
			return err
		}
		if o, err = o.settled(); err != nil {
			return err
		}
		hours, err := json.Marshal(o.Hours)
		if err != nil {
			return err
		}
		days, err := json.Marshal(o.Days)
		if err != nil {
			return err
		}
		tx.Touch("office")
		return errors.Join(
			tx.Write(put, string(hours), o.Calendar, string(days), tx.Now()),
			tx.Write(forget),
			ledger.Append(tx, who, ledger.Entry{Kind: "office.changed", Subject: string(tx.Org()), Rule: rule, Facts: map[string]any{
				"Hours": string(hours), "Calendar": o.Calendar, "Days": string(days),
			}}),
		)
	})
	return o, err
}
