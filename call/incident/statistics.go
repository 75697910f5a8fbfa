package incident

import (
	"cmp"
	"context"
	"slices"
	"time"

	"muster/actor"
	"muster/call/alarm"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Range chooses the alarms of statistics by when they were raised; zero values
// choose all.
type Range struct {
	From, Until time.Time // from then on, and before
	Workspace   id.Workspace
	Worker      id.Person
}

// mostCases bounds what one reading of statistics counts.
const mostCases = 50_000

// Count counts an organisation's alarms, as far as the actor watches it.
// Somebody who watches nothing is refused. A silent alarm about the reader is
// left out (OA10). More than 50,000 alarms are Invalid "range_too_long".
func Count(ctx context.Context, s *store.Store, who actor.Actor, r Range) (out Statistics, err error) {
	if r.Until.IsZero() {
		r.Until = s.Now()
	}
	err = s.View(ctx, who.Org, func(tx *store.Tx) error {
		out, err = count(tx, who, r)
		return err
	})
	return out, err
}

func count(tx *store.Tx, who actor.Actor, r Range) (Statistics, error) {
	w := watch{who: who, known: map[id.Workspace]bool{}}
	if _, err := watching(who, r.Workspace); err != nil {
		return Statistics{}, err
	}
	org, err := roster.Get(tx)
	if err != nil {
		return Statistics{}, err
	}
	zone, err := lang.Zone(org.TimeZone)
	if err != nil {
		return Statistics{}, err
	}
	from := max(r.From.UnixMicro(), 0)
	list, err := store.All(tx, cases, scanCase, from, r.Until, r.Workspace, r.Worker, mostCases+1)
	if err != nil {
		return Statistics{}, err
	}
	if len(list) > mostCases {
		return Statistics{}, fault.New(fault.Invalid, "range_too_long").At("from").With("Max", mostCases)
	}
	list = slices.DeleteFunc(list, func(c Case) bool {
		return w.hides(alarm.Alarm{Worker: c.Worker, Workspace: c.Workspace, Kind: c.Kind})
	})
	out := Tally(list, zone)
	out.From, out.Until = r.From, r.Until
	if out.Fates, err = fates(tx, w, r, from); err != nil {
		return Statistics{}, err
	}
	signs, err := store.All(tx, checkIns, func(row store.Row) (n int, err error) {
		var ws id.Workspace
		err = row.Scan(&ws, &n)
		if !w.sees(ws) {
			n = 0
		}
		return n, err
	}, from, r.Until, r.Workspace, r.Worker)
	for _, n := range signs {
		out.CheckIns += n
	}
	return out, err
}

func scanCase(row store.Row) (c Case, err error) {
	err = row.Scan(&c.ID, &c.Worker, &c.Workspace, &c.Name, &c.Kind, &c.Outcome,
		store.Time(&c.Raised), store.Time(&c.Resolved), store.Time(&c.Answered))
	if c.Answered.IsZero() {
		c.Answered = c.Resolved
	}
	return c, err
}

func fates(tx *store.Tx, w watch, r Range, from int64) ([]Fate, error) {
	counted := map[Fate]int{}
	_, err := store.All(tx, tries, func(row store.Row) (n int, err error) {
		var a alarm.Alarm
		var f Fate
		err = row.Scan(&a.Workspace, &a.Worker, &a.Kind, &f.Channel, &f.State, &n)
		if !w.hides(a) {
			counted[f] += n
		}
		return n, err
	}, from, r.Until, r.Workspace, r.Worker)
	all := make([]Fate, 0, len(counted))
	for f, n := range counted {
		f.Count = n
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Fate) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), b.Count-a.Count, cmp.Compare(a.State, b.State))
	})
	return all, err
}

// watch asks policy once about each workspace.
type watch struct {
	who   actor.Actor
	known map[id.Workspace]bool
}

func (w watch) sees(ws id.Workspace) bool {
	if _, asked := w.known[ws]; !asked {
		_, refused := board(w.who, ws)
		w.known[ws] = refused == nil
	}
	return w.known[ws]
}

func (w watch) hides(a alarm.Alarm) bool { return !w.sees(a.Workspace) || a.Hidden(w.who) }

// watching refuses who watches nothing at all, or not the workspace asked for.
func watching(who actor.Actor, ws id.Workspace) (rule string, err error) {
	rule, err = board(who, ws)
	if err == nil || ws != "" {
		return rule, err
	}
	for _, m := range who.Roles {
		if rule, other := board(who, m.Workspace); other == nil {
			return rule, nil
		}
	}
	return "", err
}

func board(who actor.Actor, ws id.Workspace) (rule string, err error) {
	return policy.Check(who, "seeBoard", policy.Resource{Type: "Board", Org: who.Org, Workspace: ws})
}
