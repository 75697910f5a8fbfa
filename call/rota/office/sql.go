package office

import "muster/store"

var (
	get = store.Query("office.get", `select hours, country, days from office where org = $1`)
	put = store.Query("office.put", `insert into office (org, hours, country, days, changed) values ($1, $2, $3, $4, $5)
		on conflict (org) do update set hours = excluded.hours, country = excluded.country, days = excluded.days, changed = excluded.changed`)
	// Rotas that have to be staffed in office hours are looked at again.
	forget = store.Query("office.forget_looks", `delete from rota_look where org = $1`).Telemetry()
)
