package register

import (
	"muster/id"
	"muster/store"
	"muster/tell/component"
)

var (
	organisations = store.Across("register.organisations", `select org, name from organisation order by name, org`)
	workspaces    = store.Across("register.workspaces", `select org, id, name from workspace`)
	runs          = store.Across("register.runs", `select org, component, workspace from installed order by org, component, workspace`)

	addImport  = store.Query("register.add", `insert into register_import (org, id, made_by, file, sheet, expires) values ($1, $2, $3, $4, $5, $6)`).Telemetry()
	getImport  = store.Query("register.get", `select file, sheet, expires from register_import where org = $1 and id = $2`)
	dropImport = store.Query("register.drop", `delete from register_import where org = $1 and id = $2`).Telemetry()
	dropOld    = store.Query("register.drop_old", `delete from register_import where org = $1 and expires < $2`).Telemetry()
)

// read reads all there is.
func read(tx *store.AcrossTx) (s state, err error) {
	s.customers, err = store.All(tx, organisations, func(r store.Row) (c Customer, err error) {
		c.Places = map[id.Workspace]string{}
		return c, r.Scan(&c.ID, &c.Name)
	})
	if err != nil {
		return s, err
	}
	at := make(map[id.Org]*Customer, len(s.customers))
	for i := range s.customers {
		at[s.customers[i].ID] = &s.customers[i]
	}
	_, err = store.All(tx, workspaces, func(r store.Row) (none struct{}, err error) {
		var org id.Org
		var ws id.Workspace
		var name string
		if err := r.Scan(&org, &ws, &name); err != nil || at[org] == nil {
			return none, err
		}
		at[org].Places[ws] = name
		return none, nil
	})
	if err != nil {
		return s, err
	}
	_, err = store.All(tx, runs, func(r store.Row) (none struct{}, err error) {
		var org id.Org
		var i component.Installation
		if err := r.Scan(&org, &i.Component, &i.Workspace); err != nil || at[org] == nil {
			return none, err
		}
		at[org].Installed = append(at[org].Installed, i)
		return none, nil
	})
	return s, err
}
