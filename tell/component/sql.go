package component

import (
	"muster/id"
	"muster/store"
)

var (
	listComponents = store.Query("component.list", `select id, coalesce(parent, ''), name, public from component where org = $1 order by name, id`)
	putComponent   = store.Query("component.put", `insert into component (org, id, parent, name, public, changed) values ($1, $2, nullif($3, ''), $4, $5, $6)
		on conflict (org, id) do update set parent = excluded.parent, name = excluded.name, public = excluded.public, changed = excluded.changed`)
	dropComponent = store.Query("component.drop", `delete from component where org = $1 and id = $2`)

	users     = store.Across("component.users", `select count(*) from installed where component = $1`)
	installed = store.Query("component.installed", `select component, workspace from installed where org = $1 order by component, workspace`)
	install   = store.Query("component.install", `insert into installed (org, component, workspace, since) values ($1, $2, $3, $4)
		on conflict do nothing`)
	uninstall = store.Query("component.uninstall", `delete from installed where org = $1 and component = $2 and workspace = $3`)
	uses      = store.Across("component.uses", `select i.org, o.name, i.workspace, coalesce(w.name, '')
		from installed i join organisation o on o.org = i.org left join workspace w on w.org = i.org and w.id = i.workspace
		where i.component = $1 and (o.name, i.org, i.workspace) > ($2, $3, $4) order by o.name, i.org, i.workspace limit $5`)
	spread = store.Across("component.spread", `select component, count(distinct org) from installed group by component`)
	pairs  = store.Across("component.pairs", `select distinct org, component from installed`)
	havers = store.Across("component.havers", `select distinct org from installed where org > $1 order by org limit $2`)
)

func scanComponent(r store.Row) (c Component, err error) {
	return c, r.Scan(&c.ID, &c.Parent, &c.Name, &c.Public)
}

func scanInstallation(r store.Row) (i Installation, err error) {
	return i, r.Scan(&i.Component, &i.Workspace)
}

// Users are the organisations for which anything runs, behind the one named.
func Users(tx *store.AcrossTx, after id.Org, limit int) ([]id.Org, error) {
	return store.All(tx, havers, store.Scalar[id.Org], after, limit)
}

func scanUse(r store.Row) (u Use, err error) {
	return u, r.Scan(&u.Org, &u.Name, &u.Workspace, &u.Place)
}

// pair is that an organisation has a component; spreading, how many have it.
type (
	pair struct {
		org       id.Org
		component id.Component
	}
	spreading struct {
		component id.Component
		orgs      int
	}
)

func scanPair(r store.Row) (p pair, err error) { return p, r.Scan(&p.org, &p.component) }

func scanSpread(r store.Row) (s spreading, err error) { return s, r.Scan(&s.component, &s.orgs) }
