package component

import (
	"context"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/policy"
	"muster/roster"
	"muster/store"
)

// Use is for whom a component runs.
type Use struct {
	Org       id.Org
	Name      string // of the organisation
	Workspace id.Workspace
	Place     string // name of the workspace; empty: the whole organisation
}

// Uses gives staff those for whom a component itself runs, by name, behind the
// one named: not for whom something above or below it does.
func Uses(tx *store.AcrossTx, who actor.Actor, which id.Component, after Use, limit int) ([]Use, error) {
	if _, err := may(who, "seeNotices"); err != nil {
		return nil, err
	}
	return store.All(tx, uses, scanUse, which, after.Name, after.Org, after.Workspace, limit)
}

// Spread is how many organisations have each component itself.
func Spread(tx *store.AcrossTx, who actor.Actor) (map[id.Component]int, error) {
	if _, err := may(who, "seeNotices"); err != nil {
		return nil, err
	}
	rows, err := store.All(tx, spread, scanSpread)
	out := make(map[id.Component]int, len(rows))
	for _, r := range rows {
		out[r.component] = r.orgs
	}
	return out, err
}

// Concerned is how many organisations news about a component would concern.
func Concerned(tx *store.AcrossTx, who actor.Actor, tree Tree, which id.Component) (n int, err error) {
	if _, err := may(who, "seeNotices"); err != nil {
		return 0, err
	}
	rows, err := store.All(tx, pairs, scanPair)
	seen := map[id.Org]bool{}
	for _, r := range rows {
		if !seen[r.org] && tree.Concerns([]id.Component{which}, r.component) {
			seen[r.org] = true
		}
	}
	return len(seen), err
}

// Running is something that runs for an organisation, in words.
type Running struct {
	Installation
	Path  string
	Place string // name of the workspace; empty: the whole organisation
}

// Runs is what runs for an organisation, in the order of the tree: for staff of
// the provider, and for whoever may read the organisation's news.
func Runs(ctx context.Context, s *store.Store, who actor.Actor, org id.Org) (out []Running, err error) {
	if who.Kind == actor.Staff && who.Org == "" {
		_, err = may(who, "seeNotices")
	} else {
		_, err = policy.Check(who, "seeNews", policy.Resource{Type: "Organisation", ID: string(org), Org: org})
	}
	if err != nil {
		return nil, err
	}
	var all []Installation
	places := map[id.Workspace]string{"": ""}
	err = s.View(ctx, org, func(tx *store.Tx) error {
		if _, err := roster.Get(tx); err != nil {
			return err
		}
		ws, err := roster.Workspaces(tx)
		for _, w := range ws {
			places[w.ID] = w.Name
		}
		if err == nil {
			all, err = Installed(tx)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var known []Component
	err = s.View(ctx, identity.Provider, func(tx *store.Tx) (err error) { known, err = All(tx); return err })
	at := map[id.Component][]Installation{}
	for _, i := range all {
		at[i.Component] = append(at[i.Component], i)
	}
	for _, c := range Paths(known) {
		for _, i := range at[c.ID] {
			out = append(out, Running{i, c.Path, places[i.Workspace]})
		}
	}
	return out, err
}
