package watch

import "muster/store"

var (
	get = store.Query("watching.get", `select silence, low_battery, away from watching where org = $1`)
	set = store.Query("watching.set", `insert into watching (org, silence, low_battery, away) values ($1, $2, $3, $4)
		on conflict (org) do update set silence = excluded.silence, low_battery = excluded.low_battery, away = excluded.away`)
)
